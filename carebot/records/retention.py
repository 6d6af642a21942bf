"""How long what is kept: each kind of audit row has its time; after it the content goes, and the chain stays."""

from __future__ import annotations

from collections.abc import Mapping

from carebot.records.audit import AuditLog

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


def apply(log: AuditLog, now_s: float, kept_s: Mapping[str, float] = KEPT_S) -> int:
    """Erase the content of every row whose time is over; how many there were."""
    return log.erase_over(lambda kind, at_s: now_s - at_s > kept_s.get(kind, YEAR_S), now_s)
