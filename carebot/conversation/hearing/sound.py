"""Sound as hearing passes it on: blocks of 16-bit samples, one channel, 16 000 a second, with the time they began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
BLOCK_SAMPLES = 512
"""What the model of voice activity takes at a time: 32 ms."""

BLOCK_S = BLOCK_SAMPLES / RATE_HZ

Samples = NDArray[np.int16]
SILENCE_DBFS = -120.0


@dataclass(frozen=True, slots=True)
class Block:
    """`samples` of shape (n,), at 16 kHz; `start_s` is when the first of them sounded.

    `clipped` counts samples of the source at its limits, `invalid` those that were not numbers (heard as silence).
    """

    samples: Samples
    start_s: float
    clipped: int = 0
    invalid: int = 0

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.samples) / RATE_HZ

    @property
    def level_dbfs(self) -> float:
        """Root mean square against full scale; `SILENCE_DBFS` where there is nothing."""
        return level_dbfs(self.samples)


def level_dbfs(samples: NDArray[Any]) -> float:
    if not len(samples):
        return SILENCE_DBFS
    mean_square = float(np.mean(np.square(samples, dtype=np.float64))) / 32768.0**2
    return max(SILENCE_DBFS, 10.0 * float(np.log10(mean_square))) if mean_square > 0.0 else SILENCE_DBFS
