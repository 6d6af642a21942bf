"""The detector: where in a region are bodies?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image
from carebot.perception.estimators.blazepose.region import Region, around_body
from carebot.perception.session import Session

SIDE_PX = 224
STRIDES_PX = (8, 16, 32, 32, 32)
ANCHORS_PER_CELL = 2


@dataclass(frozen=True, slots=True)
class Detection:
    """A body's region in the picture, and how sure the detector is (0..1)."""

    score: float
    region: Region


class Detector:
    """Runs `pose_detector.onnx` (inputs and outputs: models/pose_detector.md)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def detect(
        self, image: Image, view: Region, hidden: list[NDArray[np.float32]], least_score: float = 0.5
    ) -> list[Detection]:
        """The bodies in `view`, the surest first. `hidden` are outlines (N, 2) in picture pixels that are painted over
        first: the network sees the most prominent body well and the others badly, so known ones are taken away."""
        crop = view.crop(image, SIDE_PX)
        for outline_px in hidden:
            hull = cv2.convexHull(view.from_picture(outline_px, SIDE_PX))
            cv2.fillConvexPoly(crop, hull.round().astype(np.int32), _PAINT)
        outputs = self._session.run({"image": crop[None]})
        return _decode(outputs["boxes"][0], outputs["scores"][0], view, least_score)


_PAINT = (127, 127, 127)


def _decode(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], view: Region, least_score: float
) -> list[Detection]:
    kept = np.flatnonzero(scores >= least_score)
    kept = kept[np.isfinite(boxes[kept]).all(axis=1)]
    if not kept.size:
        return []
    # Each row: box middle and size, then 4 points; all are offsets from the anchor in pixels of the 224 crop.
    values: NDArray[np.float32] = boxes[kept] / np.float32(SIDE_PX)
    values[:, [0, 1]] += _anchors()[kept]
    values[:, 4:] += np.tile(_anchors()[kept], 4)
    found = (_detection(row, score, view) for row, score in _merged(values, scores[kept]))
    return [detection for detection in found if detection.region.is_usable]


def _detection(row: NDArray[np.float32], score: float, view: Region) -> Detection:
    hips_px, reach_px = view.to_picture(row[4:8].reshape(2, 2))
    return Detection(score, around_body(hips_px, reach_px))


def _merged(values: NDArray[np.float32], scores: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], float]]:
    """Weighted non-maximum suppression: overlapping finds become their average, weighted by score."""
    result = []
    left = np.argsort(-scores)
    while left.size:
        overlaps = _overlap(values[left[0]], values[left]) > 0.3
        overlaps[0] = True  # a box of no size overlaps nothing, not even itself
        group = left[overlaps]
        weights = scores[group] / scores[group].sum()
        result.append(((values[group] * weights[:, None]).sum(axis=0), float(scores[left[0]])))
        left = left[~overlaps]
    return result


def _overlap(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box with (N, ...) boxes, each given by middle and size."""
    low = np.maximum(one[:2] - one[2:4] / 2, others[:, :2] - others[:, 2:4] / 2)
    high = np.minimum(one[:2] + one[2:4] / 2, others[:, :2] + others[:, 2:4] / 2)
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    union = one[2] * one[3] + others[:, 2] * others[:, 3] - common
    return np.asarray(common / np.maximum(union, 1e-9), np.float32)


@cache
def _anchors() -> NDArray[np.float32]:
    """(2254, 2) middles of the anchors as fractions of the crop (SsdAnchorsCalculator with fixed anchor size)."""
    grids = []
    for stride_px in STRIDES_PX:
        cells = SIDE_PX // stride_px
        y, x = np.mgrid[0:cells, 0:cells]
        middles = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        grids.append(np.repeat(middles, ANCHORS_PER_CELL, axis=0))
    return np.concatenate(grids).astype(np.float32)
