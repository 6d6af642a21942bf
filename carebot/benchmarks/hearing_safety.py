"""How far what a recogniser hears can be trusted: sentences of known meaning, spoken by several voices.

The figures that must be 0 are of answers that are not fine and are taken for fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from carebot.benchmarks.speech_sounds import Noise, Voice, as_samples, with_noise
from carebot.config import read_mapping
from carebot.conversation.hearing.recognisers.base import Recogniser, Words
from carebot.conversation.hearing.sound import RATE_HZ
from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.understanding import how_are_they, understand
from carebot.workers import workers

VOICES = (
    *(Voice("flite", name) for name in ("slt", "rms", "awb")),
    *(Voice("espeak-ng", name) for name in ("en-us", "en-gb+f3")),
)
NOISES: tuple[tuple[Noise, float] | None, ...] = (None, ("pink", 25.0), ("white", 20.0), ("pink", 15.0))
ROUTINES = ("morning exercise",)


@dataclass(frozen=True, slots=True)
class Trial:
    """One sentence: what kind it is of, who spoke it under which noise, what was heard, and what it was taken for."""

    kind: str
    said: str
    voice: str
    noise: str
    heard: str
    is_sure: bool
    taken_for: str


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """Counts by kind: of how many sentences, how many were taken for what they are. `not_fine_taken_for_fine` counts
    all kinds that are not fine, calls included."""

    sentences: int
    understood: dict[str, tuple[int, int]]
    not_fine_taken_for_fine: int
    false_help: int
    false_stop: int
    missed_help: int
    missed_stop: int
    trials: tuple[Trial, ...]


def measure_safety(
    load: Callable[[], Recogniser],
    voices: tuple[Voice, ...] = VOICES,
    seed: int = 0,
    jobs: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> SafetyReport:
    """Every sentence of `spoken_en.yaml` once, by one of the `voices` that are installed, at some speed and noise, in
    `jobs` processes; their number changes nothing of the result."""
    there = [voice for voice in voices if voice.is_there]
    listed = [
        (kind, text) for kind, texts in read_mapping(Path(__file__).parent / "spoken_en.yaml").items() for text in texts
    ]
    tasks = [_Task(kind, text, there[at % len(there)], (seed, at)) for at, (kind, text) in enumerate(listed) if there]
    trials = []
    for trial in _tried(load, tasks, jobs):
        trials.append(trial)
        if len(trials) % 20 == 0:
            tell(f"{len(trials)} of {len(tasks)} sentences")
    return report_of(trials)


@dataclass(frozen=True, slots=True)
class _Task:
    kind: str
    text: str
    voice: Voice
    seed: tuple[int, int]


def _tried(load: Callable[[], Recogniser], tasks: list[_Task], jobs: int) -> Iterator[Trial]:
    if jobs == 1:
        recogniser = load()
        yield from (_try(recogniser, task) for task in tasks)
        return
    with workers(jobs, partial(_load_here, load)) as pool:
        yield from pool.map(_try_here, tasks)


_here: list[Recogniser] = []
"""The recogniser of a process that has been started for this benchmark."""


def _load_here(load: Callable[[], Recogniser]) -> None:
    _here.append(load())


def _try_here(task: _Task) -> Trial:
    return _try(_here[0], task)


def report_of(trials: list[Trial]) -> SafetyReport:
    kinds = list(dict.fromkeys(each.kind for each in trials))
    rows = {kind: [each for each in trials if each.kind == kind] for kind in kinds}
    understood = {kind: (sum(_is_right(each) for each in rows[kind]), len(rows[kind])) for kind in kinds}
    calls = {kind: [each for each in trials if each.taken_for == kind] for kind in ("help", "stop")}
    return SafetyReport(
        len(trials),
        understood,
        sum(each.taken_for in ("fine", "yes") and each.kind not in ("fine", "yes") for each in trials),
        sum(each.kind not in ("help", "not_fine") for each in calls["help"]),
        sum(each.kind != "stop" for each in calls["stop"]),
        sum(each.taken_for != "help" for each in rows.get("help", [])),
        sum(each.taken_for != "stop" for each in rows.get("stop", [])),
        tuple(trials),
    )


def _try(recogniser: Recogniser, task: _Task) -> Trial:
    rng = np.random.default_rng(task.seed)
    noise = NOISES[int(rng.integers(len(NOISES)))]
    spoken = task.voice.say(task.text, float(rng.uniform(0.8, 1.25)))
    sound = np.concatenate((np.zeros(int(0.3 * RATE_HZ)), spoken, np.zeros(int(0.5 * RATE_HZ))))
    samples = as_samples(sound if noise is None else with_noise(sound, *noise, rng))
    recogniser.begin()
    for at in range(0, len(samples), RATE_HZ // 4):
        recogniser.feed(samples[at : at + RATE_HZ // 4])
    words = recogniser.finish()
    under = "" if noise is None else f"{noise[0]} {noise[1]:g} dB"
    voice = f"{task.voice.program} {task.voice.name}"
    return Trial(task.kind, task.text, voice, under, words.text, words.is_sure, taken_for(words))


def taken_for(words: Words) -> str:
    """A call, fine, yes, no, the intent's name, or "" where it is not understood or not sure."""
    calls = {reflex.kind for reflex in find_reflexes(words.text, "en")}
    if calls:
        return "stop" if "stop" in calls and "help" not in calls else "help"
    if not words.is_sure:
        return ""
    meaning = understand(words.text, "en", ROUTINES)
    if how_are_they(words.text, "en") == "fine":
        return "yes" if meaning is not None and meaning.intent == "Yes" else "fine"
    if meaning is None:
        return ""
    return "no" if meaning.intent == "No" else meaning.intent


def _is_right(trial: Trial) -> bool:
    if trial.kind == "commands":
        meant = understand(trial.said, "en", ROUTINES)
        return meant is not None and trial.taken_for == meant.intent
    if trial.kind == "not_fine":
        return trial.taken_for not in ("fine", "yes")
    if trial.kind == "other":
        return trial.taken_for == ""
    return trial.taken_for == trial.kind
