"""What happened in a household, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["said", "asked", "heard", "went", "camera", "recorded", "told", "called", "alarm", "began", "ended"]


@dataclass(frozen=True, slots=True)
class Happened:
    """`time_s` in seconds of the simulation. `text` is the sentence, the kind of note or alarm, or the routine; `who`
    is told or called, `how` is how a trip or a routine ended."""

    time_s: float
    what: What
    text: str
    who: str = ""
    how: str = ""


class Diary:
    """Writes it down; `now_s` is set by whoever passes the time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.lines: list[Happened] = []

    def add(self, what: What, text: str, who: str = "", how: str = "") -> None:
        self.lines.append(Happened(round(self.now_s, 2), what, text, who, how))
