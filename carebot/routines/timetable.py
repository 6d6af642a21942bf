"""When an entry of the schedule is due, over changes of the clock: plain functions of time.

Cron fields are evaluated by APScheduler's triggers, asked for the next time without its scheduler, whose thread reads
the clock itself. They are asked in wall-clock time, which is then put onto the time line here: a time of day that a
change of the clock leaves out (02:30 in spring) is due as much later as the clock jumps (03:30), and one that comes
twice (in autumn) is due the first time. So an entry "every day at 02:30" is due once on every day of the year.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from carebot.site.hours import minute_of_day

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_CHANGE = timedelta(hours=3)
_LONGEST_SEARCH_S = 400 * 86_400.0  # every 50 000 s are between nine and noon once in a few days
_UTC = timezone.utc


class WallTimes:
    """Times of day by cron fields, in one time zone."""

    def __init__(self, triggers: Iterable[CronTrigger], zone: ZoneInfo) -> None:
        self._triggers, self._zone = tuple(triggers), zone

    def next_after(self, at_s: float) -> float | None:
        """The first time after `at_s` (both in seconds since 1970 UTC); None where there is none any more."""
        wall = self._earliest_wall(at_s)
        while True:
            candidates = [found for trigger in self._triggers if (found := _next_wall(trigger, wall)) is not None]
            if not candidates:
                return None
            wall = min(candidates)
            due_s = wall.replace(tzinfo=self._zone, fold=0).timestamp()
            if due_s > at_s:
                return due_s

    def _earliest_wall(self, at_s: float) -> datetime:
        """The wall clock at `at_s`, or what it would show without a change of the clock in the hours before."""
        instant = datetime.fromtimestamp(at_s, _UTC)
        offsets = [
            (instant - before).astimezone(self._zone).utcoffset() or timedelta()
            for before in (timedelta(), _LONGEST_CHANGE)
        ]
        return (instant + min(offsets)).replace(tzinfo=None)


class EveryTimes:
    """Each so many seconds of real time, counted from a midnight, between two times of day where they are given."""

    def __init__(self, every_s: float, zone: ZoneInfo, between: tuple[int, int] | None = None) -> None:
        self._every_s, self._zone, self._between = every_s, zone, between
        self._anchor_s = datetime(2000, 1, 1, tzinfo=zone).timestamp()

    def next_after(self, at_s: float) -> float | None:
        count = int((at_s - self._anchor_s) // self._every_s)
        for step in range(1, int(_LONGEST_SEARCH_S // self._every_s) + 3):
            due_s = self._anchor_s + (count + step) * self._every_s
            if due_s > at_s and self._is_between(due_s):
                return due_s
        return None

    def _is_between(self, due_s: float) -> bool:
        if self._between is None:
            return True
        local = datetime.fromtimestamp(due_s, self._zone)
        begin, end = self._between
        minute = 60 * local.hour + local.minute
        return begin <= minute < end if begin < end else minute >= begin or minute < end


def at_times(times: Iterable[str], days: Iterable[str], zone: ZoneInfo) -> WallTimes:
    """`times` (HH:MM) on `days` (of DAYS; all where none is named)."""
    chosen = ",".join(days) or "*"
    parts = [minute_of_day(time) for time in times]
    triggers = [
        CronTrigger(hour=minute // 60, minute=minute % 60, day_of_week=chosen, timezone=_UTC) for minute in parts
    ]
    return WallTimes(triggers, zone)


def cron_times(expression: str, zone: ZoneInfo) -> WallTimes:
    """Five fields as in crontab(5): minute, hour, day, month, day of the week (0 and 7 are Sunday).

    Raises:
        ValueError: the expression is not one.
    """
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f"'{expression}' has {len(fields)} fields: write minute, hour, day, month and day of the week")
    minute, hour, day, month, weekday = fields
    trigger = CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=_named_days(weekday), timezone=_UTC
    )
    return WallTimes([trigger], zone)


def local_date(at_s: float, zone: ZoneInfo) -> date:
    """The day at the site."""
    return datetime.fromtimestamp(at_s, zone).date()


def _named_days(field: str) -> str:
    """APScheduler counts days from Monday, crontab from Sunday; names mean the same to both."""
    return ",".join("-".join(_named_day(day) for day in part.split("-")) for part in field.split(","))


def _named_day(day: str) -> str:
    return _CRON_DAYS[int(day)] if day.isdecimal() and int(day) < len(_CRON_DAYS) else day


def _next_wall(trigger: CronTrigger, after: datetime) -> datetime | None:
    """The first time of `trigger` after the wall-clock time `after`, which it takes for UTC: that never jumps."""
    begin = after.replace(tzinfo=_UTC, microsecond=0) + timedelta(seconds=1)
    found = trigger.get_next_fire_time(None, begin)
    return None if found is None else found.replace(tzinfo=None)
