"""Somebody's speech as a microphone brings it: block after block, each when it has sounded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.benchmarks.hearing import STOP_VOICES, blocks_of
from carebot.benchmarks.speech_sounds import Voice, as_samples, with_noise
from carebot.conversation.hearing.sound import RATE_HZ, Block

LEAD_S, TAIL_S = 0.5, 1.5
NOISE_DB = 25.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence in a quiet room; `ends_s` is when its last word does, from the beginning of the sound."""

    samples: NDArray[np.int16]
    ends_s: float


def spoken(texts: tuple[str, ...], rounds: int, seed: int, voices: tuple[Voice, ...] = STOP_VOICES) -> Iterator[Spoken]:
    """Every one of `texts` by every one of `voices` that is installed, `rounds` times, at other speeds and in noise."""
    rng = np.random.default_rng(seed)
    for voice in (voice for voice in voices if voice.is_there):
        for text in texts * rounds:
            said = voice.say(text, float(rng.uniform(0.8, 1.2)))
            silences = (np.zeros(int(LEAD_S * RATE_HZ)), np.zeros(int(TAIL_S * RATE_HZ)))
            sound = with_noise(np.concatenate((silences[0], said, silences[1])), "pink", NOISE_DB, rng)
            yield Spoken(as_samples(sound), LEAD_S + len(said) / RATE_HZ)


def live(samples: NDArray[np.int16]) -> Iterator[tuple[Block, float]]:
    """The blocks, and when each had sounded (`time.perf_counter`); whoever takes them too slowly gets them late."""
    began_s = time.perf_counter()
    for block in blocks_of(samples):
        due_s = began_s + block.end_s
        time.sleep(max(0.0, due_s - time.perf_counter()))
        yield block, due_s
