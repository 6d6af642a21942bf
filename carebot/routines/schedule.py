"""The schedule: which entry runs now, which was missed, and which a holiday or a hospital stay leaves out.

A pure core: `Schedule.step(now)` gives every occurrence that became due since the last step, each once, with what is to
be done about it. Marks (how far each entry was handled) go in at the start and come out with each step; whoever keeps
them in the same transaction as the runs neither misses nor doubles one.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel
from carebot.routines import timetable
from carebot.routines.timetable import EveryTimes, WallTimes
from carebot.site.hours import TimeOfDay, minute_of_day

ON_TIME_S = 60.0
"""Within this an entry is not late: the time between two steps, and a short restart."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Entry(FileModel):
    """One line of the schedule: a routine, its parameters (`with`), and when, in exactly one of three ways.

    `at` (HH:MM, on `days`), `cron` (five fields), or `every_s` (`between` two times of day). After a time without power
    an occurrence that is later than a minute is run (the newest one only, and up to `run_within_s` late), left out
    (`skip`), or left out and told to caregivers (`tell`).
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")
    routine: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    parameters: dict[str, Any] = Field(default_factory=dict, alias="with")
    at: tuple[TimeOfDay, ...] = ()
    days: tuple[Day, ...] = ()
    cron: str = ""
    every_s: Annotated[float, Field(ge=60, le=7 * 86_400)] | None = None
    between: tuple[TimeOfDay, TimeOfDay] | None = None
    from_day: date | None = None
    until_day: date | None = None
    if_missed: Literal["run", "skip", "tell"] = "run"
    run_within_s: Annotated[float, Field(ge=0, le=86_400)] = 3600.0
    enabled: bool = True

    @model_validator(mode="after")
    def _is_due_in_one_way(self) -> Self:
        ways = [name for name in ("at", "cron", "every_s") if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError(f"the entry '{self.id}' must say when in exactly one way: at, cron or every_s")
        if self.days and not self.at:
            raise ValueError(f"the entry '{self.id}' has days, which belong to at")
        if self.between and not self.every_s:
            raise ValueError(f"the entry '{self.id}' has between, which belongs to every_s")
        times = self.times(ZoneInfo("UTC"))  # what is wrong in it is told now
        if self.between and times.next_after(0.0) is None:
            begin, end = self.between
            raise ValueError(
                f"the entry '{self.id}' is never due: of every {self.every_s:g} s, counted from midnight, "
                f"none is between {begin} and {end}"
            )
        return self

    def times(self, zone: ZoneInfo) -> WallTimes | EveryTimes:
        """When it is due in `zone`."""
        if self.at:
            return timetable.at_times(self.at, self.days, zone)
        if self.cron:
            return timetable.cron_times(self.cron, zone)
        begin_end = tuple(minute_of_day(each) for each in self.between) if self.between else None
        return EveryTimes(self.every_s or 60.0, zone, begin_end)  # type: ignore[arg-type]

    def covers(self, day: date) -> bool:
        """Whether the entry is in force on that day."""
        return (self.from_day is None or self.from_day <= day) and (self.until_day is None or day <= self.until_day)


class Pause(FileModel):
    """Days on which entries are left out: a holiday (all), or a hospital stay (those of `resident`).

    `id` tells it from others; one without is known by its days and its reason.
    """

    id: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9_-]{0,79})?$")
    first_day: date
    last_day: date
    reason: str = Field(min_length=1, max_length=200)
    resident: str = ""
    entries: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"the pause '{self.reason}' ends ({self.last_day}) before it begins ({self.first_day})")
        return self

    @property
    def key(self) -> str:
        """By what it is known."""
        told = f"{self.first_day}/{self.resident}/{self.reason}"
        return self.id or f"days-{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def leaves_out(self, entry: Entry, day: date) -> bool:
        if not self.first_day <= day <= self.last_day:
            return False
        if self.entries:
            return entry.id in self.entries
        return not self.resident or entry.parameters.get("resident") == self.resident


class Verdict(str, Enum):
    """What is done about an occurrence: RUN, RUN_LATE, PAUSED (left out on purpose), MISSED, MISSED_TELL."""

    RUN = "run"
    RUN_LATE = "run_late"
    PAUSED = "paused"
    MISSED = "missed"
    MISSED_TELL = "missed_tell"

    @property
    def runs(self) -> bool:
        return self in (Verdict.RUN, Verdict.RUN_LATE)


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry at one time that is still to come; `why` names what leaves it out, empty where it will run."""

    entry: Entry
    due_at_s: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One entry at one time; `due_at_s` in seconds since 1970 UTC. `why` names the pause that leaves it out."""

    entry: Entry
    due_at_s: float
    verdict: Verdict
    why: str = ""


class Schedule:
    """Entries and pauses of a site, and how far each was handled."""

    def __init__(
        self,
        entries: Iterable[Entry],
        pauses: Iterable[Pause],
        time_zone: str,
        marks: Mapping[str, float],
        now_s: float,
    ) -> None:
        """`marks`: until when each entry was handled, by its id; an entry without one begins at `now_s`."""
        self._zone = ZoneInfo(time_zone)
        self._pauses = tuple(pauses)
        self._entries = {entry.id: entry for entry in entries if entry.enabled}
        self._times = {entry.id: entry.times(self._zone) for entry in self._entries.values()}
        self.marks = {entry_id: marks.get(entry_id, now_s) for entry_id in self._entries}
        self._heap: list[tuple[float, str]] = []
        self._latest_s = 0.0
        self._fill()

    def step(self, now_s: float) -> list[Occurrence]:
        """What became due until `now_s`, in order of time; after a clock that was set back, nothing twice."""
        due: list[tuple[float, str]] = []
        while self._heap and self._heap[0][0] <= now_s:
            due_s, entry_id = heapq.heappop(self._heap)
            due.append((due_s, entry_id))
            self.marks[entry_id] = due_s
            self._latest_s = max(self._latest_s, due_s)
            self._push(entry_id, due_s)
        newest = {entry_id: due_s for due_s, entry_id in due}
        return [self._judged(self._entries[each], due_s, now_s, due_s == newest[each]) for due_s, each in due]

    def is_ahead(self, now_s: float) -> bool:
        """Whether something was handled that is still to come: the clock was set forward, and is right again."""
        return self._latest_s > now_s + ON_TIME_S

    def take_back(self, now_s: float) -> None:
        """Whatever is due after `now_s` becomes due in its time, also where that was handled before."""
        self.marks = {entry_id: min(mark_s, now_s) for entry_id, mark_s in self.marks.items()}
        self._fill()

    def next_due(self) -> list[tuple[float, Entry]]:
        """When each entry is due next, the first one first."""
        return [(due_s, self._entries[entry_id]) for due_s, entry_id in sorted(self._heap)]

    def planned(self, since_s: float, until_s: float, most: int) -> tuple[list[Planned], bool]:
        """What will be due after `since_s` and until `until_s`, in order of time, and whether that is all of it.

        No more than `most` times are looked at.
        """
        waiting: list[tuple[float, str]] = []
        for entry_id in self._entries:
            self._add_next(waiting, entry_id, since_s)
        found: list[Planned] = []
        for _ in range(most):
            if not waiting or waiting[0][0] > until_s:
                return found, True
            due_s, entry_id = heapq.heappop(waiting)
            self._add_next(waiting, entry_id, due_s)
            entry = self._entries[entry_id]
            if entry.covers(timetable.local_date(due_s, self._zone)):
                found.append(Planned(entry, due_s, self._left_out(entry, due_s)))
        return found, not waiting or waiting[0][0] > until_s

    def _judged(self, entry: Entry, due_s: float, now_s: float, is_newest: bool) -> Occurrence:
        why = self._left_out(entry, due_s)
        if why:
            return Occurrence(entry, due_s, Verdict.PAUSED, why)
        return Occurrence(entry, due_s, _verdict(entry, now_s - due_s, is_newest))

    def _left_out(self, entry: Entry, due_s: float) -> str:
        """Why it does not run on that day; empty where it does."""
        day = timetable.local_date(due_s, self._zone)
        if not entry.covers(day):
            return "not in force on that day"
        return next((pause.reason for pause in self._pauses if pause.leaves_out(entry, day)), "")

    def _fill(self) -> None:
        self._heap = []
        for entry_id, mark_s in self.marks.items():
            self._push(entry_id, mark_s)
        self._latest_s = max(self.marks.values(), default=0.0)

    def _push(self, entry_id: str, after_s: float) -> None:
        self._add_next(self._heap, entry_id, after_s)

    def _add_next(self, heap: list[tuple[float, str]], entry_id: str, after_s: float) -> None:
        next_s = self._times[entry_id].next_after(after_s)
        if next_s is not None:
            heapq.heappush(heap, (next_s, entry_id))


def _verdict(entry: Entry, late_s: float, is_newest: bool) -> Verdict:
    if late_s <= ON_TIME_S:
        return Verdict.RUN
    if entry.if_missed == "run" and is_newest and late_s <= entry.run_within_s:
        return Verdict.RUN_LATE
    return Verdict.MISSED if entry.if_missed == "skip" else Verdict.MISSED_TELL
