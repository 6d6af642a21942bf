"""The landmark network: where exactly is each joint of the one body in a region?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.blazepose.region import Points, Region, around_body
from carebot.perception.session import Session

SIDE_PX = 256
COCO_FROM_BLAZEPOSE = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
"""Which of the 33 landmarks is each COCO keypoint."""
HIPS, REACH = 33, 34
"""The two auxiliary landmarks from which the next picture's region is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One body: `points_px` (39, 2) in the picture, `confidence` (39,) that a landmark is visible, `world_m` (33, 3) in
    camera axes with the hips as origin, `presence` 0..1 that there is a body at all."""

    presence: float
    points_px: Points
    confidence: NDArray[np.float32]
    world_m: NDArray[np.float32]

    @property
    def next_region(self) -> Region:
        return around_body(self.points_px[HIPS], self.points_px[REACH])

    @property
    def visibility(self) -> float:
        """The mean confidence that a landmark is visible, 0..1."""
        return float(self.confidence[:33].mean())

    def moved(self, by_px: NDArray[np.float32]) -> Body:
        """The same body elsewhere in the picture."""
        return replace(self, points_px=self.points_px + by_px)

    @property
    def coco_px(self) -> Points:
        coco_px: Points = self.points_px[COCO_FROM_BLAZEPOSE]
        return coco_px

    def observation(self, width_px: int, height_px: int) -> PoseObservation:
        keypoints = np.empty((17, 3), np.float32)
        keypoints[:, :2] = self.coco_px / (width_px, height_px)
        keypoints[:, 2] = self.confidence[COCO_FROM_BLAZEPOSE]
        return PoseObservation(self.presence, keypoints, self.world_m[COCO_FROM_BLAZEPOSE])


class Landmarker:
    """Runs `pose_landmarks.onnx` (inputs and outputs: models/pose_landmarks.md)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, image: Image, region: Region) -> Body:
        """The body in `region`; its `presence` says whether there is one, and is 0 for an answer that is no body."""
        outputs = self._session.run({"image": region.crop(image, SIDE_PX, cv2.BORDER_REPLICATE)[None]})
        landmarks, world_m = outputs["landmarks"][0], outputs["world"][0, :33]
        if not (np.isfinite(landmarks).all() and np.isfinite(world_m).all()):
            return NOBODY
        body = Body(
            presence=float(outputs["presence"][0, 0]),
            points_px=region.to_picture(landmarks[:, :2] / SIDE_PX),
            confidence=landmarks[:, 3],
            world_m=_turned(world_m, region.rotation_rad),
        )
        return body if body.next_region.is_usable else NOBODY


NOBODY = Body(0.0, np.zeros((39, 2), np.float32), np.zeros(39, np.float32), np.zeros((33, 3), np.float32))


def _turned(world_m: NDArray[np.float32], rotation_rad: float) -> NDArray[np.float32]:
    """From the upright crop's axes to the camera's (WorldLandmarkProjectionCalculator)."""
    c, s = cos(rotation_rad), sin(rotation_rad)
    x, y, z = world_m.T
    return np.stack([c * x - s * y, s * x + c * y, z], axis=1).astype(np.float32)
