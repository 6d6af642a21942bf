"""Talking through the robot: what a page says and sees of the conversation. No ROS, and nothing on disk."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from carebot.tablet.caring import CareOutcome

MOST_LINES = 60
"""What was said longer ago is forgotten: it is nobody's business any more."""
LANGUAGES = ("en", "fr", "ja")
LONGEST = 300
"""Signs that can be said at once."""
TEMPLATES = (
    "greet",
    "coming",
    "wait",
    "how",
    "water",
    "meal",
    "sit",
    "night",
)  # texts talk_template_*, in each language


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said. `speaker` is caregiver, robot or resident; `who` their name where one is known.

    `state` of a caregiver's line: waiting, saying, said (aloud), shown (and not heard), not_said; `why` says why not.
    `means`: voice or text, of what the resident said. `origin`: model, where a language model made the robot's words.
    `voice_s`: how long a caregiver's own voice sounds, which has no text; 0 for words.
    """

    id: str
    at_s: float
    speaker: str
    who: str
    text: str
    language: str
    state: str = ""
    why: str = ""
    means: str = ""
    origin: str = ""
    voice_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CaptionNow:
    """What the robot says now; `why_not_heard` is empty where it sounds."""

    text: str
    language: str
    is_heard: bool
    why_not_heard: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation now. `hears`: on, off, or broken; empty where that is not known.

    `is_mute`: no loudspeaker works.
    """

    is_there: bool = False
    now: CaptionNow | None = None
    lines: tuple[Line, ...] = ()
    hears: str = ""
    is_mute: bool = False


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How it ended: `code` says why nothing was forgotten (silent, other, nobody), else it is empty.

    `exchanges` the robot remembered, and `lines` stood here; `talks_with` is the resident's name as the robot knows it.
    """

    code: str = ""
    exchanges: int = 0
    lines: int = 0
    talks_with: str = ""


class TalkingRobot(Protocol):
    """A robot through which one can talk."""

    def talk(self) -> Talk:
        """Returns at once."""

    async def say(self, text: str, language: str, is_urgent: bool, by: str) -> CareOutcome:
        """Have it said; `id` of the outcome is the line's. An empty language is the resident's."""

    async def say_voice(self, wav: bytes, duration_s: float, is_urgent: bool, by: str) -> CareOutcome:
        """Have somebody's own voice played, as `say` has words said; nobody keeps the sound."""

    async def stop_saying(self, line: str) -> CareOutcome:
        """Say no more of a line."""

    async def forget(self, resident: str, by: str) -> Forgotten:
        """Have the robot forget what was said with the resident of that name (empty: with whoever it talks with)."""


class Lines:
    """The latest lines, oldest first; a line of an id is changed in its place."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)

    def put(self, line: Line) -> None:
        for position, each in enumerate(self._lines):
            if each.id == line.id:
                self._lines[position] = line
                return
        self._lines.append(line)

    def find(self, line_id: str) -> Line | None:
        return next((each for each in self._lines if each.id == line_id), None)

    def forget(self) -> int:
        """All but what waits to be said or is being said; how many there were."""
        kept = [each for each in self._lines if each.state in ("waiting", "saying")]
        forgotten = len(self._lines) - len(kept)
        self._lines = deque(kept, maxlen=MOST_LINES)
        return forgotten

    def all(self) -> tuple[Line, ...]:
        return tuple(self._lines)


def in_one_line(text: str) -> str:
    """What somebody typed, as it can be said."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
