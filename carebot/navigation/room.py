"""How much room the lidar sees around the robot's outline."""

from __future__ import annotations

import numpy as np

from carebot.geometry import Twist2D
from carebot.navigation.costmap import Floats, Points, Shape

SPARE_M = 0.02
"""So much more than the robot needs is room."""
LOOKS_S, REACH_M, ROUNDING_M = 0.1, 1.2, 0.001
SLACK_M = 0.02
"""A lidar's noise: what it says to be just outside of the margin may be within it for whoever judges the motion."""
GRAZES_S = 0.8
"""It does not drive so that it would graze something within this time."""
TURNS_S, LEAVES_M_S = 0.4, 0.2
"""It looks so far ahead when it turns in place; and leaves so fast what a corner would graze."""
SPEEDS = (1.0, 0.6, 0.3)
BENDS_RAD_S = (0.0, 0.2, -0.2, 0.4, -0.4, 0.7, -0.7, 1.0, -1.0)
MOST_RAD_S, TURNS_FREE_RAD_S = 1.2, 0.8
"""What it may do instead: these shares of the speed, with so much more of a bend, at most so much; or turn in place."""
STANDING_COST, WRONG_WAY_COST = 1.0, 1.0
"""So much dearer are a turn in place, and one to the other side; a bend costs its difference in rad/s."""


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
    """Where the outline would graze something: the motion nearest to the wish in which it does not.

    Rather another bend than slower, and slower rather than to turn in place. The wish itself where it grazes nothing,
    and where nothing else is free either.
    """
    if wish.vx_m_s <= 0:
        return _turning_clear_of(shape, near_m, wish)
    choices = [wish, *_others(wish)]
    for slack_m in (SLACK_M, 0.0):
        for choice in choices:
            if is_free(shape, near_m, choice, GRAZES_S, slack_m):
                return choice
    return wish


def _turning_clear_of(shape: Shape, near_m: Points, wish: Twist2D) -> Twist2D:
    """Where a corner would graze something as it turns in place: first straight away from what is there."""
    if not wish.yaw_rad_s or is_free(shape, near_m, wish, TURNS_S, SLACK_M):
        return wish
    nearest = near_m[int(away_m(shape, near_m).argmin())]
    leaves = Twist2D(LEAVES_M_S if nearest[0] < 0 else -LEAVES_M_S)
    return leaves if is_free(shape, near_m, leaves, GRAZES_S) else wish


def _others(wish: Twist2D) -> list[Twist2D]:
    """What may be done instead of a wish, the nearest to it first."""
    found: list[tuple[float, Twist2D]] = []
    for share in SPEEDS:
        for more_rad_s in BENDS_RAD_S:
            yaw_rad_s = max(-MOST_RAD_S, min(MOST_RAD_S, wish.yaw_rad_s + more_rad_s))
            cost = 1.0 - share + abs(yaw_rad_s - wish.yaw_rad_s)
            found.append((cost, Twist2D(share * wish.vx_m_s, 0.0, yaw_rad_s)))
    for yaw_rad_s in (TURNS_FREE_RAD_S, -TURNS_FREE_RAD_S):
        cost = STANDING_COST + (WRONG_WAY_COST if yaw_rad_s * wish.yaw_rad_s < 0 else 0.0)
        found.append((cost, Twist2D(yaw_rad_s=yaw_rad_s)))
    return [twist for _, twist in sorted(found, key=lambda entry: entry[0])]


def is_free(shape: Shape, near_m: Points, twist: Twist2D, for_s: float, slack_m: float = 0.0) -> bool:
    """Whether the outline can go on so for that long, at most `REACH_M`, without coming too near to any of the points.

    Too near is nearer than the margin and `slack_m`; what is within that already may not come nearer.
    """
    points = near_m[np.hypot(*near_m.T) < REACH_M]
    if not len(points):
        return True
    least_m = np.minimum(shape.margin_m + slack_m, away_m(shape, points)) - ROUNDING_M
    times_s = np.arange(LOOKS_S, for_s + LOOKS_S / 2, LOOKS_S)
    return bool((away_m(shape, _seen_after(points, twist, times_s)) >= least_m).all())


def _seen_after(points: Points, twist: Twist2D, times_s: Floats) -> Floats:
    """(times, n, 2): the same points in the frame of a robot that has driven so for each of these times."""
    yaw, ahead_m = (twist.yaw_rad_s * times_s)[:, None], (twist.vx_m_s * times_s)[:, None]
    x = points[:, 0] - ahead_m * np.sinc(yaw / np.pi)
    y = points[:, 1] - ahead_m * np.sinc(yaw / (2 * np.pi)) * np.sin(yaw / 2)
    c, s = np.cos(yaw), np.sin(yaw)
    return np.stack((c * x + s * y, c * y - s * x), axis=-1)


def away_m(shape: Shape, points: Floats) -> Floats:
    """How far each point (its last axis) is from the outline; 0 within it."""
    x, y = points[..., 0], points[..., 1]
    along_m = np.maximum(0.0, np.maximum(x - shape.front_m, -x - shape.rear_m))
    return np.asarray(np.hypot(along_m, np.maximum(0.0, np.abs(y) - shape.side_m)))
