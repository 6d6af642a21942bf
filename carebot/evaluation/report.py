"""An evaluation as files: report.json for machines, report.html for people, the worst first; both stand alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from carebot.evaluation.judgement import DEFINITION, Judged
from carebot.evaluation.score import Delay, Score, as_dict
from carebot.report_files import write_report_files
from carebot.shares import Share

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd;text-align:left}
td{vertical-align:top}img{max-width:100%;height:auto;border:1px solid #ddd}a{color:#22577a}
.bad{color:#a30000;font-weight:600}h3{margin:2rem 0 .3rem;overflow-wrap:anywhere}p{margin:.4rem 0}
"""


def write_report(folder: Path, score: Score, plots: Mapping[str, bytes], unlabelled: Sequence[str]) -> None:
    """report.json and report.html in `folder`; `plots` are PNG pictures by the recording's path.

    Raises:
        RecordsError: they cannot be written.
    """
    write_report_files(folder, as_dict(score, unlabelled), as_html(score, plots, unlabelled))


def as_html(score: Score, plots: Mapping[str, bytes], unlabelled: Sequence[str] = ()) -> str:
    """One page that needs nothing else."""
    ordered = score.worst_first()
    parts = [
        "<h1>Falls found in recordings</h1>",
        f"<p>{escape(DEFINITION)}</p>",
        _table(("", "", "95 % interval (Wilson)"), _totals(score)),
        *([f"<p>Without a label, so not watched: {escape(', '.join(unlabelled))}.</p>"] if unlabelled else []),
        "<h2>All recordings, the worst first</h2>",
        _overview(ordered),
        *(_section(number, each, plots.get(each.path, b"")) for number, each in enumerate(ordered)),
    ]
    head = f'<meta charset="utf-8"><title>carebot: falls found in recordings</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'


def summary(score: Score) -> list[tuple[str, str, str]]:
    """What is said first: a name, a figure, and its interval."""
    rate, f1 = score.false_alarms_per_hour, score.f1
    activities = score.specificity
    return [
        ("falls detected", *_of(score.sensitivity)),
        ("activities left in peace", *_of(activities)),
        ("F1", "–" if f1 is None else f"{100 * f1:.1f} %", ""),
        ("false alarms an hour of activities", "–" if rate is None else f"{rate:.2f}", ""),
        ("onset to suspected", *_delay(score.delay("suspected"))),
        ("onset to confirmed", *_delay(score.delay("confirmed"))),
        ("ever confirmed: falls, activities", _ever(score, "confirmed"), ""),
        ("ever suspected: falls, activities", _ever(score, "suspected"), ""),
    ]


def _totals(score: Score) -> list[tuple[str, str, str]]:
    counts = {"could not be watched": len(score.broken), "could not be read to the end": len(score.incomplete)}
    return [*summary(score), *((name, str(count), "") for name, count in counts.items() if count)]


def _of(share: Share) -> tuple[str, str]:
    if not share.of:
        return "none labelled", ""
    figure = f"{share.hits} of {share.of}: {100 * share.share:.1f} %"
    return figure, f"{100 * share.low:.1f} to {100 * share.high:.1f} %"


def _delay(delay: Delay) -> tuple[str, str]:
    if delay.median is None or delay.p95 is None:
        return "–", ""
    return f"{delay.median:.2f} s (median), {delay.p95:.2f} s (95th percentile) of {delay.of}", ""


def _ever(score: Score, kind: str) -> str:
    counts = (sum(getattr(each, kind) for each in some) for some in (score.falls, score.activities))
    return ", ".join(map(str, counts))


def _overview(ordered: Sequence[Judged]) -> str:
    rows = [
        f'<tr><td><a href="#r{number}">{escape(each.path)}</a></td><td>{each.label}</td><td>{_coloured(each)}</td>'
        f"<td>{escape(each.why)}</td></tr>"
        for number, each in enumerate(ordered)
    ]
    return f"<table><tr><th>recording</th><th>label</th><th>verdict</th><th>why</th></tr>{''.join(rows)}</table>"


def _section(number: int, each: Judged, plot: bytes) -> str:
    facts = f"{each.duration_s:.1f} s, a person in {each.pictures_with_people} of {each.pictures} pictures"
    said = f"<p>{_coloured(each)}. {escape(each.why)}</p><p>{facts}</p>"
    drawn = f'<img loading="lazy" alt="" src="data:image/png;base64,{b64encode(plot).decode()}">' if plot else ""
    return f'<h3 id="r{number}">{escape(each.path)} ({each.label})</h3>{said}{drawn}'


def _coloured(each: Judged) -> str:
    return each.verdict if each.is_right else f'<span class="bad">{each.verdict}</span>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    return f"<table>{row(head, 'th')}{''.join(row(cells, 'td') for cells in rows)}</table>"
