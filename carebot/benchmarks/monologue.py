"""What `carebot bench monologue` measures: hours of somebody talking on, a television or a lecture, through hearing.

Recordings and synthetic voices that say sentences without a call follow each other with hardly a pause. Every minute or
two loudness, noise and speed change. What is taken for a call is false and is counted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from carebot.benchmarks.hearing_safety import VOICES
from carebot.benchmarks.memory import grown, resident_bytes
from carebot.benchmarks.speech_sounds import Noise, Sound, as_samples, with_noise
from carebot.config import read_mapping
from carebot.conversation.hearing.ears import Ears, Utterance
from carebot.conversation.hearing.recognisers.base import Recogniser
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, RATE_HZ, Block
from carebot.conversation.hearing.turns import TurnSettings
from carebot.conversation.hearing.voice import SileroVoice

NOISES: tuple[tuple[Noise, float] | None, ...] = (None, ("pink", 20.0), ("white", 15.0), ("music", 10.0), ("hum", 10.0))
LONGEST_S = TurnSettings().longest_s
PEAK = 0.3
SENTENCES_A_VOICE = 12
WARM_S = 600.0
"""Memory is looked at from then on: until then caches fill."""
MEMORY_EVERY_S = 30.0

TELLS_EVERY_S = 300.0


@dataclass(slots=True)
class MonologueReport:
    """Seconds are of sound, `times_real` is by the processor's time; `grown_mb` is by how much the least memory of the
    later half is above that of the earlier, from the tenth minute on."""

    recogniser: str
    heard_s: float = 0.0
    voiced_share: float = 0.0
    times_real: float = 0.0
    turns: int = 0
    cut_turns: int = 0
    longest_turn_s: float = 0.0
    words: int = 0
    false_stop: list[str] = field(default_factory=list)
    false_help: list[str] = field(default_factory=list)
    memory_mb: float = 0.0
    grown_mb: float = 0.0


def measure(
    recogniser: Recogniser, recordings: tuple[Path, ...], hours: float, seed: int, tell: Callable[[str], None]
) -> MonologueReport:
    """Raises SourceError where a recording cannot be read."""
    ears, report = Ears(SileroVoice(), recogniser), MonologueReport(recogniser.name)
    began_s, open_blocks = time.process_time(), 0
    memory_mb: list[float] = []
    warm_s, every_s = min(WARM_S, 1800.0 * hours), min(MEMORY_EVERY_S, 360.0 * hours)
    for block in _blocks(recordings, np.random.default_rng(seed)):
        for said in ears.hear(block):
            _count(report, said)
        open_blocks += ears.is_listening_to_voice
        report.heard_s = block.end_s
        if report.heard_s >= warm_s + every_s * len(memory_mb):
            memory_mb.append(resident_mb())
        if report.heard_s % TELLS_EVERY_S < BLOCK_S or report.heard_s >= 3600.0 * hours:
            report.memory_mb = resident_mb()
            report.grown_mb = grown(memory_mb)
            report.times_real = report.heard_s / (time.process_time() - began_s)
            report.voiced_share = open_blocks * BLOCK_S / report.heard_s
            tell(_line(report))
        if report.heard_s >= 3600.0 * hours:
            return report
    return report


def _count(report: MonologueReport, said: Utterance) -> None:
    for reflex in said.reflexes:
        (report.false_stop if reflex.kind == "stop" else report.false_help).append(reflex.words)
    if said.is_final:
        lasted_s = said.heard_s - said.start_s
        report.turns += 1
        report.cut_turns += lasted_s >= LONGEST_S
        report.longest_turn_s = max(report.longest_turn_s, lasted_s)
        report.words += len(said.text.split())


def _line(report: MonologueReport) -> str:
    return (
        f"{report.heard_s / 60.0:4.0f} min: {report.turns} turns, longest {report.longest_turn_s:.1f} s, false "
        f"{len(report.false_stop)} stop {len(report.false_help)} help, {report.memory_mb:.0f} MB, "
        f"{report.times_real:.1f} × real time"
    )


def _blocks(recordings: tuple[Path, ...], rng: np.random.Generator) -> Iterator[Block]:
    """Without an end; the memory that it needs does not grow."""
    clips = [_normal(np.concatenate([block.samples for block in read_recording(each)])) for each in recordings]
    clips += list(_spoken(rng))
    rest, start_s = np.zeros(0, np.int16), 0.0
    while True:
        rest = np.concatenate((rest, as_samples(_section(clips, rng))))
        for at in range(0, len(rest) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
            yield Block(rest[at : at + BLOCK_SAMPLES], start_s)
            start_s += BLOCK_S
        rest = rest[len(rest) - len(rest) % BLOCK_SAMPLES :]


def _spoken(rng: np.random.Generator) -> Iterator[Sound]:
    sentences = read_mapping(Path(__file__).parent / "spoken_en.yaml")["other"]
    for voice in (voice for voice in VOICES if voice.is_there):
        for text in rng.choice(sentences, min(SENTENCES_A_VOICE, len(sentences)), replace=False):
            yield voice.say(str(text))


def _normal(samples: np.ndarray) -> Sound:
    return np.asarray(samples * (PEAK / max(1, int(np.abs(samples.astype(np.int32)).max()))))


def _section(clips: list[Sound], rng: np.random.Generator) -> Sound:
    """A minute or two of one loudness, noise and speed."""
    parts: list[Sound] = []
    left = int(rng.uniform(60.0, 150.0) * RATE_HZ)
    speed = rng.uniform(0.9, 1.1)
    while left > 0:
        clip = clips[int(rng.integers(len(clips)))]
        parts += [_faster(clip, speed), np.zeros(int(rng.uniform(0.05, 0.6) * RATE_HZ))]
        left -= len(parts[-2]) + len(parts[-1])
    noise = NOISES[int(rng.integers(len(NOISES)))]
    sound = np.concatenate(parts)
    sound = sound if noise is None else with_noise(sound, *noise, rng)
    return np.asarray(sound * 10.0 ** (rng.uniform(-20.0, 12.0) / 20.0))


def _faster(clip: Sound, speed: float) -> Sound:
    places = np.arange(0.0, len(clip) - 1, speed)
    return np.asarray(np.interp(places, np.arange(len(clip)), clip))


def resident_mb() -> float:
    """What this process holds in memory now."""
    return resident_bytes(os.getpid()) / 1e6
