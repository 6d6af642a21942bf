"""What a robot's residents did, hour by hour: seconds lying, sitting, up, or not seen, and times up; when any was seen
last.

No pixels, no keypoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Column, Float, Integer, Table, Text, select
from sqlalchemy.dialects.sqlite import insert

from carebot.records.database import Database
from carebot.records.site import metadata

HOUR_S = 3600

activity = Table(
    "activity",
    metadata,
    Column("robot", Text, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("doing", Text, primary_key=True),
    Column("spent_s", Float, nullable=False),
)

rises = Table(
    "rises",
    metadata,
    Column("robot", Text, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
)
last_seen = Table(
    "last_seen",
    metadata,
    Column("robot", Text, primary_key=True),
    Column("at_s", Float, nullable=False),
)


class Doing(str, Enum):
    """What somebody is seen to do."""

    LYING = "lying"
    SITTING = "sitting"
    UP = "up"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Hour:
    """Seconds of each `Doing` in the hour that began at `began_s` (seconds since 1970 UTC); `rises` is how often
    somebody got up who lay."""

    began_s: float
    spent_s: Mapping[Doing, float]
    rises: int = 0


class ActivityBook:
    """Adds up; a few rows for each hour."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        robot: str,
        spent_s: Mapping[Doing, float],
        now_s: float,
        last_seen_s: float | None = None,
        times_up: int = 0,
    ) -> None:
        """Add what was spent up to `now_s`; a minute belongs to the hour in which it ended."""
        hour = int(now_s // HOUR_S)
        with self._database.transaction() as connection:
            for doing, seconds in spent_s.items():
                row = insert(activity).values(robot=robot, hour=hour, doing=doing.value, spent_s=seconds)
                sum_s = activity.c.spent_s + row.excluded.spent_s
                keys = ["robot", "hour", "doing"]
                connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"spent_s": sum_s}))
            if times_up:
                risen = insert(rises).values(robot=robot, hour=hour, times=times_up)
                total = {"times": rises.c.times + risen.excluded.times}
                connection.execute(risen.on_conflict_do_update(index_elements=["robot", "hour"], set_=total))
            if last_seen_s is not None:
                seen = insert(last_seen).values(robot=robot, at_s=last_seen_s)
                connection.execute(seen.on_conflict_do_update(index_elements=["robot"], set_={"at_s": last_seen_s}))

    def last_seen_s(self, robot: str) -> float | None:
        """When somebody was last seen (seconds since 1970 UTC), as of the last `add`; None where nobody ever was."""
        with self._database.transaction() as connection:
            return connection.execute(select(last_seen.c.at_s).where(last_seen.c.robot == robot)).scalar_one_or_none()

    def hours(self, robot: str, since_s: float, until_s: float) -> list[Hour]:
        """The hours in between of which something is known, oldest first."""
        first, last = int(since_s // HOUR_S), int(until_s // HOUR_S)
        query = (
            select(activity)
            .where(activity.c.robot == robot, activity.c.hour.between(first, last))
            .order_by(activity.c.hour)
        )
        found: dict[int, dict[Doing, float]] = {}
        with self._database.transaction() as connection:
            for row in connection.execute(query):
                found.setdefault(row.hour, {})[Doing(row.doing)] = row.spent_s
            risen = select(rises.c.hour, rises.c.times).where(rises.c.robot == robot, rises.c.hour.between(first, last))
            times = {row.hour: row.times for row in connection.execute(risen)}
        return [Hour(hour * HOUR_S, spent, times.get(hour, 0)) for hour, spent in found.items()]
