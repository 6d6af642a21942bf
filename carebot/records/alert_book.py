"""The book of alerts: nothing in it is shown to anyone before it is on disk, unless the disk cannot take it.

**When the disk is full, read-only or broken** the house's law (an alert is written before anyone hears of it) and its
purpose (a caregiver hears of a fall) pull apart. The purpose wins: the alert is held in memory and handed on at once,
`fault` says in one sentence that it is not recorded and why, and `settle` writes what waits, in order, as soon as the
disk takes it again. What waits is kept as what happened (events and answers), not as results, so that it is judged
anew against what the file turns out to hold. The only thing that can be lost is an answer given while `fault` is set,
if the process dies before the disk recovers; the falls themselves are told again by the falls node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from carebot.alerts import Alert, Answer, AnswerOutcome, Exchange, FallEvent, HelpCall
from carebot.errors import RecordsError
from carebot.records import alert_life, alert_store
from carebot.records.alert_life import Answered, Called, Change, Entry, Heard, RefusedError, Told
from carebot.records.alert_store import HistoryLine
from carebot.records.database import Database
from carebot.records.schema import open_records

KEPT_IN_MEMORY = 200
"""Resolved alerts at hand without asking the file."""

MOST_EARLY = 50
"""Exchanges that may wait for the fall that they belong to."""

Command = Heard | Answered | Called | Told


def open_alert_book(path: Path, holder: str = "carebot care") -> AlertBook:
    """The book kept in the SQLite file at `path`. Raises SetupError when another process writes to it."""
    return AlertBook(open_records(path, holder))


@dataclass(frozen=True, slots=True)
class _Outcome:
    change: Change | None
    refusal: str = ""


class AlertBook:
    """All alerts, their life and their history; the single writer of the alerts' tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[str, Entry] = {}
        self._on_disk: dict[str, Entry] = {}
        self._waiting: list[Command] = []
        self._early: list[Told] = []
        self._loaded_from = 0  # which opening of the file the entries agree with; 0 is none
        self.fault = ""
        self.settle()

    def hear(self, fall_id: str, event: FallEvent, *, seen_at_s: float, now_s: float, kind: str = "fall") -> Alert:
        """Take one step of a fall into the book; hearing it twice changes nothing.

        `seen_at_s` is when the deciding picture was taken and `now_s` the present, both in seconds since 1970 UTC.
        The returned alert is on disk, or `fault` says why it is not.
        """
        heard = alert_life.tidy(Heard(fall_id, event, seen_at_s, now_s, kind))
        change = self._take(heard).change
        self._take_early(fall_id)
        entry = self._entries.get(_id_of(heard))  # gone at once when an old resolved fall is heard of again
        if entry is None:
            assert change is not None
            return change.entry.alert
        return entry.alert

    def hear_call(self, call: HelpCall, *, now_s: float) -> Alert | None:
        """Take a call for help into the book: the alert that now stands for it, None where it was known already."""
        change = self._take(Called(alert_life.tidy_call(call), now_s)).change
        return None if change is None else change.entry.alert

    def hear_exchange(self, fall_id: str, exchange: Exchange, *, now_s: float) -> Alert | None:
        """Write down what the resident answered after a fall; None where that was known already.

        An exchange that comes before its fall (both are told again when care was away) waits for it.
        """
        told = Told(fall_id.encode("utf-8", "replace").decode(), alert_life.tidy_exchange(exchange), now_s)
        outcome = self._take(told)
        if outcome.refusal:
            self._early = [*self._early, told][-MOST_EARLY:]
        return None if outcome.change is None else outcome.change.entry.alert

    def _take_early(self, fall_id: str) -> None:
        for told in [told for told in self._early if told.fall_id == fall_id]:
            self._early.remove(told)
            self._take(told)

    def answer(self, alert_id: str, answer: Answer, by: str, note: str, *, now_s: float, to: str = "") -> AnswerOutcome:
        """Take the answer of the person `by`; the first one wins, and whoever is late is told who was first."""
        said = Answered(alert_id, answer, by, note, now_s, to)
        outcome = self._take(said)
        entry = self._entries.get(alert_id)
        return AnswerOutcome(not outcome.refusal, outcome.refusal, None if entry is None else entry.alert)

    def open_alerts(self) -> tuple[Alert, ...]:
        """What waits for a person, newest first."""
        return tuple(alert for alert in self._newest_first() if alert.is_open)

    def recent(self, limit: int) -> tuple[Alert, ...]:
        """All open alerts and as many resolved ones as fit into `limit`, newest first."""
        newest = self._newest_first()
        room = max(0, limit - sum(alert.is_open for alert in newest))
        resolved = {alert.id for alert in [alert for alert in newest if not alert.is_open][:room]}
        return tuple(alert for alert in newest if alert.is_open or alert.id in resolved)

    def history(self, alert_id: str) -> list[HistoryLine]:
        """Every change of one alert, oldest first. Raises RecordsError when the file cannot be read."""
        with self._database.transaction() as connection:
            return alert_store.history_of(connection, alert_id)

    @property
    def waiting(self) -> int:
        """How many events and answers are held in memory because the disk did not take them."""
        return len(self._waiting)

    def settle(self) -> bool:
        """Write what waits; True when all is on disk. Call it every second or so. Raises SetupError, see above."""
        if self._is_loaded and not self._waiting and self._database.is_intact():
            return True
        try:
            with self._database.transaction() as connection:
                entries, changes = self._replayed(connection)
                alert_store.write(connection, changes)
        except RecordsError as error:
            self.fault, self._loaded_from = f"Not recorded: {error}", 0
            return False
        self._entries, self._on_disk = entries, dict(entries)
        self._waiting.clear()
        self.fault, self._loaded_from = "", self._database.openings
        self._forget_old()
        return True

    def close(self) -> None:
        """Write what can still be written and let another writer in."""
        self.settle()
        self._database.close()

    @property
    def _is_loaded(self) -> bool:
        return self._loaded_from == self._database.openings != 0

    def _take(self, command: Command) -> _Outcome:
        """Judge `command`; what changes something is on disk or waiting before this returns."""
        self._recall(_id_of(command))
        outcome = _judge(self._entries, command)
        if outcome.change is None:
            return outcome
        self._entries[outcome.change.entry.alert.id] = outcome.change.entry
        self._waiting.append(command)
        self.settle()
        return outcome

    def _recall(self, alert_id: str) -> None:
        """Bring an old resolved alert back from the file when it is spoken of again."""
        if alert_id in self._entries or not self._is_loaded:
            return
        try:
            with self._database.transaction() as connection:
                entry = alert_store.find(connection, alert_id)
        except RecordsError:
            self._loaded_from = 0
            return
        if entry is not None:
            self._entries[alert_id] = self._on_disk[alert_id] = entry

    def _replayed(self, connection: Connection) -> tuple[dict[str, Entry], list[Change]]:
        """The entries and changes that result when what waits happens to what the file holds."""
        entries, changes = self._found(connection)
        for command in self._waiting:
            change = _judge(entries, command).change
            if change is not None:
                entries[change.entry.alert.id] = change.entry
                changes.append(change)
        return entries, changes

    def _found(self, connection: Connection) -> tuple[dict[str, Entry], list[Change]]:
        if self._is_loaded:
            return dict(self._on_disk), []
        entries = {entry.alert.id: entry for entry in alert_store.open_and_recent(connection, recent=KEPT_IN_MEMORY)}
        for alert_id in map(_id_of, self._waiting):
            entry = entries.get(alert_id) or alert_store.find(connection, alert_id)
            if entry is not None:
                entries[alert_id] = entry
        lost = [entry for alert_id, entry in self._on_disk.items() if _is_lost(connection, alert_id, entries)]
        return entries | {entry.alert.id: entry for entry in lost}, [_restored(entry) for entry in lost]

    def _newest_first(self) -> list[Alert]:
        alerts = (entry.alert for entry in self._entries.values())
        return sorted(alerts, key=lambda alert: alert.raised_at_s, reverse=True)

    def _forget_old(self) -> None:
        resolved = [alert for alert in self._newest_first() if not alert.is_open]
        for alert in resolved[KEPT_IN_MEMORY:]:
            del self._entries[alert.id], self._on_disk[alert.id]


