"""What the keypoint eyes and the study that measured them have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carebot.simulation.truth import GroundTruth

FPS = 10.0
SIZE_PX = (480, 360)
SWAPPED = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
"""The same joints with left and right exchanged."""
JOINT_GROUPS = {
    "head": (0, 1, 2, 3, 4),
    "shoulders": (5, 6),
    "elbows": (7, 8),
    "wrists": (9, 10),
    "hips": (11, 12),
    "knees": (13, 14),
    "ankles": (15, 16),
}


def length_px(truth: GroundTruth, focal_px: float, stature_m: float) -> float:
    """How many pixels high the resident would be, standing and seen from the front at their hips' distance."""
    return focal_px * stature_m / max(float(truth.joints_m[11:13, 2].mean()), 0.1)


def activity_seen(truth: GroundTruth) -> str:
    """The activity, told apart where it looks different: on the floor or on the bed."""
    return "lying on the floor" if truth.activity == "lying" and truth.on_floor else truth.activity


def from_hips(joints_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same joints (17, 3) seen from the hips' middle."""
    return np.asarray(joints_m - joints_m[11:13].mean(axis=0))
