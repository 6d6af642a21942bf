"""How much room the lidar sees around the robot's outline."""

from __future__ import annotations

from math import copysign

import numpy as np

from carebot.geometry import Twist2D
from carebot.navigation.costmap import Floats, Points, Shape

SPARE_M = 0.02
"""So much more than the robot needs is room."""
LOOKS_S, REACH_M, JITTER_M = 0.1, 1.2, 0.005
GRAZES_S, BENDS_RAD_S, TURNS_FREE_RAD_S = 0.8, 0.15, 0.8
"""It turns in place, so fast, before a bend in which it would graze something within this time."""


def room_m(shape: Shape, near_m: Points, direction: float) -> float:
    """How far the outline can go straight ahead (`direction` 1) or back (-1) before it meets one of the (n, 2) points.

    The points are in the robot's frame; infinite where none is in the way.
    """
    along_m = direction * near_m[:, 0]
    beside = (along_m > 0) & (np.abs(near_m[:, 1]) < shape.side_m + SPARE_M)
    reach_m = shape.front_m if direction > 0 else shape.rear_m
    return float(along_m[beside].min(initial=np.inf)) - reach_m


def can_turn(shape: Shape, near_m: Points) -> bool:
    """Whether none of the points, in the robot's frame, is where its corners pass when it turns in place."""
    return bool(np.hypot(*near_m.T).min(initial=np.inf) > shape.turning_m + SPARE_M)


def clear_of(shape: Shape, near_m: Points, wish: Twist2D) -> Twist2D:
    """Where a corner of the outline would graze something in a bend: to turn in place first, or to go straight on.

    The wish itself where it grazes nothing, where it is no bend, and where nothing else is free either.
    """
    if wish.vx_m_s <= 0 or abs(wish.yaw_rad_s) < BENDS_RAD_S or is_free(shape, near_m, wish, GRAZES_S):
        return wish
    others = Twist2D(yaw_rad_s=copysign(TURNS_FREE_RAD_S, wish.yaw_rad_s)), Twist2D(wish.vx_m_s)
    return next((other for other in others if is_free(shape, near_m, other, GRAZES_S)), wish)


def is_free(shape: Shape, near_m: Points, twist: Twist2D, for_s: float) -> bool:
    """Whether the outline can go on so for that long, at most `REACH_M`, without coming too near to any of the points.

    Too near is nearer than the margin; what is within it already may not come nearer.
    """
    points = near_m[np.hypot(*near_m.T) < REACH_M]
    if not len(points):
        return True
    least_m = np.minimum(shape.margin_m, _away_m(shape, points)) - JITTER_M
    times_s = np.arange(LOOKS_S, for_s + LOOKS_S / 2, LOOKS_S)
    return all(bool((_away_m(shape, _seen_after(points, twist, time_s)) >= least_m).all()) for time_s in times_s)


def _seen_after(points: Points, twist: Twist2D, time_s: float) -> Points:
    """The same points in the frame of a robot that has driven so for that long."""
    yaw, ahead_m = twist.yaw_rad_s * time_s, twist.vx_m_s * time_s
    x, y = ahead_m * np.sinc(yaw / np.pi), ahead_m * np.sinc(yaw / (2 * np.pi)) * np.sin(yaw / 2)
    c, s = np.cos(yaw), np.sin(yaw)
    return np.asarray((points - (x, y)) @ np.array([[c, -s], [s, c]]))


def _away_m(shape: Shape, points: Points) -> Floats:
    """How far each point is from the outline; 0 within it."""
    x, y = points.T
    along_m = np.maximum(0.0, np.maximum(x - shape.front_m, -x - shape.rear_m))
    return np.asarray(np.hypot(along_m, np.maximum(0.0, np.abs(y) - shape.side_m)))
