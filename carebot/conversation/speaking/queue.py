"""What is said when: one sentence at a time, the most urgent line first, an alarm in the middle of a word.

A pure core: time is given, nothing sounds here. Whoever plays asks for the next sentence, asks `must_stop` while it
sounds, and says how it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from carebot.conversation.speaking.recorded_voice import RecordedVoice
from carebot.conversation.speaking.sentences import MOST_CHARACTERS, sentences
from carebot.conversation.text import Language
from carebot.site.voice import Voice

MOST_WAITING = 200
"""Lines that may wait; more would be said hours later."""

TOO_LATE_S = 60.0
"""A line that was interrupted for longer is not begun again."""

CALLED_OFF = "it was called off"


class Urgency(IntEnum):
    """Only an ALARM interrupts; a QUESTION goes before TALK that waits."""

    TALK = 0
    QUESTION = 1
    ALARM = 2


class Interrupted(Enum):
    """What becomes of a line that an alarm interrupted: its sentence is begun again, or the line is dropped."""

    AGAIN = "again"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be said. `in_quiet_hours` says that it is heard then as well; `id` tells it from all others.

    `origin` is who made the words (template, model, caregiver, routine), `turn` which sentence of somebody it answers.
    With `recorded` that is played, in one piece, and `text` is its caption; it is said only where it was heard.
    """

    id: str
    text: str
    language: Language
    voice: Voice
    urgency: Urgency = Urgency.TALK
    interrupted: Interrupted = Interrupted.AGAIN
    in_quiet_hours: bool = False
    origin: str = "template"
    turn: str = ""
    recorded: RecordedVoice | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """The sentence to be said now; `is_heard` is False where it is only shown, `why_not` says why."""

    line: Line
    text: str
    number: int
    is_heard: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """So much of a line was said so far."""

    line: Line
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A line is over. `is_said`: all of it was heard or, with a `reason`, shown."""

    line: Line
    is_said: bool
    reason: str = ""


Event = Said | Ended


@dataclass(slots=True)
class _Waiting:
    line: Line
    sentences: tuple[str, ...]
    at: int = 0
    interrupted_s: float | None = None
    is_cancelled: bool = False
    why_shown: str = ""


class SpeechQueue:
    """Lines that wait and the one that is being said."""

    def __init__(self) -> None:
        self._lines: list[_Waiting] = []
        self._now: _Waiting | None = None
        self._events: list[Event] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: Line) -> None:
        """Let `line` be said; what cannot be said ends at once (see `events`)."""
        refusal = self._refusal(line)
        if refusal:
            self._events.append(Ended(line, False, refusal))
            return
        found = (line.text,) if line.recorded else sentences(line.text, line.language)
        if found:
            self._lines.append(_Waiting(line, found))
        else:
            self._events.append(Ended(line, False, "there are no words in the text"))

    def cancel(self, line_id: str) -> None:
        """Call a line off, also in the middle of a word; unknown ones are over already."""
        for each in [each for each in self._lines if each.line.id == line_id]:
            each.is_cancelled = True
            if each is not self._now:
                self._end(each, False, CALLED_OFF)

    def next(self, now_s: float, quiet: str = "") -> Piece | None:
        """The sentence to be said now; `quiet` says why only urgent lines are heard, empty where all are.

        The one before has to have been ended by `ended`.
        """
        for each in self._too_late(now_s):
            self._end(each, False, "something more urgent took too long")
        chosen = self._choose()
        self._now = chosen
        if chosen is None:
            return None
        is_quiet = quiet and not chosen.line.in_quiet_hours
        chosen.why_shown = quiet if is_quiet else chosen.why_shown
        chosen.interrupted_s = None
        return Piece(chosen.line, chosen.sentences[chosen.at], chosen.at, not is_quiet, quiet if is_quiet else "")

    def must_stop(self) -> bool:
        """Whether the sentence that sounds has to stop now."""
        if self._now is None:
            return True
        return self._now.is_cancelled or any(self._goes_before(each, self._now) for each in self._lines)

    def ended(self, now_s: float, to_its_end: bool, why_shown: str = "") -> None:
        """The sentence is over: to its end, or stopped. `why_shown` says why it was only shown, where it was."""
        each, self._now = self._now, None
        if each is None:
            return
        each.why_shown = why_shown or each.why_shown
        if to_its_end:
            each.at += 1
            self._events.append(Said(each.line, " ".join(each.sentences[: each.at])))
        if each.is_cancelled:
            self._end(each, False, CALLED_OFF)
        elif each.at >= len(each.sentences):
            self._end(each, not (each.line.recorded and each.why_shown), each.why_shown)
        elif not to_its_end or any(self._goes_before(other, each) for other in self._lines):
            self._interrupt(each, now_s)

    def events(self) -> list[Event]:
        """What has happened since the last call."""
        events, self._events = self._events, []
        return events

    def _refusal(self, line: Line) -> str:
        if len(line.text) > MOST_CHARACTERS:
            return f"the text has {len(line.text)} characters: give at most {MOST_CHARACTERS}"
        if len(self._lines) >= MOST_WAITING and line.urgency is not Urgency.ALARM:
            return f"{MOST_WAITING} texts wait to be said already"
        return ""

    def _choose(self) -> _Waiting | None:
        """The most urgent line; of several, one that was begun, else the oldest."""
        return max(self._lines, key=lambda each: (each.line.urgency, each.at > 0), default=None)

    @staticmethod
    def _goes_before(one: _Waiting, other: _Waiting) -> bool:
        return one.line.urgency is Urgency.ALARM and other.line.urgency is not Urgency.ALARM

    def _interrupt(self, each: _Waiting, now_s: float) -> None:
        if each.line.interrupted is Interrupted.DROPPED:
            self._end(each, False, "something more urgent was said")
        else:
            each.interrupted_s = now_s

    def _too_late(self, now_s: float) -> list[_Waiting]:
        return [
            each for each in self._lines if each.interrupted_s is not None and now_s - each.interrupted_s > TOO_LATE_S
        ]

    def _end(self, each: _Waiting, is_said: bool, reason: str) -> None:
        self._lines.remove(each)
        self._events.append(Ended(each.line, is_said, reason))
