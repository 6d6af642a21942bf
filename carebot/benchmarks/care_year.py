"""A year of schedule: 100 residents with 10 entries a day each, in a place that changes its clock twice."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from carebot.routines.schedule import Entry, Schedule, Verdict

ZONE = "Europe/Paris"
YEAR = 2026
STEP_S = 30.0
TARGET_S = 60.0


@dataclass(frozen=True, slots=True)
class YearReport:
    """`missed` and `doubled` are counted against the calendar: each entry once on each day."""

    residents: int
    entries: int
    runs: int
    missed: int
    doubled: int
    late: int
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether each entry ran once on each day, and the year was played soon enough."""
        return not (self.missed or self.doubled) and self.seconds < TARGET_S


def measure(residents: int = 100, a_day: int = 10, step_s: float = STEP_S) -> YearReport:
    """Play the year in steps of `step_s`, as the node would take them."""
    entries = [_entry(resident, number, a_day) for resident in range(residents) for number in range(a_day)]
    begin_s, end_s = _midnight_s(date(YEAR, 1, 1)), _midnight_s(date(YEAR + 1, 1, 1))
    begun_s = time.perf_counter()
    schedule = Schedule(entries, (), ZONE, {}, begin_s - 1)
    runs: Counter[tuple[str, date]] = Counter()
    late = 0
    zone, now_s = ZoneInfo(ZONE), begin_s
    while now_s < end_s:
        for each in schedule.step(now_s):
            runs[each.entry.id, datetime.fromtimestamp(each.due_at_s, zone).date()] += 1
            late += each.verdict is not Verdict.RUN
        now_s = min(now_s + step_s, end_s - 1) if now_s < end_s - 1 else end_s
    seconds = time.perf_counter() - begun_s
    days = [date(YEAR, 1, 1) + timedelta(days=day) for day in range((date(YEAR + 1, 1, 1) - date(YEAR, 1, 1)).days)]
    return YearReport(
        residents=residents,
        entries=len(entries),
        runs=runs.total(),
        missed=sum(runs[entry.id, day] == 0 for entry in entries for day in days),
        doubled=sum(count - 1 for count in runs.values() if count > 1),
        late=late,
        seconds=round(seconds, 2),
    )


def _entry(resident: int, number: int, a_day: int) -> Entry:
    """Spread over the whole day, the hours of the changes of the clock included."""
    minute = (number * 1440 // a_day + 7 * resident) % 1440
    values = {
        "id": f"resident-{resident}-{number}",
        "routine": "medication_reminder",
        "with": {"resident": f"resident-{resident}"},
        "at": [f"{minute // 60:02d}:{minute % 60:02d}"],
    }
    return Entry.model_validate(values)


def _midnight_s(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).timestamp()
