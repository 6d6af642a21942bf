"""The schedule with its records: each occurrence is written down together with the run that it starts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Connection

from carebot.errors import RecordsError
from carebot.records import routine_runs
from carebot.records import schedule as store
from carebot.records.database import Database
from carebot.records.routine_runs import Run, RunState
from carebot.records.schedule import ScheduleChange
from carebot.routines.schedule import Entry, Occurrence, Pause, Schedule, Verdict

MISSED = "the robot was off when it was due"
"""How a run ends that never began: what its routine tells then is told."""

RETRY_S = 1.0
NOT_TWICE_S = 3600.0
TAKEN_BACK = "@taken_back"
"""Among the marks: until when something was handled under a clock that was ahead."""
MOST_ENTRIES = 2000
MOST_PAUSES = 500
MOST_OCCURRENCES = 1000

PriorityOf = Callable[[str], int]
ProblemOf = Callable[[Entry], str]
"""Why an entry cannot be used at this site, in a sentence; empty where it can."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry or a pause as it holds now, and how it came to that.

    `change` is the caregiver's last one that still counts; where it took the line out, `holds` is the site file's.
    """

    holds: Entry | Pause
    is_in_file: bool
    is_removed: bool = False
    change: ScheduleChange | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One entry at one time; `verdict` is what became of it, or planned or paused."""

    entry: str
    routine: str
    due_at_s: float
    verdict: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became due, and the run that begins, or ends at once; None where it was left out."""

    what: Occurrence
    run: Run | None


class ScheduleBook:
    """The site file's entries with caregivers' changes; the single writer of the schedule's tables.

    The site file is never written. Where a caregiver has changed an entry, their change holds, whatever the file says
    later, until it is restored. What changes it raises RecordsError where the disk does not take it: then nothing is
    changed, the schedule runs on as it was, `fault` says why nothing is recorded, and what became due meanwhile is
    written as soon as it can be. Only a crash in that state can start something twice.
    """

    def __init__(
        self,
        database: Database,
        entries: Iterable[Entry],
        pauses: Iterable[Pause],
        time_zone: str,
        priority_of: PriorityOf,
        now_s: float,
        problem_of: ProblemOf = lambda _entry: "",
    ) -> None:
        self._database, self._time_zone, self._priority_of = database, time_zone, priority_of
        self._problem_of = problem_of
        self._file_entries = {entry.id: entry for entry in entries}
        self._file_pauses = {pause.key: pause for pause in pauses}
        self._last: dict[tuple[bool, str], ScheduleChange] = {}
        self.revision = 0
        self._schedule: Schedule | None = None
        self._began_s = now_s
        self.entries: dict[str, Entry] = {}
        self.pauses: dict[str, Pause] = {}
        self.fault = ""
        self._unwritten: list[Judged] = []
        self._taken_back_s: float | None = None  # not on disk yet
        self._back_until_s = 0.0
        self._is_stale, self._try_at_s = False, now_s
        self._reload()

    def step(self, now_s: float) -> tuple[list[Occurrence], list[Run]]:
        """What became due, and the runs that it starts; those that were missed and are to be told are runs that end.

        Where the records cannot even be read when it begins, nothing is due yet: it comes, late, when they can be.
        """
        if (self._schedule is None or self._is_stale) and not self._waits(now_s):
            self._reload(now_s)
        if self._schedule is None:
            return [], []
        if self._schedule.is_ahead(now_s):
            self._take_back(self._schedule, now_s)
        due = self._schedule.step(now_s)
        judged = [Judged(each, self._begun(each)) for each in due]
        self._unwritten += judged
        begun = [each.run for each in judged if each.run is not None]
        if not (self._unwritten or self._taken_back_s is not None) or self._waits(now_s):
            return due, begun
        known = self._write_what_waits(now_s)
        return due, [run for run in begun if run.id not in known]

    def set_entry(self, content: Mapping[str, Any], by: str, now_s: float) -> str:
        """Add or change an entry; a sentence where it cannot be used, else empty."""
        try:
            entry = Entry.model_validate(dict(content))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "the entry"
            return f"{key}: {first['msg'].removeprefix('Value error, ')}."
        if problem := self._problem_of(entry):
            return problem
        if len(self.entries) >= MOST_ENTRIES and entry.id not in self.entries:
            return f"There are {len(self.entries)} entries already: remove one first."
        return self._change("set", entry.id, entry.model_dump(mode="json", by_alias=True), by, now_s)

    def remove_entry(self, entry_id: str, by: str, now_s: float) -> str:
        """Take an entry out; a sentence where there is none, else empty."""
        if entry_id not in self.entries:
            return f"There is no entry '{entry_id[:80]}': look at the schedule again."
        return self._change("remove", entry_id, {}, by, now_s)

    def set_pause(self, content: Mapping[str, Any], by: str, now_s: float) -> str:
        """Add or change a pause; a sentence where it cannot be used, else empty."""
        try:
            pause = Pause.model_validate(dict(content))
        except ValidationError as error:
            return f"{error.errors()[0]['msg'].removeprefix('Value error, ')}."
        if len(self.pauses) >= MOST_PAUSES and pause.key not in self.pauses:
            return f"There are {len(self.pauses)} pauses already: remove one first."
        return self._change("pause", pause.key, pause.model_dump(mode="json"), by, now_s)

    def remove_pause(self, key: str, by: str, now_s: float) -> str:
        """End a pause; a sentence where there is none, else empty."""
        if key not in self.pauses:
            return f"There is no pause '{key[:80]}': look at the schedule again."
        return self._change("unpause", key, {}, by, now_s)

    def restore(self, key: str, by: str, now_s: float) -> str:
        """Let what the site file says of an entry or a pause hold again; a sentence where that is nothing."""
        if key not in self._file_entries and key not in self._file_pauses:
            return f"The site file has no entry and no pause '{key[:80]}'."
        of = "entry" if key in self._file_entries else "pause"
        return self._change("restore", key, {"of": of}, by, now_s)

    def lines(self) -> list[Line]:
        """Every entry, those of the site file that were taken out too, in order of their ids."""
        entries = {key: Line(entry, key in self._file_entries) for key, entry in self.entries.items()}
        gone = {key: Line(entry, True, True) for key, entry in self._file_entries.items() if key not in entries}
        return [self._with_change(True, key, line) for key, line in sorted((entries | gone).items())]

    def pause_lines(self) -> list[tuple[str, Line]]:
        """Every pause by its key, those of the site file that were taken out too, in order of their days."""
        pauses = {key: Line(pause, key in self._file_pauses) for key, pause in self.pauses.items()}
        gone = {key: Line(pause, True, True) for key, pause in self._file_pauses.items() if key not in pauses}
        lines = [(key, self._with_change(False, key, line)) for key, line in (pauses | gone).items()]
        return sorted(lines, key=lambda each: (each[1].holds.first_day, each[0]))  # type: ignore[union-attr]

    def between(self, since_s: float, until_s: float, now_s: float) -> tuple[list[Due], bool]:
        """What became of the schedule and what is planned, after `since_s` and until `until_s`; whether that is all.

        Of the past, only what is not on disk yet where the records cannot be read; `fault` says so then.
        """
        past = self._past(since_s, until_s, now_s)
        left = MOST_OCCURRENCES - len(past)
        if self._schedule is None or left == 0:
            return past, False
        planned, is_whole = self._schedule.planned(max(since_s, now_s), until_s, left)
        known = {(each.entry, each.due_at_s) for each in past}
        coming = [
            Due(each.entry.id, each.entry.routine, each.due_at_s, "paused" if each.why else "planned", each.why)
            for each in planned
            if (each.entry.id, each.due_at_s) not in known
        ]
        return past + coming, is_whole

    def _past(self, since_s: float, until_s: float, now_s: float) -> list[Due]:
        try:
            with self._database.transaction() as connection:
                rows = store.occurrences_between(connection, since_s, until_s, MOST_OCCURRENCES)
        except RecordsError as error:
            self._failed(error, now_s)
            self._is_stale, rows = True, []
        unwritten = [each.what for each in self._unwritten]
        waiting = [(each.entry.id, each.due_at_s, each.verdict.value, each.why) for each in unwritten]
        rows += [each for each in waiting if since_s < each[1] <= until_s]
        return [Due(each[0], self._routine_of(each[0]), *each[1:]) for each in rows[:MOST_OCCURRENCES]]

    def changes(self) -> list[ScheduleChange]:
        """Who changed what, oldest first. Raises RecordsError."""
        with self._database.transaction() as connection:
            return store.all_changes(connection)

    def next_due(self) -> list[tuple[float, Entry]]:
        """When each entry is due next, the first one first."""
        return [] if self._schedule is None else self._schedule.next_due()

    def _change(self, what: str, subject: str, content: Mapping[str, Any], by: str, now_s: float) -> str:
        if not by.strip():
            return "A change of the schedule needs the name of the person who makes it."
        self._is_stale = True
        try:
            with self._database.transaction() as connection:
                store.add_change(connection, ScheduleChange(now_s, by.strip(), what, subject, content))
                if what == "set" or content.get("of") == "entry":  # from now on: its new times are not caught up with
                    store.save_marks(connection, {subject: now_s})
        except RecordsError as error:
            self._failed(error, now_s)
            raise
        self._reload(now_s)
        return ""

    def _take_back(self, schedule: Schedule, now_s: float) -> None:
        """The clock had been set forward, and is right again: what was handled ahead of its time comes in its time.

        What ran at most an hour ahead does not run again: a medicine is not asked for twice.
        """
        self._taken_back_s, self._back_until_s = now_s, max(self._back_until_s, max(schedule.marks.values()))
        schedule.take_back(now_s)
        self._unwritten = [
            each
            for each in self._unwritten
            if each.what.due_at_s <= now_s or (each.what.verdict.runs and each.what.due_at_s <= now_s + NOT_TWICE_S)
        ]

    def _write_what_waits(self, now_s: float) -> set[str]:
        """The runs of what was on disk before."""
        try:
            with self._database.transaction() as connection:
                known = self._record(connection, now_s)
        except RecordsError as error:
            self._failed(error, now_s)
            return set()
        self._unwritten, self._taken_back_s, self.fault = [], None, ""
        return known

    def _record(self, connection: Connection, now_s: float) -> set[str]:
        """Write everything that became due and is not on disk, with its runs; those of what was there before."""
        known = set()
        if self._taken_back_s is not None and self._schedule is not None:
            taken_s = self._taken_back_s
            store.take_back(connection, taken_s, taken_s + NOT_TWICE_S, [each.value for each in Verdict if each.runs])
            store.save_marks(connection, {**self._schedule.marks, TAKEN_BACK: self._back_until_s})
        for judged in self._unwritten:
            each, run = judged.what, judged.run
            is_new = store.add_occurrence(connection, each.entry.id, each.due_at_s, each.verdict.value, each.why, now_s)
            if run is not None and is_new:
                routine_runs.add(connection, run)
            elif run is not None:
                known.add(run.id)
        store.save_marks(connection, {each.what.entry.id: each.what.due_at_s for each in self._unwritten})
        return known

    def _begun(self, each: Occurrence) -> Run | None:
        """See `Judged`."""
        if each.verdict.runs:
            return self._run(each)
        if each.verdict is Verdict.MISSED_TELL:
            return replace(self._run(each), state=RunState.ENDING, outcome=MISSED)
        return None

    def _waits(self, now_s: float) -> bool:
        return bool(self.fault) and self._try_at_s - RETRY_S <= now_s < self._try_at_s

    def _failed(self, error: RecordsError, now_s: float) -> None:
        self.fault, self._try_at_s = f"Not recorded: {error}", now_s + RETRY_S

    def _run(self, each: Occurrence) -> Run:
        due = datetime.fromtimestamp(each.due_at_s, ZoneInfo(self._time_zone)).isoformat()
        entry = each.entry
        return Run(
            id=self._free_id(f"{entry.id}@{due}") if each.due_at_s <= self._back_until_s else f"{entry.id}@{due}",
            routine=entry.routine,
            parameters=entry.parameters,
            priority=self._priority_of(entry.routine),
            requested_by="schedule",
            requested_at_s=each.due_at_s,
            changed_at_s=each.due_at_s,
        )

    def _free_id(self, run_id: str) -> str:
        """Of what comes again, for it ran or was missed under a wrong clock: that run stays on the record as it was."""
        number, found = 1, run_id
        with contextlib.suppress(RecordsError), self._database.transaction() as connection:
            while routine_runs.find(connection, found) is not None:
                number += 1
                found = f"{run_id}~{number}"
        return found

    def _reload(self, now_s: float | None = None) -> None:
        """As it stands on disk; as it was, where that cannot be read, or not be written to."""
        now_s = self._began_s if now_s is None else now_s
        before = self.entries, self.pauses, self._last, self.revision
        try:
            with self._database.transaction() as connection:
                self._record(connection, now_s)
                changes, marks = store.all_changes(connection), store.load_marks(connection)
                self._apply(changes)
                new = {entry_id: self._began_s for entry_id in self.entries if entry_id not in marks}
                store.save_marks(connection, marks | new)  # a disk that is full is found now
        except RecordsError as error:
            self.entries, self.pauses, self._last, self.revision = before
            self._failed(error, now_s)
            return
        self._schedule = Schedule(
            self.entries.values(), self.pauses.values(), self._time_zone, marks | new, self._began_s
        )
        self._back_until_s = marks.get(TAKEN_BACK, 0.0)
        self._unwritten, self._taken_back_s, self._is_stale, self.fault = [], None, False, ""

    def _routine_of(self, entry_id: str) -> str:
        entry = self.entries.get(entry_id) or self._file_entries.get(entry_id)
        return entry.routine if entry else ""

    def _with_change(self, is_entry: bool, key: str, line: Line) -> Line:
        return replace(line, change=self._last.get((is_entry, key)))

    def _apply(self, changes: Iterable[ScheduleChange]) -> None:
        self.entries, self.pauses = dict(self._file_entries), dict(self._file_pauses)
        self._last, self.revision = {}, 0
        for change in changes:
            self._apply_one(change)
            self.revision += 1

    def _apply_one(self, change: ScheduleChange) -> None:
        key = change.subject
        if change.what == "restore":
            self._restore(key, change.content["of"] == "entry")
            return
        self._last[change.what in ("set", "remove"), key] = change
        if change.what == "set":
            self.entries[key] = Entry.model_validate(dict(change.content))
        elif change.what == "pause":
            self.pauses[key] = Pause.model_validate(dict(change.content))
        elif change.what == "remove":
            self.entries.pop(key, None)
        else:
            self.pauses.pop(key, None)

    def _restore(self, key: str, is_entry: bool) -> None:
        """The site file may have lost it since: then there is none."""
        self._last.pop((is_entry, key), None)
        here: dict[str, Any] = self.entries if is_entry else self.pauses
        here.pop(key, None)
        file: Mapping[str, Any] = self._file_entries if is_entry else self._file_pauses
        if key in file:
            here[key] = file[key]
