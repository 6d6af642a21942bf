"""Times of day of the site between which something holds, and the quiet hours of the house and of its residents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel, check, read_mapping

DAY_MIN = 24 * 60
MOST_SPANS = 8
QUIET_KEY = "quiet_hours"


def _written_in_quotes(time: object) -> object:
    """YAML takes 18:30 without quotes for the number 1110."""
    if isinstance(time, int):
        raise ValueError('a time of day stands in quotes, as in "08:30"')
    return time


TimeOfDay = Annotated[str, BeforeValidator(_written_in_quotes)]


class Hours(FileModel):
    """The site's time of day is between the two; over midnight where the second is the smaller."""

    from_: Annotated[TimeOfDay, Field(alias="from")]
    to: TimeOfDay

    @model_validator(mode="after")
    def _are_times(self) -> Self:
        minute_of_day(self.from_)
        minute_of_day(self.to)
        return self

    def holds(self, at: datetime) -> bool:
        minute = at.hour * 60 + at.minute
        begin, end = minute_of_day(self.from_), minute_of_day(self.to)
        return begin <= minute < end if begin <= end else minute >= begin or minute < end

    @property
    def length_min(self) -> int:
        """How long they are, in minutes; 0 where they begin and end at the same time."""
        return (minute_of_day(self.to) - minute_of_day(self.from_)) % DAY_MIN


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nothing may disturb: the house, and by their names the residents who have hours of their own."""

    house: tuple[Hours, ...] = ()
    residents: Mapping[str, tuple[Hours, ...]] = field(default_factory=dict)

    def of(self, resident: str = "") -> tuple[Hours, ...]:
        """The hours that hold for that resident: their own, else the house's."""
        return self.residents.get(resident) or self.house

    def holds(self, resident: str, at: datetime) -> bool:
        """Whether nothing may disturb that resident (empty: nobody in particular) at the local time `at`."""
        return any(each.holds(at) for each in self.of(resident))

    def holds_for_anybody(self, at: datetime) -> bool:
        """Whether somebody in the house must not be disturbed at the local time `at`."""
        return any(self.holds(resident, at) for resident in ("", *self.residents))


class _House(FileModel):
    quiet_hours: tuple[Hours, ...] = ()


def house_hours(path: Path) -> tuple[Hours, ...]:
    """The house's quiet hours in the site file `path`; raises ConfigError naming file, line and key."""
    content = read_mapping(path)
    return check({key: content[key] for key in (QUIET_KEY,) if key in content}, _House, path).quiet_hours


def hours_problem(hours: Sequence[Hours]) -> str:
    """Why these cannot be quiet hours together (hours_many, hours_empty, hours_overlap); empty where they can."""
    if len(hours) > MOST_SPANS:
        return "hours_many"
    if any(each.length_min == 0 for each in hours):
        return "hours_empty"
    if any(_overlap(one, other) for one, other in combinations(hours, 2)):
        return "hours_overlap"
    return ""


def minute_of_day(time: str) -> int:
    """`HH:MM` as minutes since midnight; raises ValueError."""
    hour, colon, minute = str(time).partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(hour) < 24):
        raise ValueError(f"'{time}' is no time of day: write it as \"08:30\", in quotes")
    if int(minute) > 59:
        raise ValueError(f"'{time}' is no time of day: write it as \"08:30\", in quotes")
    return 60 * int(hour) + int(minute)


def _overlap(one: Hours, other: Hours) -> bool:
    """Whether a minute is in both: one begins inside the other."""
    begins = (minute_of_day(one.from_), minute_of_day(other.from_))
    return (begins[1] - begins[0]) % DAY_MIN < one.length_min or (begins[0] - begins[1]) % DAY_MIN < other.length_min
