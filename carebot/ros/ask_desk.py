"""Questions one after another: each is said, waited for, and said again louder, until there is an outcome."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from carebot.conversation.asking import Asking, Outcome, Question
from carebot.conversation.speaking.queue import Line, Urgency
from carebot.conversation.text import Language
from carebot.ros.speech import Speech
from carebot.site.voice import Voice

LOUDER = 1.6
"""So much louder each time: 4 dB."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of somebody: `told` hears of its phases, `done` its outcome, None where it was called off."""

    id: str
    question: Question
    is_urgent: bool
    done: Callable[[Outcome | None], None]
    told: Callable[[Asking], None] = lambda _: None
    in_quiet_hours: bool = False
    """Heard then though it is not urgent: somebody is awake and waits for it."""


class AskDesk:
    """The question that is open now, and those that wait."""

    def __init__(self, speech: Speech, voice: Callable[[], Voice], now: Callable[[], float] = time.monotonic) -> None:
        self._speech, self._voice, self._now = speech, voice, now
        self._waiting: list[Asked] = []
        self._asked: Asked | None = None
        self._asking: Asking | None = None
        self._line_id = ""

    @property
    def open_question(self) -> Question | None:
        """What is being asked now."""
        return None if self._asked is None else self._asked.question

    def ask(self, asked: Asked) -> None:
        """Ask when it is its turn: urgent ones before others, and instead of one that is not urgent."""
        place = next((n for n, each in enumerate(self._waiting) if asked.is_urgent and not each.is_urgent), None)
        self._waiting.insert(len(self._waiting) if place is None else place, asked)
        if self._asked is not None and asked.is_urgent and not self._asked.is_urgent:
            self._waiting.append(self._asked)
            self._leave()
        self._next()

    def cancel(self, asked_id: str) -> None:
        """Call a question off."""
        for each in [each for each in self._waiting if each.id == asked_id]:
            self._waiting.remove(each)
            each.done(None)
        if self._asked is not None and self._asked.id == asked_id:
            done = self._asked.done
            self._leave()
            done(None)
            self._next()

    def hear(self, text: str, means: str, language: Language, is_sure: bool = True) -> bool:
        """Somebody's words, as an answer; whether a question was open."""
        if self._asking is None:
            return False
        if self._asking.hear(text, means, language, is_sure):
            self._say()
        self._settle()
        return True

    def touch(self) -> None:
        """The bumper was pressed."""
        if self._asking is not None:
            self._asking.touch()
            self._settle()

    def rise(self) -> None:
        """Somebody who lay got up."""
        if self._asking is not None:
            self._asking.rise()
            self._settle()

    def tick(self) -> None:
        """Call it a few times a second."""
        if self._asking is not None and self._asking.must_ask(self._now()):
            self._say()
        self._settle()

    def _next(self) -> None:
        if self._asked is None and self._waiting:
            self._asked = self._waiting.pop(0)
            self._asking = Asking(self._asked.question)
            self._say()

    def _say(self) -> None:
        assert self._asked is not None
        asked, asking = self._asked, self._asking
        assert asking is not None
        times = asking.begin()
        self._line_id = f"{asked.id} {times}"
        asked.told(asking)
        line = Line(
            self._line_id,
            asked.question.text,
            asked.question.language,
            self._voice().louder(LOUDER ** (times - 1)),
            Urgency.ALARM if asked.is_urgent else Urgency.QUESTION,
            in_quiet_hours=asked.is_urgent or asked.in_quiet_hours,
        )
        self._speech.say(line, ended=lambda _: self._has_been_asked(asked, asking, times))

    def _has_been_asked(self, asked: Asked, asking: Asking, times: int) -> None:
        if asking is self._asking and asking.times_asked == times:
            asking.asked(self._now())
            asked.told(asking)

    def _settle(self) -> None:
        """Tell the outcome, where there is one, and go on to the next question."""
        if self._asked is None or self._asking is None or self._asking.outcome is None:
            return
        outcome, done = self._asking.outcome, self._asked.done
        self._leave()
        done(outcome)
        self._next()

    def _leave(self) -> None:
        self._speech.cancel(self._line_id)
        self._asked = self._asking = None
