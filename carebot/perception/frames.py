"""One picture with its time: what every source gives and every estimator takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: (height, width, 3) uint8, BGR as OpenCV has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source.

    `time_s` is the source's own time: for a recording, from its first picture by its own time stamps; for a live
    source, the capture clock's time at which the picture arrived. `sequence` counts the source's pictures from 0.
    """

    time_s: float
    sequence: int
    image: Image
