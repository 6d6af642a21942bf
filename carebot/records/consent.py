"""Residents, and what each of them, or who speaks for them, has consented to. Without a recorded yes, it is a no."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Float, ForeignKey, Row, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert

from carebot.records.database import Database
from carebot.records.site import metadata

READ_TIMEOUT_S = 0.3

residents = Table(
    "residents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reading", Text, nullable=False, default=""),
    Column("room", Text, nullable=False, default=""),
    Column("robot", Text, nullable=False, default=""),
)
consents = Table(
    "consents",
    metadata,
    Column("resident_id", Text, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
    Column("what", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at_s", Float, nullable=False),
)


class Consent(str, Enum):
    """What can be consented to."""

    FAMILY_ALERTS = "family_alerts"
    """Family sees alerts and how they ended."""

    FAMILY_ACTIVITY = "family_activity"
    """Family sees whether the resident is up, sits, lies, and the days' activity."""

    LIVE_VIEW = "live_view"
    """Caregivers may look through the camera for a limited time."""

    LIVE_VIEW_EMERGENCY = "live_view_emergency"
    """They may while an alert is open, without waiting."""

    LANGUAGE_MODEL = "language_model"
    """What is said to the robot, and the resident's name, may go to the language model that the operator named."""

    CONVERSATION_MEMORY = "conversation_memory"
    """What is said to the robot, and its answers, are remembered until it restarts or is told to forget."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Whom the robot is there for. `reading` is the name's pronunciation (furigana); `robot` the robot's name."""

    id: str
    name: str
    reading: str = ""
    room: str = ""
    robot: str = ""
    consents: Mapping[Consent, bool] = field(default_factory=dict)

    def allows(self, what: Consent) -> bool:
        return self.consents.get(what, False)


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or a no, who recorded it, and when (seconds since 1970 UTC)."""

    given: bool
    by: str
    at_s: float


def recorded(path: Path, names: Sequence[str], what: Consent) -> Decision | None:
    """What the file at `path` says of the resident called one of `names` (none: of the only one), for a process that
    does not own it; None where there is no such file, resident or decision, or it cannot be read."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=READ_TIMEOUT_S)) as file:
            found = file.execute("SELECT id, name FROM residents").fetchall()
            ids = [each for each, name in found if name in names or (not names and len(found) == 1)]
            if len(ids) != 1:
                return None
            query = "SELECT given, by, at_s FROM consents WHERE resident_id = ? AND what = ?"
            row = file.execute(query, (ids[0], what.value)).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else Decision(bool(row[0]), str(row[1]), float(row[2]))


class ResidentBook:
    """All residents; in memory too, so that they are known while the disk fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Resident] = {}
        self._load()

    def all(self) -> list[Resident]:
        """By room and name."""
        return list(self._known.values())

    def find(self, resident_id: str) -> Resident | None:
        return self._known.get(resident_id)

    def save(self, resident: Resident) -> Resident:
        """Write a resident; one without an id is new. Consents are written by `decide` alone."""
        values = {name: getattr(resident, name) for name in ("name", "reading", "room", "robot")}
        resident_id = resident.id or secrets.token_hex(6)
        row = insert(residents).values(id=resident_id, **values)
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
        self._load()
        return self._known[resident_id]

    def decide(self, resident_id: str, what: Consent, given: bool, by: str, now_s: float) -> None:
        """Record a yes or a no, and who recorded it."""
        values = {"given": given, "by": by, "at_s": now_s}
        row = insert(consents).values(resident_id=resident_id, what=what.value, **values)
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["resident_id", "what"], set_=values))
        self._load()

    def remove(self, resident_id: str) -> bool:
        """Whether there was one."""
        with self._database.transaction() as connection:
            removed = connection.execute(delete(residents).where(residents.c.id == resident_id)).rowcount > 0
        self._load()
        return removed

    def _load(self) -> None:
        with self._database.transaction() as connection:
            rows = connection.execute(select(residents).order_by(residents.c.room, residents.c.name)).all()
            self._known = {row.id: _resident(connection, row) for row in rows}


def _resident(connection: Connection, row: Row[Any]) -> Resident:
    decided = connection.execute(select(consents).where(consents.c.resident_id == row.id))
    known = {Consent(each.what): bool(each.given) for each in decided if each.what in {c.value for c in Consent}}
    return Resident(row.id, row.name, row.reading, row.room, row.robot, known)
