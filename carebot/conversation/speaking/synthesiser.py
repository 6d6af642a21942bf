"""What a voice has to be able to do, whatever makes its sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from carebot.conversation.text import Language
from carebot.errors import SetupError
from carebot.site.voice import Voice

Samples = NDArray[np.int16]
CHUNK_S = 0.02
"""How much sound is handed on at once: no longer than what a cancelled word may still take."""


class VoiceMissingError(SetupError):
    """There is no voice for a language here; the sentence says how to get it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One channel of sound: chunks of at most `CHUNK_S` seconds at `sample_rate_hz`.

    Chunks are made while they are asked for. Close `chunks` when no more are wanted: what makes them then ends.
    """

    sample_rate_hz: int
    chunks: Iterator[Samples]

    def close(self) -> None:
        """Whatever makes the sound ends at once."""
        closing = getattr(self.chunks, "close", None)
        if closing is not None:
            closing()


class Synthesiser(Protocol):
    """A voice or several. `text` is one sentence of `spoken.sentences`."""

    def synthesise(self, text: str, language: Language, voice: Voice) -> Sound:
        """`text` as sound. Raises VoiceMissingError where there is no voice for `language`."""
        ...


def in_chunks(samples: Samples, sample_rate_hz: int) -> Iterator[Samples]:
    """`samples` cut into chunks of `CHUNK_S`."""
    size = max(1, int(CHUNK_S * sample_rate_hz))
    return (samples[start : start + size] for start in range(0, len(samples), size))


def at_volume(samples: Samples | NDArray[np.float64], volume: float) -> Samples:
    """`samples` (full scale: 32767) times `volume`, at most as loud as 16 bits can hold."""
    scaled: Samples = np.clip(samples.astype(np.float32) * volume, -32768, 32767).astype(np.int16)
    return scaled
