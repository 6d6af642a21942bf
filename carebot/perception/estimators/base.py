"""What every pose model gives, whatever its family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from carebot.perception.frames import Image

__all__ = ["Image", "PoseEstimator", "PoseObservation"]


@dataclass(frozen=True, slots=True, eq=False)
class PoseObservation:
    """One body found in one picture, not yet followed over time.

    `keypoints` is (17, 3) float32 in COCO order: x, y as fractions of the picture's width and height, confidence 0..1.
    `world_m` is (17, 3) float32 as in `carebot.people.Person`, or None where the family has none.
    """

    confidence: float
    keypoints: NDArray[np.float32]
    world_m: NDArray[np.float32] | None = None


class PoseEstimator(Protocol):
    """Finds bodies in pictures. May remember where bodies were; `time_s` must not go back.

    `provider` is the onnxruntime execution provider that really runs; `fallback_reason` says in a sentence why that is
    not the one wished for, or is None.
    """

    @property
    def provider(self) -> str: ...
    @property
    def fallback_reason(self) -> str | None: ...

    def estimate(self, image: Image, time_s: float) -> list[PoseObservation]: ...
