"""How long what is kept: each kind of audit row has its time; after it the content goes, and the chain stays."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from carebot.records.audit import ERASURE, audit, erase
from carebot.records.database import Database

DAY_S = 86400.0
YEAR_S = 365 * DAY_S

KEPT_S: Mapping[str, float] = {
    "look": YEAR_S,  # at pixels, or at a resident's history
    "answer": 5 * YEAR_S,  # to an alert
    "motion": YEAR_S,  # driving, emergency stops
    "command": YEAR_S,  # routines, things said through the robot
    "change": 5 * YEAR_S,  # of people, consents, settings
    "export": 5 * YEAR_S,  # data that left
    "sign-in": 180 * DAY_S,
    "refusal": 180 * DAY_S,
}
"""Seconds for which the content of each kind of row is kept; rows that record erasures stay for good."""


def apply(database: Database, now_s: float, kept_s: Mapping[str, float] = KEPT_S) -> int:
    """Erase the content of every row whose time is over; how many there were."""
    with database.transaction() as connection:
        rows = connection.execute(
            select(audit.c.number, audit.c.kind, audit.c.at_s).where(
                audit.c.content.is_not(None), audit.c.kind != ERASURE
            )
        )
        over = [row.number for row in rows if now_s - row.at_s > kept_s.get(row.kind, YEAR_S)]
        erased = erase(connection, over, "carebot", "its time was over", now_s)
    database.truncate_log()
    return erased
