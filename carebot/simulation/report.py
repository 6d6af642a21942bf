"""A batch as files: report.json for machines, report.html with plots for people; both stand alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from carebot.report_files import write_report_files
from carebot.simulation.runner import Result
from carebot.simulation.tally import Report

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd;text-align:left}
td.n,th.n{text-align:right}code{background:#f2f2f2;padding:.1rem .3rem}svg{max-width:100%;height:auto}
"""
BLUE, ORANGE = "#22577a", "#d98200"


def as_json(report: Report, results: Sequence[Result]) -> dict[str, Any]:
    """The report and every run of it, as plain values."""
    return {**asdict(report), "results": [result_json(result) for result in results]}


def result_json(result: Result) -> dict[str, Any]:
    return {**asdict(result), "met": result.met, "command": result.command}


def write_report(folder: Path, report: Report, results: Sequence[Result]) -> None:
    """report.json and report.html in `folder`; raises RecordsError where they cannot be written."""
    write_report_files(folder, as_json(report, results), as_html(report))


def as_html(report: Report) -> str:
    """One page that needs nothing else."""
    parts = [
        "<h1>Simulated falls and days</h1>",
        f"<p>{report.runs} runs, {report.hours:.2f} simulated hours; {report.faulty} of them with a fault, which count "
        f"for failures alone. In {report.unjudged} falls the torso never came to the floor: not judged.</p>",
        _section("Falls found", _sensitivity_table(report), _sensitivity_plot(report)),
        _section("Delays after the torso touched the floor", _delay_table(report), _delay_plot(report)),
        _section("Alarms while nobody fell", _alarm_table(report), _alarm_plot(report)),
        _section("Failures", _failures(report)),
    ]
    head = f'<meta charset="utf-8"><title>carebot: simulated falls</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _section(title: str, *parts: str) -> str:
    return f"<h2>{escape(title)}</h2>{''.join(parts)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        classes = ["", *(' class="n"' for _ in cells[1:])]
        return (
            "<tr>"
            + "".join(f"<{tag}{c}>{escape(cell)}</{tag}>" for cell, c in zip(cells, classes, strict=True))
            + "</tr>"
        )

    return f"<table>{row(head, 'th')}{''.join(row(cells, 'td') for cells in rows)}</table>"


def _sensitivity_table(report: Report) -> str:
    rows = [
        (
            kind.replace("_", " "),
            str(each.confirmed.of),
            str(each.suspected.hits),
            str(each.confirmed.hits),
            f"{100 * each.confirmed.share:.1f} %",
            f"{100 * each.confirmed.low:.1f} to {100 * each.confirmed.high:.1f} %",
        )
        for kind, each in report.sensitivity.items()
    ]
    return _table(("kind", "falls", "suspected", "confirmed", "sensitivity", "95 % interval (Wilson)"), rows)


def _sensitivity_plot(report: Report) -> str:
    if not report.sensitivity:
        return "<p>Nobody fell.</p>"
    kinds = list(report.sensitivity)
    shares = [report.sensitivity[kind].confirmed for kind in kinds]
    figure, axes = _figure(0.6 + 0.4 * len(kinds))
    middle = [100 * each.share for each in shares]
    spread = [[100 * (s.share - s.low) for s in shares], [100 * (s.high - s.share) for s in shares]]
    axes.errorbar(middle, range(len(kinds)), xerr=spread, fmt="o", color=BLUE, capsize=4)
    axes.set(xlim=(0, 102), xlabel="confirmed, %", yticks=range(len(kinds)), yticklabels=kinds)
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    return _svg(figure)


def _delay_table(report: Report) -> str:
    delays = {"suspected": report.suspected_delays, "confirmed": report.confirmed_delays}
    rows = [
        (name, str(len(each.all_s)), _seconds(each.median_s), _seconds(each.p95_s)) for name, each in delays.items()
    ]
    return _table(("", "falls", "median", "95th percentile"), rows)


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


def _delay_plot(report: Report) -> str:
    delays = (report.suspected_delays.all_s, report.confirmed_delays.all_s)
    if not any(delays):
        return ""
    figure, axes = _figure(2.2)
    axes.hist(delays, bins=30, color=(ORANGE, BLUE), label=("suspected", "confirmed"))
    axes.set(xlabel="delay, s", ylabel="falls")
    axes.legend(frameon=False)
    return _svg(figure)


def _alarm_table(report: Report) -> str:
    rows = [
        (
            activity,
            f"{60 * each.hours:.1f}",
            str(each.suspected),
            str(each.confirmed),
            f"{each.suspected_per_hour:.2f}",
            f"{each.confirmed_per_hour:.2f}",
        )
        for activity, each in report.false_alarms.items()
    ]
    return _table(("activity", "minutes", "suspected", "confirmed", "suspected per hour", "confirmed per hour"), rows)


def _alarm_plot(report: Report) -> str:
    if not report.false_alarms:
        return ""
    names = list(report.false_alarms)
    figure, axes = _figure(0.6 + 0.3 * len(names))
    places = range(len(names))
    for offset, colour, key in ((-0.18, ORANGE, "suspected"), (0.18, BLUE, "confirmed")):
        rates = [getattr(report.false_alarms[name], f"{key}_per_hour") for name in names]
        axes.barh([place + offset for place in places], rates, 0.34, color=colour, label=key)
    axes.set(xlabel="alarms per hour of the activity", yticks=places, yticklabels=names)
    axes.invert_yaxis()
    axes.legend(frameon=False)
    return _svg(figure)


def _failures(report: Report) -> str:
    if not report.failures:
        return "<p>None.</p>"
    items = [
        f"<li>{escape(each.scenario)}, seed {each.seed}: {escape('; '.join(each.broken))}<br>"
        f"<code>{escape(each.command)}</code></li>"
        for each in report.failures
    ]
    return f"<ul>{''.join(items)}</ul>"


def _figure(height_in: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, max(1.6, height_in)), layout="constrained")
    return figure, figure.subplots()


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    drawn = text.getvalue()
    return drawn[drawn.index("<svg") :]
