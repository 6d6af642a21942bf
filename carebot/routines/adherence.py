"""What became of each medicine that was on the plan: taken, late, missed; from the records, and nothing beyond them.

The report says what the plan said and what was answered. It neither judges nor advises: a confirmed medicine is one of
which somebody said that they have taken it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run

MEDICATION = "medication_reminder"
TAKEN, MISSED = "medicine_taken", "medicine_missed"
KINDS = (TAKEN, MISSED)

Became = Literal["taken", "late", "missed", "left_out", "open", "not_known"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was on the plan and was not begun: on a day that is left out (`why`), or while the robot was off."""

    due_at_s: float
    parameters: Mapping[str, Any]
    why: str
    is_on_purpose: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine at one time. `at` is when that was confirmed or given up, in the home's time; empty: neither.

    `became` is taken, late (later than the limit), missed, left_out (on purpose; `why`), open (still under way), or
    not_known (nothing was written down).
    """

    day: str
    due: str
    resident: str
    medicine: str
    became: Became
    at: str = ""
    late_min: int = 0
    asked_by: str = ""
    why: str = ""


def report(
    runs: Iterable[Run],
    notes: Iterable[Note],
    left_out: Iterable[LeftOut],
    time_zone: str,
    late_after_s: float,
    only_resident: str = "",
) -> list[Line]:
    """Every medicine that was on the plan, by resident and day. `only_resident`: also whom no parameter names."""
    zone = ZoneInfo(time_zone)
    by_run = {note.run_id: note for note in notes if note.kind in KINDS}
    lines = [_of_run(run, by_run.get(run.id), zone, late_after_s, only_resident) for run in _medication(runs)]
    lines += [_of_left_out(each, zone, only_resident) for each in left_out]
    return sorted(lines, key=lambda line: (line.resident, line.day, line.due, line.medicine))


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """How many became what."""
    found = Counter(line.became for line in lines)
    return {became: found[became] for became in get_args(Became) if became in found}


def _medication(runs: Iterable[Run]) -> Iterator[Run]:
    return (run for run in runs if run.routine == MEDICATION)


def _of_run(run: Run, note: Note | None, zone: ZoneInfo, late_after_s: float, only_resident: str) -> Line:
    due = datetime.fromtimestamp(run.requested_at_s, zone)
    at = datetime.fromtimestamp(note.at_s, zone) if note else None
    late_s = note.at_s - run.requested_at_s if note else 0.0
    return Line(
        day=due.date().isoformat(),
        due=f"{due:%H:%M}",
        resident=str(run.parameters.get("resident") or only_resident),
        medicine=str(run.parameters.get("medicine", "")),
        became=_became(run, note, late_s > late_after_s),
        at=f"{at:%H:%M}" if at else "",
        late_min=int(late_s // 60) if note and note.kind == TAKEN else 0,
        asked_by=run.requested_by,
        why="" if note else run.outcome,
    )


def _became(run: Run, note: Note | None, is_late: bool) -> Became:
    if note is not None:
        return "missed" if note.kind == MISSED else "late" if is_late else "taken"
    if not run.state.is_over:
        return "open"
    return "left_out" if run.state.value == "succeeded" else "not_known"


def _of_left_out(each: LeftOut, zone: ZoneInfo, only_resident: str) -> Line:
    due = datetime.fromtimestamp(each.due_at_s, zone)
    return Line(
        day=due.date().isoformat(),
        due=f"{due:%H:%M}",
        resident=str(each.parameters.get("resident") or only_resident),
        medicine=str(each.parameters.get("medicine", "")),
        became="left_out" if each.is_on_purpose else "missed",
        asked_by="schedule",
        why=each.why,
    )
