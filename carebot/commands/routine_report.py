"""`carebot routine report`: what became of each medicine that was on the plan."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from carebot.errors import ConfigError
from carebot.spreadsheet import csv_text

if TYPE_CHECKING:
    from carebot.routines.adherence import Line
    from carebot.site.file import Site

WORDS = {
    "taken": "confirmed",
    "late": "confirmed late",
    "missed": "not confirmed",
    "left_out": "left out",
    "open": "not over yet",
    "not_known": "nothing was recorded",
}


def report(
    since: Annotated[str, typer.Option(help="The first day, such as 2026-06-01; 30 days back by default.")] = "",
    until: Annotated[str, typer.Option(help="The last day; today by default.")] = "",
    resident: Annotated[str, typer.Option(help="Only this resident's.")] = "",
    late_after_min: Annotated[float, typer.Option(min=0, help="Confirmed later than this counts as late.")] = 30.0,
    records: Annotated[Path | None, typer.Option(help="Care's records.sqlite; this user's by default.")] = None,
    site: Annotated[str, typer.Option("--site", help="The site file, for time zone, residents and plan.")] = "home",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")] = False,
) -> None:
    """Each medicine that was on the plan, by resident and day: confirmed, late, not confirmed. It advises nothing."""
    from carebot.records.database import default_path
    from carebot.routines.adherence import counts
    from carebot.site.file import load_site, site_path

    path = site_path(site)
    found = load_site(path)
    if resident and found.resident(resident) is None:
        known = ", ".join(each.name for each in found.residents) or "none, there is none"
        raise ConfigError(f"--resident {resident}: {site} has no such resident: use {known}.")
    first, last = _days(since, until, found.time_zone)
    lines = [
        each
        for each in _lines(records or default_path(), path, found, first, last, late_after_min)
        if _is(each, resident)
    ]
    if as_csv:
        _print_csv(lines)
    elif as_json:
        asked = {"since": first.isoformat(), "until": last.isoformat(), "late_after_min": late_after_min}
        print(json.dumps({**asked, "counts": counts(lines), "lines": list(map(asdict, lines))}, ensure_ascii=False))
    else:
        _print_plainly(lines, first, last)


def _lines(records: Path, path: Path, site: Site, first: date, last: date, late_after_min: float) -> list[Line]:
    """By resident and day."""
    from carebot.config import read_mapping
    from carebot.records.reading import reading
    from carebot.routines.looking_back import medicines

    zone = ZoneInfo(site.time_zone)
    since_s, until_s = (datetime.combine(day, time(), zone).timestamp() for day in (first, last + timedelta(days=1)))
    plan = {str(each.get("id")): each for each in read_mapping(path).get("schedule") or [] if isinstance(each, dict)}
    only = site.residents[0].name if len(site.residents) == 1 else ""
    with reading(records) as connection:
        found = medicines(connection, plan, site.time_zone, since_s, until_s, only, 60.0 * late_after_min)
    return sorted(found, key=lambda line: (line.resident, line.day, line.due, line.medicine))


def _days(since: str, until: str, time_zone: str) -> tuple[date, date]:
    today = datetime.now(ZoneInfo(time_zone)).date()
    try:
        last = date.fromisoformat(until) if until else today
        first = date.fromisoformat(since) if since else last - timedelta(days=30)
    except ValueError:
        raise ConfigError(f"{since or until} is no day: write it as 2026-06-01.") from None
    if first > last:
        raise ConfigError(f"--since {first} is after {last}: swap them.")
    return first, last


def _is(line: Line, resident: str) -> bool:
    return not resident or line.resident == resident


def _print_csv(lines: Iterable[Line]) -> None:
    from carebot.routines.adherence import Line

    names = [each.name for each in fields(Line)]
    print(csv_text(names, ([getattr(line, name) for name in names] for line in lines), line_end="\n"), end="")


def _print_plainly(lines: Iterable[Line], first: date, last: date) -> None:
    from carebot.routines.adherence import counts

    lines = list(lines)
    print(f"Medicines on the plan, {first} to {last}, as they were confirmed to the robot:")
    before = ("", "")
    for line in lines:
        if (line.resident, line.day) != before:
            before = line.resident, line.day
            print(f"{line.resident or 'nobody named'}, {line.day}")
        at = f" at {line.at}" if line.at else ""
        why = f" ({line.why})" if line.why else ""
        print(f"  {line.due}  {line.medicine}: {WORDS[line.became]}{at}{why}")
    told = ", ".join(f"{number} {WORDS[became]}" for became, number in counts(lines).items())
    print(told or "Nothing was on the plan.")
