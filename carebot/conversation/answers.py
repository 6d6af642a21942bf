"""What the robot says, from templates in the person's language (`answers/<language>.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from carebot.config import FileModel, load_yaml
from carebot.conversation.text import Language


class Answers(FileModel):
    """One language's sentences by key, and how it says names, days and the time."""

    name: str
    days: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]
    clock: str
    am: str
    pm: str
    answers: Mapping[str, str]

    def say(self, key: str, now: datetime, name: str = "", **values: object) -> str:
        """The sentence `key` for a person called `name`; `values` fill its places."""
        given = {
            "name": self.name.format(name=name) if name else "",
            "clock": self.time_of_day(now.time()),
            "weekday": self.days[now.weekday()],
            "month": self.months[now.month - 1],
            "day": now.day,
        }
        return self.answers[key].format(**{**given, **values})

    def time_of_day(self, at: time) -> str:
        """`at` as it is said, to the minute."""
        half = self.am if at.hour < 12 else self.pm
        hour12 = at.hour % 12 or 12
        return self.clock.format(hour=at.hour, hour12=hour12, minute=at.minute, half=half).strip()


@cache
def answers_of(language: Language) -> Answers:
    """The sentences that carebot ships for `language`."""
    return load_yaml(Path(__file__).parent / "answers" / f"{language}.yaml", Answers)
