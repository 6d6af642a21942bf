"""What was noticed of the resident's movements: observations for a year, walks folded into days. No pixels.

An observation that is heard again changes nothing. What the disk does not take now waits.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Column, Connection, Float, Index, Integer, MetaData, Table, Text, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from carebot.errors import RecordsError
from carebot.noticed import GaitDay, NoticedKind, Recorded
from carebot.records.database import Database
from carebot.records.gait_trend import RECENT_DAYS, gait_trend

DAY_S = 86400.0
KEPT_DAYS = 365
WALKS_KEPT_DAYS = 3
"""Until their day is over and a late one is in; then only the day's medians are left."""

SHOWN_DAYS, MOST_SHOWN = 91, 500
MOST_WAITING = 1000

_metadata = MetaData()

notices = Table(
    "notices",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("at_s", Float, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Index("notices_by_time", "at_s"),
)
walks = Table(
    "gait_walks",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("speed_bl_s", Float),
    Column("speed_m_s", Float),
    Column("steps_per_s", Float),
    Index("gait_walks_by_day", "day"),
)
gait_days = Table(
    "gait_days",
    _metadata,
    Column("day", Text, primary_key=True),
    Column("walks", Integer, nullable=False),
    Column("speed_bl_s", Float),
    Column("speed_m_s", Float),
    Column("steps_per_s", Float),
)
_MEASURES = ("speed_bl_s", "speed_m_s", "steps_per_s")


def create_tables(connection: Connection) -> None:
    """The tables of observations, walks and days."""
    _metadata.create_all(connection)


MIGRATIONS = (create_tables,)


class NoticeBook:
    """Keeps what was noticed; `fault` says why something is not on disk yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Recorded] = deque(maxlen=MOST_WAITING)
        self._tidied_s = -math.inf
        self.fault = ""

    def hear(self, noticed: Recorded, now_s: float) -> bool:
        """Write it down; whether everything that was heard is on disk. Days are those of the robot's time zone."""
        self._waiting.append(noticed)
        return self.settle(now_s)

    def settle(self, now_s: float) -> bool:
        """Write what waits, and forget what is over; whether all of it is on disk."""
        try:
            while self._waiting:
                with self._database.transaction() as connection:
                    _write(connection, self._waiting[0])
                self._waiting.popleft()
            self._tidy(now_s)
        except RecordsError as error:
            self.fault = str(error)
            return False
        self.fault = ""
        return True

    def recent(self, now_s: float) -> list[Recorded]:
        """The observations of the last weeks, newest first; walks are in their days. Raises RecordsError."""
        query = select(notices).where(notices.c.at_s > now_s - SHOWN_DAYS * DAY_S).order_by(notices.c.at_s.desc())
        with self._database.transaction() as connection:
            rows = connection.execute(query.limit(MOST_SHOWN)).all()
        return [
            Recorded(row.id, row.at_s, NoticedKind(row.kind), row.reason_code, json.loads(row.numbers)) for row in rows
        ]

    def days(self, now_s: float) -> list[GaitDay]:
        """The last weeks' days with walks, oldest first. Raises RecordsError."""
        with self._database.transaction() as connection:
            return _days(connection, day_of(now_s - SHOWN_DAYS * DAY_S))

    def _tidy(self, now_s: float) -> None:
        if now_s - self._tidied_s < DAY_S:
            return
        with self._database.transaction() as connection:
            connection.execute(delete(notices).where(notices.c.at_s < now_s - KEPT_DAYS * DAY_S))
            connection.execute(delete(gait_days).where(gait_days.c.day < day_of(now_s - KEPT_DAYS * DAY_S)))
            connection.execute(delete(walks).where(walks.c.day < day_of(now_s - WALKS_KEPT_DAYS * DAY_S)))
        self._tidied_s = now_s


def day_of(at_s: float) -> str:
    """The day (YYYY-MM-DD) of the robot's time zone."""
    return datetime.fromtimestamp(at_s).astimezone().date().isoformat()


def _write(connection: Connection, noticed: Recorded) -> None:
    if noticed.kind is not NoticedKind.WALK:
        _write_notice(connection, noticed)
        return
    day = day_of(noticed.at_s)
    measures = {name: _or_none(noticed.numbers.get(name, math.nan)) for name in _MEASURES}
    row = insert(walks).values(id=noticed.id, day=day, **measures)
    if connection.execute(row.on_conflict_do_nothing()).rowcount:
        _fold(connection, day)
        _tell_of_a_change(connection, noticed.at_s, day)


def _write_notice(connection: Connection, noticed: Recorded) -> None:
    numbers = {name: value for name, value in noticed.numbers.items() if math.isfinite(value)}
    row = insert(notices).values(
        id=noticed.id,
        at_s=noticed.at_s,
        kind=noticed.kind.value,
        reason_code=noticed.reason_code,
        numbers=json.dumps(numbers),
    )
    connection.execute(row.on_conflict_do_nothing())


def _fold(connection: Connection, day: str) -> None:
    rows = connection.execute(select(walks).where(walks.c.day == day)).all()
    measures = {name: _median(getattr(row, name) for row in rows) for name in _MEASURES}
    values = {"walks": len(rows), **measures}
    row = insert(gait_days).values(day=day, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["day"], set_=values))


def _tell_of_a_change(connection: Connection, at_s: float, day: str) -> None:
    """A change is written down once; what goes on for longer, again after as many days as it is measured over."""
    trend = gait_trend(_days(connection, ""), day)
    if trend is None or not trend.is_change:
        return
    is_change = notices.c.kind == NoticedKind.GAIT_CHANGE.value
    last_s = connection.execute(select(func.max(notices.c.at_s)).where(is_change)).scalar()
    if last_s is not None and abs(at_s - last_s) < RECENT_DAYS * DAY_S:
        return
    unit = "m_s" if trend.is_metric else "bl_s"
    numbers = {f"before_{unit}": trend.before, f"recent_{unit}": trend.recent, f"change_{unit}": trend.change}
    code = f"walks_{'slower' if trend.change < 0 else 'faster'}_{unit}"
    _write_notice(connection, Recorded(f"gait-{day}", at_s, NoticedKind.GAIT_CHANGE, code, numbers))


def _days(connection: Connection, since: str) -> list[GaitDay]:
    rows = connection.execute(select(gait_days).where(gait_days.c.day >= since).order_by(gait_days.c.day))
    return [GaitDay(row.day, row.walks, *(_or_nan(getattr(row, name)) for name in _MEASURES)) for row in rows]


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def last_days(now_s: float, count: int) -> list[str]:
    """The last `count` days (YYYY-MM-DD), oldest first, today included."""
    today = datetime.fromtimestamp(now_s).astimezone().date()
    return [(today - timedelta(back)).isoformat() for back in reversed(range(count))]
