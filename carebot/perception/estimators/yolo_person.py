"""YOLO detection, as ultralytics exports it: where people are, for a pose model that looks at one body at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image
from carebot.perception.estimators.fit import Size
from carebot.perception.estimators.yolo import Yolo
from carebot.perception.session import Session

LEAST_SCORE = 0.3


class YoloPerson:
    """Input (1, 3, H, W); output (1, 4 + classes, N), or end to end (1, N, 6), class 0 being a person."""

    def __init__(
        self, session: Session, size: Size | None = None, least_score: float = LEAST_SCORE, *, pose: bool = False
    ) -> None:
        """`pose` takes the boxes of a YOLO-pose export instead. Raises ModelError where the file does not fit."""
        family, classes, more = ("yolo_pose", 1, 17 * 3) if pose else ("yolo_person", None, 0)
        self._yolo = Yolo(session, family, classes, more, size, least_score)

    def boxes(self, image: Image) -> NDArray[np.float32]:
        """(N, 4) x1, y1, x2, y2 as fractions of the picture, the surest first."""
        rows, box = self._yolo.find(image)
        return box.to_picture(rows[:, :4].reshape(-1, 2, 2)).reshape(-1, 4)
