"""What the resident of a scenario says when the robot asks; and, in simulated time, the question after a fall.

In a scenario's file:

    answers:
      - {says: "I am fine", after_s: 2}      # to the question after a fall
      - {to: medicine, says: "Yes"}          # to a sentence of the robot with this word in it

Each answer is given once, in the file's order; one without `says` is a silence. `answers: []` is a robot that asks and
a resident who never answers; without the key nobody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator

from carebot.alerts import FallEvent, FallEventKind, ResidentAnswer
from carebot.config import FileModel
from carebot.conversation.asking import Asking, Outcome, Phase, Question
from carebot.conversation.spoken import spoken
from carebot.conversation.text import Language, words

QUESTION_S = 1.3
"""How long the question after a fall takes to be said: 1.4 s in Japanese, 1.3 s in English and French."""


class Answer(FileModel):
    """What the resident says to a sentence that holds the words `to` (empty: to the question after a fall).

    `after_s` is counted from the sentence's end. Without `says` that sentence gets no answer.
    """

    to: str = ""
    says: str = Field(default="", max_length=500)
    after_s: float = Field(default=1.5, ge=0, le=600)

    @field_validator("says", mode="before")
    @classmethod
    def _yes_and_no(cls, says: Any) -> Any:
        """YAML reads a bare yes and no as truth values."""
        return {True: "yes", False: "no"}[says] if isinstance(says, bool) else says


class Mouth:
    """The resident's answers, each given once."""

    def __init__(self, answers: Iterable[Answer], language: Language) -> None:
        self._left, self._language = list(answers), language

    def answer_to(self, sentence: str) -> Answer | None:
        """The first answer left that fits what the robot said; it is left no more."""
        fitting = next((each for each in self._left if self._fits(each, sentence)), None)
        if fitting is not None:
            self._left.remove(fitting)
        return fitting

    def _fits(self, answer: Answer, sentence: str) -> bool:
        wanted = words(answer.to or spoken("all_right", self._language), self._language)
        return wanted in words(sentence, self._language)


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of the question that `fall_id` gave rise to."""

    fall_id: int
    time_s: float
    outcome: Outcome

    @property
    def said(self) -> ResidentAnswer:
        """The outcome, as the falls room takes it."""
        return ResidentAnswer(self.outcome.answer)


class AskingAfterFalls:
    """Asks about every suspected fall, as the robot does, and hears the answers; step it with the pictures."""

    def __init__(self, answers: Sequence[Answer], language: Language) -> None:
        self._mouth, self._language = Mouth(answers, language), language
        self._open: dict[int, _Talk] = {}

    def step(self, now_s: float, events: Iterable[FallEvent]) -> list[Answered]:
        """The questions that are over now."""
        for event in events:
            if event.kind is FallEventKind.SUSPECTED:
                self._open[event.fall_id] = _Talk(self._mouth, self._language, now_s)
            elif event.kind is FallEventKind.RECOVERED and event.fall_id in self._open:
                self._open[event.fall_id].asking.rise()
        return list(self._ended(now_s))

    def _ended(self, now_s: float) -> Iterator[Answered]:
        for fall_id, talk in list(self._open.items()):
            outcome = talk.step(now_s)
            if outcome is not None:
                del self._open[fall_id]
                yield Answered(fall_id, now_s, outcome)


class _Talk:
    """One question, said in simulated time, and who answers."""

    def __init__(self, mouth: Mouth, language: Language, now_s: float) -> None:
        text = spoken("all_right", language)
        question = Question(text, language, (ResidentAnswer.FINE.value, ResidentAnswer.HELP.value))
        self.asking = Asking(question)
        self._mouth = mouth
        self._answer: Answer | None = None
        self._answers_s = 0.0
        self._begin(now_s)

    def step(self, now_s: float) -> Outcome | None:
        asking = self.asking
        if asking.phase is Phase.ASKING and now_s >= self._said_s:
            asking.asked(self._said_s)
        is_unclear = False
        if self._answer is not None and now_s >= self._answers_s:
            says, self._answer = self._answer.says, None
            is_unclear = asking.hear(says, "voice")
        if is_unclear or asking.must_ask(now_s):
            self._begin(now_s)
        return asking.outcome

    def _begin(self, now_s: float) -> None:
        self.asking.begin()
        self._said_s = now_s + QUESTION_S
        answer = self._mouth.answer_to(self.asking.question.text)
        self._answer = answer if answer is not None and answer.says else None
        self._answers_s = self._said_s + (0.0 if answer is None else answer.after_s)
