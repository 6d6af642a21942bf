"""Points between the robot's frame and the map's."""

from __future__ import annotations

from math import cos, sin

import numpy as np

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Points


def on_map(points: Points, pose: Pose2D) -> Points:
    """(n, 2) of the map's frame, from (n, 2) of the frame of a robot at `pose`."""
    c, s = cos(pose.yaw_rad), sin(pose.yaw_rad)
    return np.asarray(points @ np.array([[c, s], [-s, c]]) + (pose.x_m, pose.y_m))


def in_robot(points: Points, pose: Pose2D) -> Points:
    """(n, 2) of the frame of a robot at `pose`, from (n, 2) of the map's frame."""
    c, s = cos(pose.yaw_rad), sin(pose.yaw_rad)
    return np.asarray((points - (pose.x_m, pose.y_m)) @ np.array([[c, -s], [s, c]]))
