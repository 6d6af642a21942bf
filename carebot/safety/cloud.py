"""A depth camera's points become obstacles on the floor, in the robot's frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import CameraMounting, Pose2D
from carebot.safety.scan import to_robot
from carebot.safety.world import Depth

BLIND_SHARE = 0.05
"""A camera with no more than this share of its points measured sees nothing: something covers it."""


def depth_from_points(
    points_m: NDArray[np.float64],
    camera: CameraMounting,
    mounting: Pose2D,
    heights_m: tuple[float, float],
    stamp_s: float,
) -> Depth:
    """(n, 3) `points_m` have the camera's optical axes (x right, y down, z away); NaN stands for no measurement.

    `camera` says height and pitch, `mounting` the place and heading on the robot. What is lower than the first or
    higher than the second of `heights_m` above the floor is no obstacle. A camera that measures next to nothing, not
    even the floor, is blind: the one point of its answer is NaN, which the judge takes for a fault.
    """
    seen = np.asarray(points_m, dtype=np.float64)
    seen = seen[np.isfinite(seen).all(axis=1)]
    if len(seen) <= BLIND_SHARE * len(points_m):
        return Depth(stamp_s, np.full((1, 2), np.nan))
    right, down, away = seen.T
    ahead, left, up = camera.from_optical(right, down, away)
    height = camera.height_m + up
    stands = (heights_m[0] <= height) & (height <= heights_m[1])
    flat = np.column_stack([ahead, left])[stands]
    return Depth(stamp_s, to_robot(flat, mounting))
