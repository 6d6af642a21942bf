"""Points and poses between the robot's frame and the map's, or the odometry's."""

from __future__ import annotations

from math import cos, sin

import numpy as np

from carebot.geometry import Pose2D, wrapped_rad
from carebot.navigation.costmap import Points


def on_map(points: Points, pose: Pose2D) -> Points:
    """(n, 2) of the map's frame, from (n, 2) of the frame of a robot at `pose`."""
    c, s = cos(pose.yaw_rad), sin(pose.yaw_rad)
    return np.asarray(points @ np.array([[c, s], [-s, c]]) + (pose.x_m, pose.y_m))


def in_robot(points: Points, pose: Pose2D) -> Points:
    """(n, 2) of the frame of a robot at `pose`, from (n, 2) of the map's frame."""
    c, s = cos(pose.yaw_rad), sin(pose.yaw_rad)
    return np.asarray((points - (pose.x_m, pose.y_m)) @ np.array([[c, -s], [s, c]]))


def composed(robot: Pose2D, place: Pose2D) -> Pose2D:
    """`place`, given in the frame of a robot at `robot`, in the frame in which the robot is there."""
    c, s = cos(robot.yaw_rad), sin(robot.yaw_rad)
    x_m, y_m = robot.x_m + c * place.x_m - s * place.y_m, robot.y_m + s * place.x_m + c * place.y_m
    return Pose2D(x_m, y_m, wrapped_rad(robot.yaw_rad + place.yaw_rad))


def seen_from(robot: Pose2D, place: Pose2D) -> Pose2D:
    """`place`, given in the frame in which a robot is at `robot`, in the robot's frame."""
    dx, dy = place.x_m - robot.x_m, place.y_m - robot.y_m
    c, s = cos(robot.yaw_rad), sin(robot.yaw_rad)
    return Pose2D(c * dx + s * dy, -s * dx + c * dy, wrapped_rad(place.yaw_rad - robot.yaw_rad))
