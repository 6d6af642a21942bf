"""Alerts and their history as rows: the present state in one table, every change that led to it in another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    RowMapping,
    Table,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.dialects.sqlite import insert

from carebot.alerts import Alert, AlertState, Exchange, FallEventKind, Verdict
from carebot.errors import RecordsError
from carebot.records.alert_life import Change, Entry

_metadata = MetaData()

alerts = Table(
    "alerts",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("raised_at_s", Float, nullable=False),
    Column("changed_at_s", Float, nullable=False),
    Column("down", Boolean, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    Column("resolved_by", Text, nullable=False),
    Column("verdict", Text),
    Column("note", Text, nullable=False),
    Column("heard", Text, nullable=False),
    Column("last_event_s", Float, nullable=False),
    Column("exchanges", Text, nullable=False, server_default="[]"),
    Column("offered_to", Text, nullable=False, server_default=""),
    UniqueConstraint("kind", "source_id"),
    CheckConstraint("state != 'resolved' OR resolved_by != ''", name="only_a_named_person_resolves"),
)

history = Table(
    "alert_history",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("alert_id", Text, ForeignKey("alerts.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("alert_history_by_alert", "alert_id", "number"),
    sqlite_autoincrement=True,
)

_APPEND_ONLY = """CREATE TRIGGER alert_history_no_{verb} BEFORE {verb} ON alert_history
BEGIN SELECT RAISE(ABORT, 'alert_history is append-only'); END"""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of one alert: who did what, when (seconds since 1970 UTC), and in which words."""

    alert_id: str
    revision: int
    at_s: float
    who: str
    what: str
    detail: str


def create_tables(connection: Connection) -> None:
    """The first schema; the database itself refuses to change or remove a line of the history."""
    _metadata.create_all(connection)
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(_APPEND_ONLY.format(verb=verb))


def add_exchanges(connection: Connection) -> None:
    """The column in files that an earlier carebot made."""
    columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(alerts)")}
    if "exchanges" not in columns:
        connection.exec_driver_sql("ALTER TABLE alerts ADD COLUMN exchanges TEXT NOT NULL DEFAULT '[]'")


def add_offers(connection: Connection) -> None:
    """Files from before handing over; new ones have the column from the start."""
    columns = connection.exec_driver_sql("PRAGMA table_info(alerts)").mappings()
    if "offered_to" not in {column["name"] for column in columns}:
        connection.exec_driver_sql("ALTER TABLE alerts ADD COLUMN offered_to TEXT NOT NULL DEFAULT ''")


MIGRATIONS = (create_tables,)
LATER_MIGRATIONS = (add_exchanges,)


def write(connection: Connection, changes: Iterable[Change]) -> None:
    """Store each change: the alert as it is now, and the line in its history."""
    for change in changes:
        row = _row(change.entry)
        connection.execute(insert(alerts).values(row).on_conflict_do_update(index_elements=["id"], set_=row))
        connection.execute(insert(history).values(_history_row(change)))


def open_and_recent(connection: Connection, recent: int) -> list[Entry]:
    """All open alerts, and the `recent` latest resolved ones; newest first."""
    is_resolved = alerts.c.state == AlertState.RESOLVED.value
    newest = alerts.c.raised_at_s.desc()
    still_open = connection.execute(select(alerts).where(~is_resolved)).mappings().all()
    resolved = connection.execute(select(alerts).where(is_resolved).order_by(newest).limit(recent)).mappings().all()
    entries = [_entry(row) for row in (*still_open, *resolved)]
    return sorted(entries, key=lambda entry: entry.alert.raised_at_s, reverse=True)


def find(connection: Connection, alert_id: str) -> Entry | None:
    """One alert, however old."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().one_or_none()
    return None if row is None else _entry(row)


def history_of(connection: Connection, alert_id: str) -> list[HistoryLine]:
    """Every change of one alert, oldest first."""
    columns = [history.c[name] for name in HistoryLine.__slots__]
    rows = connection.execute(select(*columns).where(history.c.alert_id == alert_id).order_by(history.c.number))
    return [HistoryLine(*row) for row in rows]


def _row(entry: Entry) -> dict[str, Any]:
    alert = entry.alert
    return {
        "id": alert.id,
        "kind": alert.kind,
        "source_id": entry.source_id,
        "state": alert.state.value,
        "revision": alert.revision,
        "raised_at_s": alert.raised_at_s,
        "changed_at_s": alert.changed_at_s,
        "down": alert.down,
        "confidence": alert.confidence,
        "reason_code": alert.reason_code,
        "reason": alert.reason,
        "evidence": json.dumps(dict(alert.evidence)),
        "acknowledged_by": alert.acknowledged_by,
        "resolved_by": alert.resolved_by,
        "verdict": None if alert.verdict is None else alert.verdict.value,
        "note": alert.note,
        "heard": ",".join(sorted(kind.value for kind in entry.heard)),
        "last_event_s": entry.last_event_s,
        "exchanges": json.dumps([asdict(each) for each in alert.exchanges], ensure_ascii=False),
        "offered_to": alert.offered_to,
    }


def _history_row(change: Change) -> dict[str, Any]:
    return {
        "alert_id": change.entry.alert.id,
        "revision": change.entry.alert.revision,
        "at_s": change.at_s,
        "who": change.who,
        "what": change.what,
        "detail": change.detail,
    }


def _entry(row: RowMapping) -> Entry:
    try:
        return _parsed(row)
    except (ValueError, TypeError, AttributeError):
        raise RecordsError(f"The record of the alert {row['id']} is damaged: restore a copy of the file.") from None


def _parsed(row: RowMapping) -> Entry:
    values = {name: row[name] for name in Alert.__slots__}
    values["state"] = AlertState(row["state"])
    values["verdict"] = None if row["verdict"] is None else Verdict(row["verdict"])
    values["evidence"] = json.loads(row["evidence"])
    values["exchanges"] = tuple(Exchange(**each) for each in json.loads(row["exchanges"]))
    heard = frozenset(FallEventKind(name) for name in row["heard"].split(",") if name)
    return Entry(Alert(**values), row["source_id"], heard, row["last_event_s"])
