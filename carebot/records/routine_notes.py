"""What routines write down (a medicine taken, refused, missed; a walk at night), and where people were found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Float, Index, Integer, MetaData, Table, Text, delete, func, select
from sqlalchemy.dialects.sqlite import insert

_metadata = MetaData()

notes = Table(
    "routine_notes",
    _metadata,
    Column("run_id", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("at_s", Float, nullable=False),
    Index("routine_notes_by_subject", "kind", "subject", "at_s"),
)

finds = Table(
    "routine_finds",
    _metadata,
    Column("who", Text, primary_key=True),
    Column("room", Text, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
)

AROUND_HOURS = 1
"""Where somebody was found within this many hours of the time of day counts for it."""


@dataclass(frozen=True, slots=True)
class Note:
    """One step of one run wrote this down; `at_s` in seconds since 1970 UTC."""

    run_id: str
    step: str
    kind: str
    subject: str
    content: Mapping[str, Any]
    at_s: float


def create_tables(connection: Connection) -> None:
    """The tables of notes and finds."""
    _metadata.create_all(connection)


MIGRATIONS = (create_tables,)


def add(connection: Connection, new: Iterable[Note]) -> None:
    """Write notes down; a step's note that is there already stays as it is."""
    for note in new:
        content = json.dumps(dict(note.content), ensure_ascii=False)
        row = {"run_id": note.run_id, "step": note.step, "kind": note.kind, "subject": note.subject}
        connection.execute(insert(notes).values(**row, content=content, at_s=note.at_s).on_conflict_do_nothing())


def last_s(connection: Connection, kind: str, subject: str) -> float | None:
    """When something of that kind was last written down of `subject`."""
    query = select(func.max(notes.c.at_s)).where(notes.c.kind == kind, notes.c.subject == subject)
    found = connection.execute(query).scalar()
    return None if found is None else float(found)


def between(connection: Connection, since_s: float, until_s: float, kinds: Iterable[str] = ()) -> list[Note]:
    """What was written down in that time, oldest first; of some kinds where they are named."""
    query = select(notes).where(notes.c.at_s.between(since_s, until_s)).order_by(notes.c.at_s)
    wanted = list(kinds)
    if wanted:
        query = query.where(notes.c.kind.in_(wanted))
    rows = connection.execute(query).mappings()
    return [Note(**{**row, "content": json.loads(row["content"])}) for row in rows]


def forget(connection: Connection, before_s: Mapping[str, float], others_before_s: float) -> int:
    """Remove notes older than their kind's time (of kinds not named, `others_before_s`); how many there were."""
    others = delete(notes).where(notes.c.kind.not_in(list(before_s)), notes.c.at_s < others_before_s)
    removed = connection.execute(others).rowcount
    for kind, limit_s in before_s.items():
        removed += connection.execute(delete(notes).where(notes.c.kind == kind, notes.c.at_s < limit_s)).rowcount
    return removed


def add_find(connection: Connection, who: str, room: str, hour: int) -> None:
    """Somebody was found in a room at that hour of the day."""
    row = insert(finds).values(who=who, room=room, hour=hour, times=1)
    again = row.on_conflict_do_update(index_elements=["who", "room", "hour"], set_={"times": finds.c.times + 1})
    connection.execute(again)


def times_found(connection: Connection, who: str, hour: int) -> dict[str, int]:
    """How often somebody was found in each room around that hour."""
    hours = [(hour + step) % 24 for step in range(-AROUND_HOURS, AROUND_HOURS + 1)]
    query = select(finds.c.room, func.sum(finds.c.times)).where(finds.c.who == who, finds.c.hour.in_(hours))
    return {room: int(times) for room, times in connection.execute(query.group_by(finds.c.room))}
