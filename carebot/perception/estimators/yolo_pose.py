"""YOLO-pose, as ultralytics exports it: all bodies of a picture in one run, each with a box and 17 keypoints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.fit import Size
from carebot.perception.estimators.letterbox import Letterbox
from carebot.perception.estimators.yolo import Yolo
from carebot.perception.session import Session

LEAST_SCORE = 0.3


class YoloPose:
    """Input (1, 3, H, W); output (1, 56, N), or end to end (1, N, 57). See `carebot.perception.estimators.yolo`."""

    def __init__(self, session: Session, size: Size | None = None, least_score: float = LEAST_SCORE) -> None:
        """`size` (width, height) is for a file whose input has none. Raises ModelError where the file does not fit."""
        self._session = session
        self._yolo = Yolo(session, "yolo_pose", classes=1, more=17 * 3, size=size, least_score=least_score)

    @property
    def provider(self) -> str:
        return self._session.provider

    @property
    def fallback_reason(self) -> str | None:
        return self._session.fallback_reason

    def estimate(self, image: Image, time_s: float) -> list[PoseObservation]:
        del time_s  # every picture stands for itself
        rows, box = self._yolo.find(image)
        return [_observation(row, box) for row in rows]


def _observation(row: NDArray[np.float32], box: Letterbox) -> PoseObservation:
    keypoints = row[5:].reshape(17, 3).copy()
    keypoints[:, :2] = box.to_picture(keypoints[:, :2])
    return PoseObservation(float(row[4]), keypoints)
