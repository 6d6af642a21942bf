"""What `carebot bench hearing` measures: voice activity, and the time from a stop-word's end to its reflex."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carebot.benchmarks.speech_sounds import (
    Noise,
    Sound,
    Voice,
    as_samples,
    bridged,
    frames_with_speech,
    in_sequence,
    with_noise,
)
from carebot.conversation.hearing.ears import Ears
from carebot.conversation.hearing.recognisers.base import Recogniser
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, RATE_HZ, Block
from carebot.conversation.hearing.turns import TurnSettings, voiced_blocks
from carebot.conversation.hearing.voice import SileroVoice

Tell = Callable[[str], None]

SENTENCES = {
    "en": (
        "Good morning, how did you sleep?",
        "Please call my daughter this afternoon.",
        "Help me, I have fallen!",
        "What time is it now?",
        "Could you remind me to take my medicine at eight?",
        "Stop.",
        "I would like a glass of water, please.",
        "My grandson is coming to visit on Sunday and we shall have tea.",
    ),
    "fr": (
        "Bonjour, comment allez-vous ?",
        "Au secours, je suis tombé.",
        "Quelle heure est-il ?",
        "Pouvez-vous appeler ma fille, s'il vous plaît ?",
        "Arrête !",
        "Je voudrais un verre d'eau et mon journal.",
    ),
    "ja": (
        "おはようございます。",
        "助けてください、転びました。",
        "今何時ですか。",
        "娘に電話をかけてください。",
        "止まって。",
        "今日はお天気がいいので、散歩に行きたいです。",
    ),
}
VOICES: tuple[tuple[str, Voice], ...] = (
    *(("en", Voice("espeak-ng", name)) for name in ("en-us", "en-gb", "en-us+f3", "en-gb+m3")),
    *(("en", Voice("flite", name)) for name in ("slt", "rms", "awb")),
    *(("fr", Voice("espeak-ng", name)) for name in ("fr", "fr+f2")),
    ("ja", Voice("openjtalk", "")),
)
NOISES: tuple[tuple[Noise, float] | None, ...] = (
    None,
    ("white", 15.0),
    ("white", 5.0),
    ("pink", 15.0),
    ("pink", 5.0),
    ("hum", 5.0),
    ("music", 10.0),
)
STOP_WORDS = ("stop", "please stop", "help me", "stop now")
STOP_VOICES = tuple(Voice("flite", name) for name in ("slt", "rms", "awb"))
OTHER_STOP_VOICES = tuple(Voice("espeak-ng", name) for name in ("en-us", "en-gb", "en-us+f3", "en-gb+m3"))
"""Nothing was chosen by these: what hearing gives with them is what it gives with a new voice."""


@dataclass(frozen=True, slots=True)
class VoiceReport:
    """Voice activity: processor time against real time on one core; F1, precision and recall by blocks of 32 ms."""

    seconds: float
    times_real: float
    f1: float
    precision: float
    recall: float
    f1_by_noise: dict[str, float]
    f1_by_voice: dict[str, float]
    without: tuple[str, ...]
    """Voices that are not installed and were left out."""


@dataclass(frozen=True, slots=True)
class ReflexReport:
    """Seconds of sound from a word's end to the block after which its reflex is known, and the processor's time for
    that block; both together are what somebody waits."""

    recogniser: str
    spoken: int
    found: int
    median_s: float
    p95_s: float
    worst_s: float
    times_real: float
    waits_s: tuple[float, ...] = ()


def measure_voice(recordings: tuple[Path, ...] = (), seed: int = 0, tell: Tell = lambda _: None) -> VoiceReport:
    """Speech made here by every voice that is installed, and clean `recordings`, clean and under each noise."""
    model, settings = SileroVoice(), TurnSettings()
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, NDArray[np.bool_], NDArray[np.bool_]]] = []
    spent_s = heard_s = 0.0
    for name, clean in _clips(recordings, rng):
        tell(name)
        truth = frames_with_speech(clean)
        for noise in NOISES:
            sound = clean if noise is None else with_noise(clean, *noise, rng)
            began_s = time.process_time()
            found = _found(as_samples(sound), model, settings)
            spent_s += time.process_time() - began_s
            heard_s += len(truth) * BLOCK_S
            rows.append((name, "clean" if noise is None else f"{noise[0]} {noise[1]:g} dB", truth, found))
    f1, precision, recall = _counts([row[2:] for row in rows])
    return VoiceReport(
        round(heard_s, 1),
        round(heard_s / spent_s, 1),
        round(f1, 4),
        round(precision, 4),
        round(recall, 4),
        {key: round(_counts([row[2:] for row in rows if row[1] == key])[0], 4) for key in _keys(rows, 1)},
        {key: round(_counts([row[2:] for row in rows if row[0] == key])[0], 4) for key in _keys(rows, 0)},
        tuple(f"{voice.program} {voice.name}".strip() for _, voice in VOICES if not voice.is_there),
    )


def _keys(rows: list[tuple[str, str, NDArray[np.bool_], NDArray[np.bool_]]], column: int) -> list[str]:
    return list(dict.fromkeys(str(row[column]) for row in rows))


def _clips(recordings: tuple[Path, ...], rng: np.random.Generator) -> Iterator[tuple[str, Sound]]:
    for language, voice in VOICES:
        if voice.is_there:
            parts = [voice.say(text, float(rng.uniform(0.8, 1.2))) for text in SENTENCES[language]]
            yield f"{voice.program} {voice.name}".strip(), in_sequence(parts, rng)
    for path in recordings:
        sound = np.concatenate([block.samples for block in read_recording(path)]) / 32768.0
        yield path.name, in_sequence([sound * (0.3 / max(1e-6, float(np.abs(sound).max())))], rng)


def _found(samples: NDArray[np.int16], model: SileroVoice, settings: TurnSettings) -> NDArray[np.bool_]:
    model.reset()
    whole = len(samples) - len(samples) % BLOCK_SAMPLES
    blocks = samples[:whole].reshape(-1, BLOCK_SAMPLES)
    return bridged(np.array(voiced_blocks([model.probability(block) for block in blocks], settings), dtype=np.bool_))


def _counts(rows: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> tuple[float, float, float]:
    """F1, precision, recall."""
    truth, found = (np.concatenate([row[column] for row in rows]) for column in (0, 1))
    right = float(np.count_nonzero(truth & found))
    precision = right / max(1, int(np.count_nonzero(found)))
    recall = right / max(1, int(np.count_nonzero(truth)))
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall


def measure_reflex(
    recogniser: Recogniser, rounds: int = 5, seed: int = 0, voices: tuple[Voice, ...] = STOP_VOICES
) -> ReflexReport:
    """Calls by every one of `voices` that is installed, each `rounds` times with other speeds and noise."""
    ears = Ears(SileroVoice(), recogniser)
    rng = np.random.default_rng(seed)
    waits_s: list[float] = []
    spoken = 0
    spent_s = heard_s = 0.0
    for voice in (voice for voice in voices if voice.is_there):
        for text in STOP_WORDS * rounds:
            spoken += 1
            call = voice.say(text, float(rng.uniform(0.8, 1.2)))
            lead = np.zeros(int(rng.uniform(0.8, 1.2) * RATE_HZ))
            sound = with_noise(np.concatenate((lead, call, np.zeros(2 * RATE_HZ))), "pink", 25.0, rng)
            word_end_s = (len(lead) + len(call)) / RATE_HZ
            began_s = time.process_time()
            wait_s = _wait_for_reflex(ears, as_samples(sound), word_end_s)
            spent_s += time.process_time() - began_s
            heard_s += len(sound) / RATE_HZ
            waits_s += [] if wait_s is None else [wait_s]
    ordered = sorted(waits_s) or [float("nan")]
    return ReflexReport(
        recogniser.name,
        spoken,
        len(waits_s),
        round(statistics.median(ordered), 3),
        round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
        round(ordered[-1], 3),
        round(heard_s / spent_s, 1) if spent_s else 0.0,
        tuple(round(each, 3) for each in waits_s),
    )


def blocks_of(samples: NDArray[np.int16]) -> Iterator[Block]:
    """The whole blocks of a sound."""
    for at in range(0, len(samples) - BLOCK_SAMPLES, BLOCK_SAMPLES):
        yield Block(samples[at : at + BLOCK_SAMPLES], at / RATE_HZ)


def _wait_for_reflex(ears: Ears, samples: NDArray[np.int16], word_end_s: float) -> float | None:
    """From the word's end to the end of the block that brought the reflex, and what that block cost."""
    found: float | None = None
    for block in blocks_of(samples):
        began_s = time.process_time()
        said = ears.hear(block)
        if found is None and any(utterance.reflexes for utterance in said):
            found = block.end_s - word_end_s + time.process_time() - began_s
    ears.flush(len(samples) / RATE_HZ)
    return found
