"""People as carebot sees them: keypoints, never pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COCO_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""The order of every keypoint array in carebot (COCO person keypoints)."""

COCO_LIMBS = (
    (5, 6), (5, 11), (6, 12), (11, 12),
    (5, 7), (7, 9), (6, 8), (8, 10),
    (11, 13), (13, 15), (12, 14), (14, 16),
    (0, 1), (0, 2), (1, 3), (2, 4), (0, 5), (0, 6),
)  # fmt: skip
"""Pairs of keypoints that a drawn skeleton connects."""


TRUNK_M, SHOULDERS_M = 0.48, 0.34
"""From the shoulders' middle to the hips', and from shoulder to shoulder, of somebody 1.67 m tall."""


def lying_metre(trunk: float, shoulders: float) -> float:
    """How large a metre looks where a trunk that lies looks so long and its shoulders so wide, in the unit of both.

    It shows the more of its shoulders' width the less it shows of its length: on its back, seen from feet or head.
    """
    return math.hypot(trunk / TRUNK_M, shoulders / SHOULDERS_M)


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person in one picture.

    `track_id` stays the same while the person is followed. `keypoints` is (17, 3) float32: x and y as fractions of the
    picture's width and height (0..1, y down; slightly outside is possible), and a confidence 0..1. `world_m` is
    (17, 3) float32 in metres with the hips' middle as origin and the camera's axes (x right, y down, z away), where the
    model estimates it; None otherwise.
    """

    track_id: int
    confidence: float
    keypoints: NDArray[np.float32]
    world_m: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody in one picture, taken at `time_s`, of `width_px` × `height_px`."""

    time_s: float
    width_px: int
    height_px: int
    people: tuple[Person, ...] = ()
