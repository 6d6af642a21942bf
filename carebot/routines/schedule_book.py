"""The schedule with its records: each occurrence is written down together with the run that it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from carebot.errors import RecordsError
from carebot.records import routine_runs
from carebot.records import schedule as store
from carebot.records.database import Database
from carebot.records.routine_runs import Run, RunState
from carebot.records.schedule import ScheduleChange
from carebot.routines.schedule import Entry, Occurrence, Pause, Schedule, Verdict

MISSED = "the robot was off when it was due"
"""How a run ends that never began: what its routine tells then is told."""

PriorityOf = Callable[[str], int]


class ScheduleBook:
    """The site file's entries with caregivers' changes; the single writer of the schedule's tables."""

    def __init__(
        self,
        database: Database,
        entries: Iterable[Entry],
        pauses: Iterable[Pause],
        time_zone: str,
        priority_of: PriorityOf,
        now_s: float,
    ) -> None:
        self._database, self._time_zone, self._priority_of = database, time_zone, priority_of
        self._file_entries = {entry.id: entry for entry in entries}
        self._file_pauses = {pause.reason: pause for pause in pauses}
        self._schedule: Schedule | None = None
        self._began_s = now_s
        self.entries: dict[str, Entry] = {}
        self.pauses: dict[str, Pause] = {}
        self.fault = ""
        self._reload()

    def step(self, now_s: float) -> tuple[list[Occurrence], list[Run]]:
        """What became due, and the runs that it starts; all of it is on disk, and those that were missed and are to be
        told, as runs that end.

        Where the disk does not take it, nothing is due yet and `fault` says why: it comes, late, when the disk is back.
        """
        if self._schedule is None and not self._reload():
            return [], []
        assert self._schedule is not None
        due = self._schedule.step(now_s)
        if not due:
            return [], []
        try:
            return due, self._write(due, now_s)
        except RecordsError as error:
            self.fault, self._schedule = f"Not recorded: {error}", None
            return [], []

    def set_entry(self, content: Mapping[str, Any], by: str, now_s: float) -> str:
        """Add or change an entry; a sentence where it cannot be used, else empty."""
        try:
            entry = Entry.model_validate(dict(content))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "the entry"
            return f"{key}: {first['msg'].removeprefix('Value error, ')}."
        return self._change("set", entry.id, entry.model_dump(mode="json", by_alias=True), by, now_s)

    def remove_entry(self, entry_id: str, by: str, now_s: float) -> str:
        """Take an entry out; a sentence where there is none, else empty."""
        if entry_id not in self.entries:
            return f"There is no entry '{entry_id[:80]}': look at the schedule again."
        return self._change("remove", entry_id, {}, by, now_s)

    def set_pause(self, content: Mapping[str, Any], by: str, now_s: float) -> str:
        """Add or change a pause, which is known by its reason; a sentence where it cannot be used, else empty."""
        try:
            pause = Pause.model_validate(dict(content))
        except ValidationError as error:
            return f"{error.errors()[0]['msg'].removeprefix('Value error, ')}."
        return self._change("pause", pause.reason, pause.model_dump(mode="json"), by, now_s)

    def remove_pause(self, reason: str, by: str, now_s: float) -> str:
        """End a pause; a sentence where there is none, else empty."""
        if reason not in self.pauses:
            return f"There is no pause '{reason[:80]}': look at the schedule again."
        return self._change("unpause", reason, {}, by, now_s)

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
        try:
            with self._database.transaction() as connection:
                store.add_change(connection, ScheduleChange(now_s, by.strip(), what, subject, content))
                if what == "set":  # from now on: its new times are not caught up with
                    store.save_marks(connection, {subject: now_s})
        except RecordsError as error:
            return str(error)
        self._reload()
        return ""

    def _write(self, due: list[Occurrence], now_s: float) -> list[Run]:
        started = []
        with self._database.transaction() as connection:
            for each in due:
                is_new = store.add_occurrence(
                    connection, each.entry.id, each.due_at_s, each.verdict.value, each.why, now_s
                )
                if is_new and each.verdict.runs:
                    run = self._run(each)
                    routine_runs.add(connection, run)
                    started.append(run)
                elif is_new and each.verdict is Verdict.MISSED_TELL:
                    routine_runs.add(connection, replace(self._run(each), state=RunState.ENDING, outcome=MISSED))
            store.save_marks(connection, {each.entry.id: each.due_at_s for each in due})
        self.fault = ""
        return started

    def _run(self, each: Occurrence) -> Run:
        due = datetime.fromtimestamp(each.due_at_s, ZoneInfo(self._time_zone)).isoformat()
        entry = each.entry
        return Run(
            id=f"{entry.id}@{due}",
            routine=entry.routine,
            parameters=entry.parameters,
            priority=self._priority_of(entry.routine),
            requested_by="schedule",
            requested_at_s=each.due_at_s,
            changed_at_s=each.due_at_s,
        )

    def _reload(self) -> bool:
        try:
            with self._database.transaction() as connection:
                changes, marks = store.all_changes(connection), store.load_marks(connection)
                self._apply(changes)
                new = {entry_id: self._began_s for entry_id in self.entries if entry_id not in marks}
                store.save_marks(connection, new)
        except RecordsError as error:
            self.fault = f"Not recorded: {error}"
            return False
        self._schedule = Schedule(
            self.entries.values(), self.pauses.values(), self._time_zone, marks | new, self._began_s
        )
        self.fault = ""
        return True

    def _apply(self, changes: Iterable[ScheduleChange]) -> None:
        self.entries, self.pauses = dict(self._file_entries), dict(self._file_pauses)
        for change in changes:
            if change.what == "set":
                self.entries[change.subject] = Entry.model_validate(dict(change.content))
            elif change.what == "pause":
                self.pauses[change.subject] = Pause.model_validate(dict(change.content))
            elif change.what == "remove":
                self.entries.pop(change.subject, None)
            else:
                self.pauses.pop(change.subject, None)
