"""Times of day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel


class Hours(FileModel):
    """The site's time of day is between the two; over midnight where the second is the smaller."""

    from_: Annotated[str, Field(alias="from")]
    to: str

    @model_validator(mode="after")
    def _are_times(self) -> Self:
        minute_of_day(self.from_)
        minute_of_day(self.to)
        return self

    def holds(self, at: datetime) -> bool:
        minute = at.hour * 60 + at.minute
        begin, end = minute_of_day(self.from_), minute_of_day(self.to)
        return begin <= minute < end if begin <= end else minute >= begin or minute < end


def minute_of_day(time: str) -> int:
    """`HH:MM` as minutes since midnight; raises ValueError."""
    hour, colon, minute = str(time).partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(hour) < 24):
        raise ValueError(f"'{time}' is no time of day: write it as \"08:30\", in quotes")
    if int(minute) > 59:
        raise ValueError(f"'{time}' is no time of day: write it as \"08:30\", in quotes")
    return 60 * int(hour) + int(minute)