def _judge(entries: dict[str, Entry], command: Command) -> _Outcome:
    entry = entries.get(_id_of(command))
    if isinstance(command, Heard):
        return _Outcome(alert_life.hear(entry, command))
    if isinstance(command, Called):
        return _Outcome(None if entry is not None else alert_life.call(entries.values(), command))
    if isinstance(command, Told):
        return _Outcome(alert_life.tell(entry, command)) if entry else _Outcome(None, "There is no such fall.")
    if entry is None:
        return _Outcome(None, f"There is no alert {command.alert_id[:80]!r}: look at the list again.")
    try:
        return _Outcome(alert_life.answer(entry, command))
    except RefusedError as refusal:
        return _Outcome(None, str(refusal))


def _id_of(command: Command) -> str:
    if isinstance(command, Called):
        return alert_life.alert_id(command.call.id, alert_life.HELP)
    return command.alert_id if isinstance(command, Answered) else alert_life.alert_id(command.fall_id)


def _is_lost(connection: Connection, alert_id: str, entries: Iterable[str]) -> bool:
    """Whether the file no longer knows what it once had taken: somebody removed or replaced it."""
    return alert_id not in entries and alert_store.find(connection, alert_id) is None


def _restored(entry: Entry) -> Change:
    alert = replace(entry.alert, revision=entry.alert.revision + 1)
    return Change(replace(entry, alert=alert), "robot", "restored", alert.changed_at_s, "The file had lost it.")
