"""The stages of `carebot bench conversation` beside speaking: each as figures with their targets."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from datetime import datetime

from carebot.benchmarks import hearing, model_stage, stop_stage, turn_stage
from carebot.benchmarks.conversation_figures import Figure
from carebot.conversation.dialogue import Dialogue
from carebot.conversation.text import LANGUAGES, Language
from carebot.speech_models import load_recogniser

ASKED: dict[Language, str] = {"en": "what time is it", "fr": "quelle heure est-il ?", "ja": "今何時ですか"}
MOST_ROUNDS = 5
MODEL_LIMIT_S = 1.0
SEED = 11
"""Nothing was adjusted with the silences, speeds and noise of this one."""


def voice(_rounds: int) -> tuple[Figure, ...]:
    """Voice activity on speech made here, clean and in noise: what it gets wrong, and what it costs."""
    report = hearing.measure_voice(seed=1)
    return (
        Figure("voice activity: 1 - F1 by blocks of 32 ms", "", (1.0 - report.f1,), 0.05),
        Figure("voice activity: of real time", "%", (100.0 / report.times_real,), 2.0),
    )


def reflex(rounds: int) -> tuple[Figure, ...]:
    """From the end of a spoken stop-word or call to its reflex, by the English recogniser that is there: by voices that
    it was adjusted with, at other speeds and in other noise, and by voices that it was not.

    Raises ModelError or SetupError where there is no recogniser."""
    recogniser = load_recogniser("en", None)
    known = hearing.measure_reflex(recogniser, min(rounds, MOST_ROUNDS), SEED)
    others = hearing.measure_reflex(recogniser, min(rounds, MOST_ROUNDS), SEED, hearing.OTHER_STOP_VOICES)
    return (*_waits("", known), *_waits(", new voices", others))


def _waits(whose: str, report: hearing.ReflexReport) -> tuple[Figure, ...]:
    lost = (100.0 * (1.0 - report.found / report.spoken),) if report.spoken else ()
    return (
        Figure(f"word's end to reflex{whose}", "s", report.waits_s, 0.3),
        Figure(f"calls not found{whose}", "%", lost),
    )


def turn(rounds: int) -> tuple[Figure, ...]:
    """A spoken sentence to the first sound of its answer, and a stop-word to the robot's silence, in real time.

    Raises ModelError or SetupError where there is no recogniser or no voice."""
    recogniser, few = load_recogniser("en", None), min(rounds, MOST_ROUNDS)
    return (*turn_stage.answers(recogniser, few, SEED), *turn_stage.barge_in(recogniser, few, SEED))


def stop(rounds: int) -> tuple[Figure, ...]:
    """A spoken stop-word to the emergency stop, through the real nodes; raises SetupError where they do not hear."""
    return stop_stage.measure(min(rounds, MOST_ROUNDS), SEED)


def dialogue(rounds: int) -> tuple[Figure, ...]:
    """A sentence to its template answer, by language, without the silence that ends a turn and the first sound."""
    return tuple(
        Figure(f"{each}: sentence to template", "ms", _timed(_asked(each), rounds), 20.0) for each in LANGUAGES
    )


def _asked(language: Language) -> Callable[[], object]:
    talk, now = Dialogue(language), datetime(2026, 3, 2, 14, 5)
    return lambda: talk.hear(ASKED[language], now)


def _timed(work: Callable[[], object], rounds: int) -> tuple[float, ...]:
    spent_ms = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        work()
        spent_ms.append(1000.0 * (time.perf_counter() - began_s))
    return tuple(spent_ms)


def leash(rounds: int) -> tuple[Figure, ...]:
    """A language model over HTTP that needs no time itself, and one that hangs."""
    report = model_stage.measure(rounds, min(rounds, MOST_ROUNDS), MODEL_LIMIT_S)
    first = (
        Figure(f"{language}: first sentence of a model", "ms", times.each_ms)
        for language, times in report.first_sentence.items()
    )
    return (*first, Figure("a model that hangs: later than its limit", "ms", report.late_template.each_ms, 100.0))


def memory(_rounds: int) -> tuple[Figure, ...]:
    """The most that this process has held so far, with all stages that ran before."""
    return (Figure("memory", "MB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,), 600.0),)
