"""A question and its answer: asked, waited for, asked again louder, and understood by voice, touch or getting up.

A pure core: time is given, others speak and hear. What is not clearly an expected answer is never taken for one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from carebot.conversation.reflexes import find_reflexes, seems_to_be
from carebot.conversation.text import Language, words
from carebot.conversation.understanding import how_are_they, understand

DEFAULT_PATIENCE_S, MOST_PATIENCE_S = 8.0, 600.0
DEFAULT_REPEATS, MOST_REPEATS = 2, 10
FINE, HELP, YES, NO = "fine", "help", "yes", "no"
HEARD, UNCLEAR, NONE = "heard", "unclear", "none"


class Phase(Enum):
    """What is going on: the question is said, an answer is waited for, or there is an outcome."""

    ASKING = "asking"
    LISTENING = "listening"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Question:
    """`answers` are the kinds that are expected; none: any words. Senseless numbers become sensible ones.

    `touch_after_asked`: a touch answers only once the question was said, as it was itself asked because of one."""

    text: str
    language: Language
    answers: tuple[str, ...] = ()
    patience_s: float = DEFAULT_PATIENCE_S
    repeats: int = DEFAULT_REPEATS
    touch_after_asked: bool = False

    def __post_init__(self) -> None:
        is_good = math.isfinite(self.patience_s) and self.patience_s > 0
        object.__setattr__(self, "patience_s", min(self.patience_s, MOST_PATIENCE_S) if is_good else DEFAULT_PATIENCE_S)
        object.__setattr__(self, "repeats", max(0, min(self.repeats, MOST_REPEATS)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answer` is an expected kind, or heard (any words), unclear, none; `means` voice, text, bumper, posture or ""."""

    answer: str
    heard: str
    means: str
    times_asked: int


class Asking:
    """One question under way. Whoever speaks asks `must_ask`, and calls `asked` when the question has been said."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.times_asked = 0
        self.outcome: Outcome | None = None
        self._waits_since_s: float | None = None
        self._unclear: tuple[str, str] | None = None

    @property
    def phase(self) -> Phase:
        if self.outcome is not None:
            return Phase.OVER
        return Phase.ASKING if self._waits_since_s is None else Phase.LISTENING

    def begin(self) -> int:
        """The question is being said now; how often it has been, this time included."""
        self.times_asked += 1
        self._waits_since_s = None
        return self.times_asked

    def asked(self, now_s: float) -> None:
        """The question has been said, or could not be: now it is waited for an answer."""
        if self.outcome is None:
            self._waits_since_s = now_s

    def must_ask(self, now_s: float) -> bool:
        """Whether the question is to be said again now; where that was often enough, there is an outcome instead."""
        if self.outcome is not None or self._waits_since_s is None:
            return False
        if now_s - self._waits_since_s < self.question.patience_s:
            return False
        return self._again()

    def hear(self, text: str, means: str, language: Language | None = None, is_sure: bool = True) -> bool:
        """Somebody's words; whether the question has to be asked again at once, because they were not clear.

        What may have been something else (`is_sure` is False) is a call for help at most."""
        if self.outcome is not None or not words(text, language or self.question.language):
            return False
        meant = meaning(text, language or self.question.language, self.question.answers)
        if meant == HELP or (is_sure and meant != UNCLEAR):
            self._end(meant, text, means)
            return False
        self._unclear = (text, means)
        return self._waits_since_s is not None and self._again()

    def touch(self) -> None:
        """The bumper was pressed: a call for help from somebody on the floor, a yes to other questions."""
        if self.question.touch_after_asked and self.phase is not Phase.LISTENING:
            return
        for meant in (HELP, YES):
            if meant in self.question.answers and self.outcome is None:
                self._end(meant, "", "bumper")

    def rise(self) -> None:
        """Somebody who lay was seen to get up: they are fine, where that was asked."""
        if FINE in self.question.answers and self.outcome is None:
            self._end(FINE, "", "posture")

    def _again(self) -> bool:
        if self.times_asked <= self.question.repeats:
            return True
        if self._unclear is None:
            self._end(NONE, "", "")
        else:
            self._end(UNCLEAR, *self._unclear)
        return False

    def _end(self, answer: str, heard: str, means: str) -> None:
        self.outcome = Outcome(answer, heard, means, self.times_asked)


def meaning(text: str, language: Language, answers: Sequence[str]) -> str:
    """Which of `answers` the words `text` are; "heard" where any words are expected, else "unclear"."""
    if not answers:
        return HEARD
    spoken: Language = seems_to_be(text) or language
    plain = "" if _calls(text, spoken) else _yes_or_no(text, spoken)
    if plain in answers:  # to "do you need help?" a yes is no "I am fine"
        return plain
    condition = how_are_they(text, spoken)
    if condition in (FINE, HELP) and (HELP in answers or FINE in answers):
        return condition if condition in answers else UNCLEAR
    named = [answer for answer in answers if answer not in (FINE, HELP, YES, NO) and _says(text, answer, spoken)]
    return named[0] if len(named) == 1 else UNCLEAR


def _calls(text: str, language: Language) -> bool:
    return any(reflex.kind == HELP for reflex in find_reflexes(text, language))


def _yes_or_no(text: str, language: Language) -> str:
    intent = understand(text, language)
    return {"Yes": YES, "No": NO}.get(intent.intent, "") if intent is not None else ""


def _says(text: str, answer: str, language: Language) -> bool:
    said, wanted = words(text, language), words(answer, language)
    return bool(wanted) and (wanted in said if language == "ja" else f" {wanted} " in f" {said} ")
