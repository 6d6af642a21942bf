"""The schedule's records: how far each entry was handled, what became of each occurrence, and who changed what.

Changes are never overwritten: the entries and pauses in force are the site file's, with all changes applied in order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, MetaData, Table, Text, UniqueConstraint, delete, select
from sqlalchemy.dialects.sqlite import insert

DAY_S = 86_400.0
MOST_DAYS_S = 32 * DAY_S
FURTHEST_AHEAD_S = 10 * 366 * DAY_S

_metadata = MetaData()

marks = Table(
    "schedule_marks",
    _metadata,
    Column("entry_id", Text, primary_key=True),
    Column("handled_until_s", Float, nullable=False),
)

occurrences = Table(
    "schedule_occurrences",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("entry_id", Text, nullable=False),
    Column("due_at_s", Float, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("handled_at_s", Float, nullable=False),
    UniqueConstraint("entry_id", "due_at_s", name="nothing_runs_twice"),
    sqlite_autoincrement=True,
)

changes = Table(
    "schedule_changes",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("at_s", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    sqlite_autoincrement=True,
)

_APPEND_ONLY = """CREATE TRIGGER schedule_changes_no_{verb} BEFORE {verb} ON schedule_changes
BEGIN SELECT RAISE(ABORT, 'schedule_changes is append-only'); END"""


def why_not_between(since_s: float, until_s: float, now_s: float) -> str:
    """Why nobody is told what is due between two times, in a sentence; empty where they can be."""
    span_s = until_s - since_s
    is_near = math.isfinite(span_s) and since_s >= 0.0 and until_s <= now_s + FURTHEST_AHEAD_S
    if is_near and 0.0 < span_s <= MOST_DAYS_S:
        return ""
    return "Name two times after 1970, the second at most 32 days after the first and at most ten years from now."


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """`who` did `what` (set, remove, pause, unpause, restore) to the entry or pause `subject`, now `content`."""

    at_s: float
    who: str
    what: str
    subject: str
    content: Mapping[str, Any]


def create_tables(connection: Connection) -> None:
    """The tables; the database itself refuses to change or remove a line of the audit."""
    _metadata.create_all(connection)
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(_APPEND_ONLY.format(verb=verb))


MIGRATIONS = (create_tables,)


def load_marks(connection: Connection) -> dict[str, float]:
    """Until when each entry was handled."""
    return {row.entry_id: row.handled_until_s for row in connection.execute(select(marks))}


def save_marks(connection: Connection, handled: Mapping[str, float]) -> None:
    """Store how far entries were handled."""
    for entry_id, until_s in handled.items():
        row = {"entry_id": entry_id, "handled_until_s": until_s}
        connection.execute(insert(marks).values(row).on_conflict_do_update(index_elements=["entry_id"], set_=row))


def add_occurrence(
    connection: Connection, entry_id: str, due_at_s: float, verdict: str, why: str, now_s: float
) -> bool:
    """Write an occurrence down; False where it had been before."""
    row = {"entry_id": entry_id, "due_at_s": due_at_s, "verdict": verdict, "why": why, "handled_at_s": now_s}
    return connection.execute(insert(occurrences).values(row).on_conflict_do_nothing()).rowcount == 1


def take_back(connection: Connection, after_s: float, after_s_if_run: float, run: Collection[str]) -> None:
    """Forget what was due after `after_s`; where the verdict was one of `run`, only after `after_s_if_run`."""
    due, has_run = occurrences.c.due_at_s, occurrences.c.verdict.in_(run)
    connection.execute(delete(occurrences).where(due > after_s, (due > after_s_if_run) | ~has_run))


def occurrences_between(
    connection: Connection, since_s: float, until_s: float, most: int
) -> list[tuple[str, float, str, str]]:
    """Entry, time, verdict and why of what was due after `since_s` and until `until_s`, in order of time."""
    due = occurrences.c.due_at_s
    query = select(occurrences).where(due > since_s, due <= until_s).order_by(due).limit(most)
    return [(row.entry_id, row.due_at_s, row.verdict, row.why) for row in connection.execute(query)]


def add_change(connection: Connection, change: ScheduleChange) -> None:
    """Write down who changed what."""
    content = json.dumps(dict(change.content))
    row = {"at_s": change.at_s, "who": change.who, "what": change.what, "subject": change.subject, "content": content}
    connection.execute(insert(changes).values(row))


def all_changes(connection: Connection) -> list[ScheduleChange]:
    """Every change, oldest first."""
    rows: Iterable[Any] = connection.execute(select(changes).order_by(changes.c.number))
    return [ScheduleChange(row.at_s, row.who, row.what, row.subject, json.loads(row.content)) for row in rows]
