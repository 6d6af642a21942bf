"""MoveNet multipose: up to six bodies of a picture in one run.

Source of the layout: the model's page "movenet/multipose/lightning" (TensorFlow Hub).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.fit import Size, need, picture_input, picture_size
from carebot.perception.estimators.letterbox import Letterbox, letterboxed
from carebot.perception.session import Session

FAMILY = "movenet"
LEAST_SCORE = 0.3
ROW = 17 * 3 + 5
"""17 × (y, x, score), then the box (y1, x1, y2, x2) and the body's score, all as fractions of the input."""
BLACK = 0


class MoveNet:
    """Input (1, H, W, 3) int32 RGB 0..255, H and W multiples of 32; output (1, 6, 56)."""

    def __init__(self, session: Session, size: Size | None = None, least_score: float = LEAST_SCORE) -> None:
        """`size` (width, height) is for a file whose input has none. Raises ModelError where the file does not fit."""
        self._session = session
        self._least_score = least_score
        self._input = picture_input(session, FAMILY, channels_first=False, types=(np.int32,))
        self._size = picture_size(session, self._input, FAMILY, size, channels_first=False)
        shape = session.output_shapes[session.output_names[0]]
        need(len(shape) == 3 and shape[0] == 1 and shape[2] == ROW, session, FAMILY, f"its output is {shape}")

    @property
    def provider(self) -> str:
        return self._session.provider

    @property
    def fallback_reason(self) -> str | None:
        return self._session.fallback_reason

    def estimate(self, image: Image, time_s: float) -> list[PoseObservation]:
        del time_s  # every picture stands for itself
        canvas, box = letterboxed(image, self._size, BLACK)
        rows = next(iter(self._session.run({self._input: canvas[None].astype(np.int32)}).values()))[0]
        sure = np.isfinite(rows).all(axis=1) & (rows[:, -1] >= self._least_score)
        surest_first = sorted(rows[sure], key=lambda row: -row[-1])
        return [self._observation(row, box) for row in surest_first]

    def _observation(self, row: NDArray[np.float32], box: Letterbox) -> PoseObservation:
        y, x, confidence = row[: 17 * 3].reshape(17, 3).T
        points = box.to_picture(np.stack([x, y], axis=1) * np.array(self._size, np.float32))
        return PoseObservation(float(row[-1]), np.column_stack([points, confidence]).astype(np.float32))
