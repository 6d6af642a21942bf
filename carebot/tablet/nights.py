"""Nights, made of the hours: for how long somebody lay, as far as the robot saw, and how often they got up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from carebot.records.activity import Doing, Hour

FROM_HOUR, UNTIL_HOUR = 20, 8
"""Of the robot's time zone."""


@dataclass(frozen=True, slots=True)
class Night:
    """The night before the morning of `day` (YYYY-MM-DD): seconds lying, and seen at all."""

    day: str
    lying_s: float
    seen_s: float
    rises: int

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From its evening to its morning."""
        morning = datetime.fromisoformat(self.day)
        evening = morning - timedelta(days=1)
        return evening.replace(hour=FROM_HOUR).astimezone(), morning.replace(hour=UNTIL_HOUR).astimezone()


def nights(hours: Iterable[Hour]) -> list[Night]:
    """The nights in which anybody was seen, the oldest first."""
    of_day: dict[str, list[Hour]] = {}
    for hour in hours:
        began = datetime.fromtimestamp(hour.began_s).astimezone()
        if not UNTIL_HOUR <= began.hour < FROM_HOUR:
            morning = began + timedelta(days=began.hour >= FROM_HOUR)
            of_day.setdefault(morning.date().isoformat(), []).append(hour)
    made = (_night(day, found) for day, found in sorted(of_day.items()))
    return [each for each in made if each.seen_s > 0.0]


def whole_nights(hours: Iterable[Hour], since_s: float) -> list[Night]:
    """Those that began after `since_s`: of the one before, `hours` may know only the end."""
    return [night for night in nights(hours) if night.period[0].timestamp() >= since_s]


def _night(day: str, hours: list[Hour]) -> Night:
    spent_s = {doing: sum(hour.spent_s.get(doing, 0.0) for hour in hours) for doing in Doing}
    seen_s = sum(seconds for doing, seconds in spent_s.items() if doing is not Doing.UNSEEN)
    return Night(day, spent_s[Doing.LYING], seen_s, sum(hour.rises for hour in hours))
