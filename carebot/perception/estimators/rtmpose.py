"""RTMPose (SimCC): the keypoints of one body in a box. Who finds the boxes is another model, if there is one.

Source of the facts: the RTMPose export of mmpose 1.3 (mean, standard deviation, box padding 1.25, score = the lower
of the two peaks).
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.fit import Size, need, picture_input, picture_size
from carebot.perception.session import Session

FAMILY = "rtmpose"
MEAN_RGB = np.array([123.675, 116.28, 103.53], np.float32)
DEVIATION_RGB = np.array([58.395, 57.12, 57.375], np.float32)
PADDING = 1.25
BEGIN_WITH_COCO = (17, 26, 133)
"""Keypoints of the COCO, Halpe-26 and whole-body variants; all begin with COCO's 17."""
LEAST_SCORE = 0.3
WHOLE_PICTURE = np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)


class PersonFinder(Protocol):
    """Says where people are: (N, 4) x1, y1, x2, y2 as fractions of the picture."""

    def boxes(self, image: Image) -> NDArray[np.float32]: ...


class RTMPose:
    """Input (1, 3, H, W) float RGB, standardised; outputs `simcc_x` (1, K, bins of x) and `simcc_y` (1, K, bins of y).

    Without `people` the whole picture is taken as the box of one body: that is right only for a camera that is filled
    by one person, and misses or mixes up everybody else.
    """

    def __init__(
        self,
        session: Session,
        people: PersonFinder | None = None,
        size: Size | None = None,
        least_score: float = LEAST_SCORE,
    ) -> None:
        """Raises ModelError where the file does not fit. A body counts if its keypoints' mean confidence reaches
        `least_score`."""
        self._session = session
        self._people = people
        self._least_score = least_score
        self._input = picture_input(session, FAMILY, channels_first=True, types=(np.float32, np.float16))
        self._size = picture_size(session, self._input, FAMILY, size, channels_first=True)
        _check_outputs(session)

    @property
    def provider(self) -> str:
        return self._session.provider

    @property
    def fallback_reason(self) -> str | None:
        return self._session.fallback_reason

    def estimate(self, image: Image, time_s: float) -> list[PoseObservation]:
        del time_s  # every picture stands for itself
        boxes = WHOLE_PICTURE if self._people is None else self._people.boxes(image)
        bodies = [self._body(image, box) for box in boxes]
        return sorted((body for body in bodies if body is not None), key=lambda body: -body.confidence)

    def _body(self, image: Image, box: NDArray[np.float32]) -> PoseObservation | None:
        picture_px = np.array([image.shape[1], image.shape[0]], np.float32)
        middle_px, extent_px = _padded(box.reshape(2, 2) * picture_px, self._size)
        outputs = self._session.run({self._input: self._crop(image, middle_px, extent_px)})
        peaks = _peaks(outputs["simcc_x"][0, :17], outputs["simcc_y"][0, :17])
        if peaks is None or peaks[:, 2].mean() < self._least_score:
            return None
        peaks[:, :2] = (middle_px + (peaks[:, :2] - 0.5) * extent_px) / picture_px
        return PoseObservation(float(peaks[:, 2].mean()), peaks)

    def _crop(self, image: Image, middle_px: NDArray[np.float32], extent_px: NDArray[np.float32]) -> NDArray[Any]:
        """The padded box as the network wants it; what lies outside the picture is black."""
        scale = self._size[0] / float(extent_px[0])
        shift = np.array(self._size) / 2 - middle_px * scale
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
        crop = cv2.cvtColor(cv2.warpAffine(image, matrix, self._size, flags=cv2.INTER_LINEAR), cv2.COLOR_BGR2RGB)
        standardised = (crop.astype(np.float32) - MEAN_RGB) / DEVIATION_RGB
        return standardised.transpose(2, 0, 1)[None].astype(self._session.input_types[self._input])


def _check_outputs(session: Session) -> None:
    names = ("simcc_x", "simcc_y")
    need(set(names) <= set(session.output_names), session, FAMILY, "it needs the outputs simcc_x and simcc_y")
    for name in names:
        shape = session.output_shapes[name]
        fits = len(shape) == 3 and shape[0] == 1 and shape[1] in BEGIN_WITH_COCO
        need(fits, session, FAMILY, f"its output {name} is {shape}, not (1, 17, bins)")


def _padded(corners_px: NDArray[np.float32], size: Size) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Middle and extent of the box, widened to the network's proportions and by its padding."""
    middle_px = corners_px.mean(axis=0)
    width_px, height_px = np.maximum(corners_px[1] - corners_px[0], 1.0)
    proportion = size[0] / size[1]
    width_px, height_px = max(width_px, height_px * proportion), max(height_px, width_px / proportion)
    return middle_px, np.array([width_px, height_px], np.float32) * PADDING


def _peaks(simcc_x: NDArray[Any], simcc_y: NDArray[Any]) -> NDArray[np.float32] | None:
    """(17, 3) x and y as fractions of the crop and confidence 0..1; None where the network gave no numbers."""
    if not (np.isfinite(simcc_x).all() and np.isfinite(simcc_y).all()):
        return None
    x = simcc_x.argmax(axis=1) / simcc_x.shape[1]
    y = simcc_y.argmax(axis=1) / simcc_y.shape[1]
    confidence = np.minimum(simcc_x.max(axis=1), simcc_y.max(axis=1)).clip(0.0, 1.0)
    return np.stack([x, y, confidence], axis=1).astype(np.float32)
