"""How much room the lidar sees around the robot's outline."""

from __future__ import annotations

import numpy as np

from carebot.navigation.costmap import Points, Shape

SPARE_M = 0.02
"""So much more than the robot needs is room."""


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
