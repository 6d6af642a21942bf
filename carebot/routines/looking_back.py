"""What became of medicines on the plan, and which exercises were done, between two times; read from the records.

Records are years old and routines are anybody's: what is written in a way that nobody would write today is told as far
as it can be, and hides nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from carebot.records import routine_notes, routine_runs
from carebot.records import schedule as store
from carebot.routines.adherence import KINDS, MEDICATION, LeftOut, Line, report

EXERCISED = "exercised"
DAY_S = 86_400.0
LONGEST_DAY_S = 25 * 3600.0
"""The one on which summer time ends: today is asked for to its end."""
MOST_BACK_S = 400 * DAY_S
MOST_LEFT_OUT = 100_000
MOST_TIMES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Exercise:
    """Somebody exercised. Day and time are the home's; `times` is how many were counted, 0 where nobody knows."""

    day: str
    at: str
    resident: str
    movement: str
    times: int


def why_not_back(since_s: float, until_s: float, now_s: float) -> str:
    """Why nobody is told what was between two times, in a sentence; empty where they can be."""
    span_s = until_s - since_s
    first_s, last_s = now_s - MOST_BACK_S - LONGEST_DAY_S, now_s + LONGEST_DAY_S
    if math.isfinite(span_s) and max(first_s, 0.0) <= since_s and until_s <= last_s and 0.0 < span_s <= MOST_BACK_S:
        return ""
    return "Name two times of the last 400 days, the second after the first and none later than today."


def medicines(
    connection: Connection,
    plan: Mapping[str, Mapping[str, Any]],
    time_zone: str,
    since_s: float,
    until_s: float,
    only_resident: str = "",
    late_after_s: float = 1800.0,
) -> list[Line]:
    """What was due from `since_s` until before `until_s`, by day and time. `plan`: the site file's entries by id.

    What caregivers changed in the plan is read from the records. `only_resident`: also whom no parameter names.
    """
    runs = routine_runs.requested_between(connection, MEDICATION, since_s, until_s)
    whole = [run if isinstance(run.parameters, Mapping) else replace(run, parameters={}) for run in runs]
    notes = routine_notes.between(connection, since_s, until_s + DAY_S, KINDS)
    left_out = _left_out(connection, plan, since_s, until_s)
    lines = report(whole, notes, left_out, time_zone, late_after_s, only_resident)
    return sorted(lines, key=lambda line: (line.day, line.due))


def exercises(
    connection: Connection, time_zone: str, since_s: float, until_s: float, only_resident: str = ""
) -> list[Exercise]:
    """What was done from `since_s` until before `until_s`, by day and time."""
    zone = ZoneInfo(time_zone)
    notes = routine_notes.between(connection, since_s, until_s, (EXERCISED,))
    return [_exercise(note, zone, only_resident) for note in notes if note.at_s < until_s]


def _left_out(
    connection: Connection, plan: Mapping[str, Mapping[str, Any]], since_s: float, until_s: float
) -> Iterator[LeftOut]:
    """What the schedule did not begin, and no run tells of."""
    entries: dict[str, Any] = dict(plan)
    entries |= {each.subject: each.content for each in store.all_changes(connection) if each.what == "set"}
    for entry, due_s, verdict, why in store.occurrences_between(
        connection, since_s - 1e-3, until_s - 1e-3, MOST_LEFT_OUT
    ):
        content = _mapping(entries.get(entry))
        if content.get("routine") == MEDICATION and verdict in ("paused", "missed"):
            yield LeftOut(due_s, _mapping(content.get("with")), why, verdict == "paused")


def _exercise(note: routine_notes.Note, zone: ZoneInfo, only_resident: str) -> Exercise:
    at = datetime.fromtimestamp(note.at_s, zone)
    content = _mapping(note.content)
    movement = content.get("movement")
    return Exercise(
        day=at.date().isoformat(),
        at=f"{at:%H:%M}",
        resident=note.subject or only_resident,
        movement=movement if isinstance(movement, str) else "",
        times=_times(content.get("times")),
    )


def _times(written: Any) -> int:
    """How many; routines of older versions, and of others, write numbers in several ways."""
    try:
        times = int(written) if isinstance(written, (int, float, str)) and not isinstance(written, bool) else 0
    except (ValueError, OverflowError):
        return 0
    return times if 0 <= times <= MOST_TIMES else 0


def _mapping(content: Any) -> Mapping[str, Any]:
    return content if isinstance(content, Mapping) else {}
