"""The record of runs: each tick's changes in one transaction; what it is taken up from after a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carebot.errors import RecordsError
from carebot.records import routine_notes, routine_runs
from carebot.records.database import Database
from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run

RETRY_S = 1.0


@dataclass
class Changes:
    """What one tick has changed."""

    runs: dict[str, Run] = field(default_factory=dict)
    steps: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    finds: list[tuple[str, str, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.runs or self.steps or self.notes or self.finds)


class RunBook:
    """The single writer of the runs' tables, and the port `Records`.

    Where the disk does not take it, routines go on all the same, `fault` says why nothing is recorded, and what waits
    is written as soon as it can be. Only a crash in that state can have something said or asked twice.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting = Changes()
        self._try_at_s = 0.0
        self.fault = ""

    def unfinished(self, now_s: float) -> list[tuple[Run, Mapping[str, Mapping[str, Any]]]] | None:
        """What is not over, with what became of its steps, oldest first; None where it cannot be read now."""
        if self._waits(now_s):
            return None
        try:
            with self._database.transaction() as connection:
                found = routine_runs.unfinished(connection)
                read = [(run, routine_runs.read_journal(connection, run.id)) for run in found]
        except RecordsError as error:
            self._failed(error, now_s)
            return None
        self.fault = ""
        return list(read)

    def write(self, changes: Changes, now_s: float) -> bool:
        """Write this and whatever waits; False where it waits."""
        self._add(changes)
        if not self._waiting:
            return True
        if self._waits(now_s):
            return False
        waiting = self._waiting
        try:
            with self._database.transaction() as connection:
                routine_runs.save(connection, waiting.runs.values())
                for run_id, steps in waiting.steps.items():
                    routine_runs.write_journal(connection, run_id, steps)
                routine_notes.add(connection, waiting.notes)
                for find in waiting.finds:
                    routine_notes.add_find(connection, *find)
                over = [run.id for run in waiting.runs.values() if run.state.is_over]
                routine_runs.forget_journals(connection, over)
        except RecordsError as error:
            self._failed(error, now_s)
            return False
        self._waiting, self.fault = Changes(), ""
        return True

    def last_note_s(self, kind: str, subject: str) -> float | None:
        """When something of that kind was last recorded of `subject`, with what still waits for the disk."""
        waiting = [note.at_s for note in self._waiting.notes if (note.kind, note.subject) == (kind, subject)]
        try:
            with self._database.transaction() as connection:
                on_disk = routine_notes.last_s(connection, kind, subject)
        except RecordsError:
            on_disk = None
        known = [*waiting, *([on_disk] if on_disk is not None else [])]
        return max(known, default=None)

    def times_found(self, who: str, hour: int) -> dict[str, int]:
        """How often somebody was found in each room around that hour; nothing where it cannot be read."""
        try:
            with self._database.transaction() as connection:
                return routine_notes.times_found(connection, who, hour)
        except RecordsError:
            return {}

    def find(self, run_id: str) -> Run | None:
        """One run, however old; None where there is none, or it cannot be read."""
        try:
            with self._database.transaction() as connection:
                return routine_runs.find(connection, run_id)
        except RecordsError:
            return None

    def latest(self, limit: int = 100) -> list[Run]:
        """The latest runs, newest first. Raises RecordsError."""
        with self._database.transaction() as connection:
            return routine_runs.latest(connection, limit=limit)

    def notes(self, since_s: float, until_s: float, kinds: Iterable[str] = ()) -> list[Note]:
        """What was written down in that time, oldest first. Raises RecordsError."""
        with self._database.transaction() as connection:
            return routine_notes.between(connection, since_s, until_s, kinds)

    def _add(self, changes: Changes) -> None:
        self._waiting.runs |= changes.runs
        for run_id, steps in changes.steps.items():
            self._waiting.steps.setdefault(run_id, {}).update(steps)
        self._waiting.notes += changes.notes
        self._waiting.finds += changes.finds

    def _waits(self, now_s: float) -> bool:
        return bool(self.fault) and self._try_at_s - RETRY_S <= now_s < self._try_at_s

    def _failed(self, error: RecordsError, now_s: float) -> None:
        self.fault, self._try_at_s = f"Not recorded: {error}", now_s + RETRY_S
