"""How soon the first sentence of a language model may be spoken, beyond the model's own time, and how soon the template
is where the model is late: over real HTTP, with a scripted model that needs no time at all or hangs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from carebot.benchmarks.llm_server import MODEL, Answer, llm_server
from carebot.conversation.dialogue import Dialogue
from carebot.conversation.leash.checks import refusal
from carebot.conversation.leash.client import ChatClient
from carebot.conversation.leash.leashed import LeashedDialogue, Part
from carebot.conversation.leash.settings import ModelSettings
from carebot.conversation.text import LANGUAGES, Language
from carebot.errors import SetupError

HEARD: dict[Language, str] = {"en": "The roses are in bloom", "fr": "Les roses sont belles", "ja": "バラが咲いたの"}
SAID: dict[Language, str] = {
    "en": "That is lovely. Which colour do you like best?",
    "fr": "C'est très joli. Quelle couleur préférez-vous ?",
    "ja": "それはすてきですね。何色がお好きですか。",
}
_NOW = datetime(2026, 3, 2, 14, 5)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, one for each round."""

    each_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.each_ms)

    @property
    def p95_ms(self) -> float:
        return sorted(self.each_ms)[int(0.95 * (len(self.each_ms) - 1) + 0.5)]


@dataclass(frozen=True, slots=True)
class ModelStageReport:
    """From the end of a typed sentence to the first sentence that may be spoken; what checking one sentence takes; and
    by how much the template of a hanging model is later than `limit_ms`."""

    first_sentence: Mapping[Language, Times]
    check: Mapping[Language, Times]
    late_template: Times
    limit_ms: float


def measure(rounds: int, late_rounds: int, limit_s: float) -> ModelStageReport:
    """Each language `rounds` times, and a model that hangs `late_rounds` times with a limit of `limit_s`.

    Raises:
        SetupError: an answer was not what the scripted model gave, so that the times would mean nothing.
    """
    return ModelStageReport(
        {language: Times(tuple(_answered(language, rounds))) for language in LANGUAGES},
        {language: Times(tuple(_checked(language, rounds))) for language in LANGUAGES},
        Times(tuple(_late(late_rounds, limit_s))),
        1000.0 * limit_s,
    )


def _answered(language: Language, rounds: int) -> list[float]:
    answer = Answer(text=tuple(SAID[language]))
    return [_first_ms(language, answer, 4.0, "model") for _ in range(rounds)]


def _late(rounds: int, limit_s: float) -> list[float]:
    answer = Answer(fault="hangs")
    return [_first_ms("en", answer, limit_s, "template") - 1000.0 * limit_s for _ in range(rounds)]


def _first_ms(language: Language, answer: Answer, limit_s: float, by: str) -> float:
    def model(_: Mapping[str, Any]) -> Answer:
        return answer

    with llm_server(model) as server:
        settings = ModelSettings(url=server.url, model=MODEL, first_sentence_s=limit_s)
        with ChatClient(settings) as client:
            talk = LeashedDialogue(Dialogue(language), client, settings, language=language)
            began_s = time.perf_counter()
            first: Part = next(iter(talk.parts(HEARD[language], _NOW)))
            spent_ms = 1000.0 * (time.perf_counter() - began_s)
    if first.by != by:
        raise SetupError(f"The {by} was to answer and did not ({first.why or 'no reason'}): is this machine too busy?")
    return spent_ms


def _checked(language: Language, rounds: int) -> list[float]:
    spent_ms = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        refusal(SAID[language], language)
        spent_ms.append(1000.0 * (time.perf_counter() - began_s))
    return spent_ms
