"""The robot's voice and the resident's answers, in simulated time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from carebot.conversation.asking import Asking, Phase, Question
from carebot.conversation.text import Language
from carebot.routines.ports import DONE, Outcome
from carebot.simulation.answering import Answer, Mouth
from carebot.simulation.household.happened import Diary

SIGN_S = {"ja": 0.14, "en": 0.065, "fr": 0.065}
"""How long a written sign takes to be said: pyopenjtalk and espeak-ng at their usual speed."""
BREATH_S = 0.3


def speaking_s(text: str, language: str) -> float:
    """How long a sentence takes to be said."""
    return BREATH_S + SIGN_S[language] * len(text)


class SimulatedVoice:
    """The port Voice: says and asks, and hears what the scenario has the resident answer."""

    def __init__(self, mouth: Mouth, diary: Diary) -> None:
        self._mouth, self._diary = mouth, diary
        self.sentences: list[tuple[float, str]] = []

    def say(self, text: str, language: str, _is_urgent: bool) -> Saying:
        ends_s = self.begin(text, language, "said")
        return Saying(self._diary, ends_s)

    def ask(
        self,
        question: str,
        language: str,
        answers: Sequence[str],
        patience_s: float,
        repeats: int,
        *,
        is_urgent: bool = False,  # noqa: ARG002
    ) -> Questioning:
        return Questioning(
            self, Question(question, cast(Language, language), tuple(answers), patience_s, repeats), self._diary
        )

    def begin(self, text: str, language: str, what: str) -> float:
        """Say it; when it will have been said."""
        self._diary.add("asked" if what == "asked" else "said", text)
        ends_s = self._diary.now_s + speaking_s(text, language)
        self.sentences.append((ends_s, text))
        return ends_s

    def answer_to(self, sentence: str) -> Answer | None:
        return self._mouth.answer_to(sentence)


class Saying:
    """Ends when it has been said."""

    def __init__(self, diary: Diary, ends_s: float) -> None:
        self._diary, self._ends_s = diary, ends_s

    def outcome(self, _now_s: float) -> Outcome | None:
        return DONE if self._diary.now_s >= self._ends_s else None

    def cancel(self) -> None:
        self._ends_s = self._diary.now_s


class Questioning:
    """A question, asked as the conversation node asks it: again where nothing clear is heard."""

    def __init__(self, voice: SimulatedVoice, question: Question, diary: Diary) -> None:
        self._voice, self._diary, self._asking = voice, diary, Asking(question)
        self._answer: Answer | None = None
        self._begin()

    def outcome(self, _now_s: float) -> Outcome | None:
        now_s, asking = self._diary.now_s, self._asking
        if asking.phase is Phase.ASKING and now_s >= self._said_s:
            asking.asked(self._said_s)
        is_unclear = False
        if self._answer is not None and now_s >= self._answers_s:
            says, self._answer = self._answer.says, None
            self._diary.add("heard", says)
            is_unclear = asking.hear(says, "voice")
        if is_unclear or asking.must_ask(now_s):
            self._begin()
        ended = asking.outcome
        return None if ended is None else Outcome(True, answer=ended.answer, heard=ended.heard)

    def cancel(self) -> None:
        """Nobody answers any more."""
        self._answer = None

    def _begin(self) -> None:
        question = self._asking.question
        self._asking.begin()
        self._said_s = self._voice.begin(question.text, question.language, "asked")
        answer = self._voice.answer_to(question.text)
        self._answer = answer if answer is not None and answer.says else None
        self._answers_s = self._said_s + (0.0 if answer is None else answer.after_s)
