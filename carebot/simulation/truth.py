"""What is really so in the simulation, to hold perception against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import Pose2D


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruth:
    """The resident at one moment of simulated time.

    `activity` is what the script has them do. `pelvis_height_m` is the hips' middle above the floor, `torso_angle_rad`
    the angle of the line from hips to shoulders against the vertical (0 upright). `on_floor` says that pelvis, abdomen
    or chest touches the floor, or lies on the resident's own arm or leg. `fall_onset_s` is when balance was lost in the
    latest fall and `floor_contact_s` when the torso first was on the floor after it; None before. `keypoints_px` is
    (17, 2), x right and y down, in COCO order, outside the picture where the joint is; `visible` is (17,), False behind
    furniture or outside the picture. `joints_m` is (17, 3), the same joints in metres from the lens with the camera's
    axes (x right, y down, z away).
    """

    time_s: float
    activity: str
    pelvis_height_m: float
    pelvis_speed_m_s: float
    torso_angle_rad: float
    on_floor: bool
    fall_onset_s: float | None
    floor_contact_s: float | None
    keypoints_px: NDArray[np.float64]
    visible: NDArray[np.bool_]
    joints_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RobotTruth:
    """Where the robot is in the world, how fast it moves, and whether anything but the floor touches it."""

    pose: Pose2D
    speed_m_s: float
    yaw_rad_s: float
    touched: bool
