"""The schedule in words: when an entry is due, a day's occurrences as a caregiver reads them, and what was paused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from carebot.tablet.caring import OccurrenceView
from carebot.tablet.language import Texts

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFTEN = 5
"""An entry that comes more often on a day is one line."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """One occurrence, or all of an entry's on one day; `last` is the last one then."""

    first: OccurrenceView
    last: OccurrenceView
    times: int


def due_words(content: Mapping[str, Any], texts: Texts) -> str:
    """When an entry is due."""
    if content.get("at"):
        times = texts("list_comma").join(content["at"])
        return texts("due_at", days=days_words(content.get("days", ()), texts), times=times)
    if content.get("every_s"):
        every = every_words(float(content["every_s"]), texts)
        between = content.get("between")
        return texts("due_every_between", every=every, begin=between[0], end=between[1]) if between else every
    return texts("due_cron", cron=content.get("cron", ""))


def days_words(days: Iterable[str], texts: Texts) -> str:
    """Which days of the week."""
    chosen = [each for each in WEEK if each in set(days)]
    if not chosen or len(chosen) == len(WEEK):
        return texts("every_day")
    return texts("list_comma").join(texts(f"day_{each}") for each in chosen)


def every_words(seconds: float, texts: Texts) -> str:
    """How often something comes."""
    count, unit = _counted(seconds)
    if count == 1:
        return texts("every_day" if unit == "days" else f"every_one_{unit.removesuffix('s')}")
    return texts(f"comes_{unit}", value=texts.number(count, "g"))


def span_words(seconds: float, texts: Texts) -> str:
    """A span of time in the largest unit that fits."""
    count, unit = _counted(seconds)
    if (count, unit) == (1, "days"):
        return texts("span_one_day")
    return texts(f"span_{unit}", value=texts.number(count, "g"))


def _counted(seconds: float) -> tuple[float, str]:
    for unit_s, unit in ((86_400, "days"), (3600, "hours")):
        if seconds >= unit_s and seconds % unit_s == 0:
            return seconds // unit_s, unit
    return seconds / 60, "minutes"


def written_date(written: object, texts: Texts) -> str:
    """A day of the schedule's content with its year; as it stands there where it is none."""
    try:
        day = date.fromisoformat(str(written))
    except ValueError:
        return str(written)
    return texts("date_long", day=day.day, month=day.month, year=day.year)


def date_words(day: date, texts: Texts) -> str:
    """A day with its weekday."""
    return texts("day_and_date", weekday=texts(f"day_{WEEK[day.weekday()]}"), day=day.day, month=day.month)


def short_date(day: str, texts: Texts) -> str:
    """A day (YYYY-MM-DD) as an axis has room for it."""
    _, month, number = day.split("-")
    return texts("date_short", day=int(number), month=int(month))


def bounds(first: date, days: int, time_zone: str) -> tuple[float, float]:
    """Those days of the site as seconds since 1970 UTC."""
    zone = ZoneInfo(time_zone)
    begin, end = (datetime(each.year, each.month, each.day, tzinfo=zone) for each in (first, first + timedelta(days)))
    return begin.timestamp() - 0.001, end.timestamp() - 0.001


def by_day(found: Iterable[OccurrenceView], first: date, days: int, time_zone: str) -> dict[date, list[DayLine]]:
    """Every day with its lines in order of time; what comes often, and came to the same, is one line."""
    zone = ZoneInfo(time_zone)
    sorted_in: dict[date, list[OccurrenceView]] = {first + timedelta(each): [] for each in range(days)}
    for each in found:
        day = datetime.fromtimestamp(each.due_at_s, zone).date()
        if day in sorted_in:
            sorted_in[day].append(each)
    return {day: _joined(all_of_it) for day, all_of_it in sorted_in.items()}


def _joined(day: list[OccurrenceView]) -> list[DayLine]:
    groups: dict[tuple[str, str, str], list[OccurrenceView]] = {}
    for each in day:
        groups.setdefault((each.entry, each.verdict, each.why), []).append(each)
    lines = []
    for group in groups.values():
        if len(group) > OFTEN:
            lines.append(DayLine(group[0], group[-1], len(group)))
        else:
            lines += [DayLine(each, each, 1) for each in group]
    return sorted(lines, key=lambda line: line.first.due_at_s)


def clock_words(at_s: float, time_zone: str) -> str:
    """The time of day at the site."""
    return datetime.fromtimestamp(at_s, ZoneInfo(time_zone)).strftime("%H:%M")
