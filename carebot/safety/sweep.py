"""When does the robot's outline, moving with a constant twist, meet which point?

Seen from the robot, a point moves: on a straight line without turning, else on a circle about the instantaneous centre
of rotation (-vy/w, vx/w). The first time at which that path crosses the outline is exact; nothing is sampled. (The
crossing of a ray with a box is the slab method, Kay and Kajiya 1986.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import Twist2D
from carebot.safety.world import Points

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STRAIGHTEST_1_M = 1e-5
"""A curvature below this is a straight line: 0.05 mm to the side after 3 m."""

ROUNDING_RAD = 1e-9
"""A crossing that lies this little in the past was only rounded to there."""


@dataclass(frozen=True, slots=True)
class Box:
    """An outline around the robot's centre, from `rear_m` to `front_m` and from `right_m` to `left_m` (coordinates)."""

    rear_m: float
    front_m: float
    right_m: float
    left_m: float

    def grown(self, margin_m: float) -> Box:
        return Box(self.rear_m - margin_m, self.front_m + margin_m, self.right_m - margin_m, self.left_m + margin_m)

    def contains(self, points_m: Points) -> Flags:
        """For each of the (n, 2) points whether it lies inside or on the edge."""
        x, y = points_m.T
        return np.asarray((self.rear_m <= x) & (x <= self.front_m) & (self.right_m <= y) & (y <= self.left_m))

    def corners_m(self) -> Points:
        return np.array([(x, y) for x in (self.rear_m, self.front_m) for y in (self.right_m, self.left_m)])

    def fastest_m_s(self, twist: Twist2D) -> float:
        """The speed of the fastest corner."""
        vx = twist.vx_m_s - twist.yaw_rad_s * self.corners_m()[:, 1]
        vy = twist.vy_m_s + twist.yaw_rad_s * self.corners_m()[:, 0]
        return float(np.hypot(vx, vy).max())


def approaches(box: Box, points_m: Points, twist: Twist2D) -> Flags:
    """For each of the (n, 2) points whether the motion brings `box` nearer to it (or deeper around it)."""
    x, y = points_m.T
    away = np.column_stack([x - np.clip(x, box.rear_m, box.front_m), y - np.clip(y, box.right_m, box.left_m)])
    inside = box.contains(points_m)
    away[inside] = _way_out(box, points_m[inside])
    vx, vy = _seen_speed(points_m, twist)
    return np.asarray(away[:, 0] * vx + away[:, 1] * vy < 0)


def first_contact_s(box: Box, points_m: Points, twist: Twist2D) -> Floats:
    """For each of the (n, 2) points the time until it is inside `box`, infinite where that never happens."""
    speed_m_s = math.hypot(twist.vx_m_s, twist.vy_m_s)
    if abs(twist.yaw_rad_s) <= STRAIGHTEST_1_M * speed_m_s:
        return _first_contact_straight_s(box, points_m, twist)
    return _first_contact_turning_s(box, points_m, twist)


def _way_out(box: Box, points_m: Points) -> Points:
    """For points inside, the outward normal of the nearest edge."""
    x, y = points_m.T
    depths = np.column_stack([x - box.rear_m, box.front_m - x, y - box.right_m, box.left_m - y])
    normals = np.array([(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)])
    return np.asarray(normals[depths.argmin(axis=1)])


def _seen_speed(points_m: Points, twist: Twist2D) -> tuple[Floats, Floats]:
    """How points that stand still move in the robot's frame."""
    x, y = points_m.T
    return -(twist.vx_m_s - twist.yaw_rad_s * y), -(twist.vy_m_s + twist.yaw_rad_s * x)


def _first_contact_straight_s(box: Box, points_m: Points, twist: Twist2D) -> Floats:
    x, y = points_m.T
    enters_x, leaves_x = _slab_s(x, -twist.vx_m_s, box.rear_m, box.front_m)
    enters_y, leaves_y = _slab_s(y, -twist.vy_m_s, box.right_m, box.left_m)
    enters, leaves = np.maximum(enters_x, enters_y), np.minimum(leaves_x, leaves_y)
    return np.where((enters <= leaves) & (leaves >= 0), np.maximum(enters, 0.0), np.inf)


def _slab_s(at_m: Floats, speed_m_s: float, low_m: float, high_m: float) -> tuple[Floats, Floats]:
    """When points that move along one axis are between `low_m` and `high_m`: from, to."""
    if speed_m_s == 0:
        within = (low_m <= at_m) & (at_m <= high_m)
        return np.where(within, -np.inf, np.inf), np.where(within, np.inf, -np.inf)
    with np.errstate(over="ignore"):  # almost no speed: the infinite time is right
        one, other = (low_m - at_m) / speed_m_s, (high_m - at_m) / speed_m_s
    return np.minimum(one, other), np.maximum(one, other)


def _first_contact_turning_s(box: Box, points_m: Points, twist: Twist2D) -> Floats:
    centre = np.array([-twist.vy_m_s, twist.vx_m_s]) / twist.yaw_rad_s
    x, y = (points_m - centre).T
    seen = _box_around(box, centre)
    radius, start = np.hypot(x, y), np.arctan2(y, x)
    turn = math.copysign(1.0, twist.yaw_rad_s)
    first = np.full(len(points_m), np.inf)
    for angle in _crossings_rad(seen, radius):
        first = np.fmin(first, _within_one_turn(turn * (start - angle)))
    first[seen.contains(np.column_stack([x, y]))] = 0.0
    return first / abs(twist.yaw_rad_s)


def _within_one_turn(angle: Floats) -> Floats:
    """`angle` modulo 2π, with what is only rounded to just before a full turn as zero; np.mod is five times slower."""
    swept = angle - 2 * math.pi * np.floor(angle / (2 * math.pi))
    return np.where(swept > 2 * math.pi - ROUNDING_RAD, 0.0, swept)


def _box_around(box: Box, centre_m: Floats) -> Box:
    """`box` as seen from `centre_m`."""
    x_m, y_m = float(centre_m[0]), float(centre_m[1])
    return Box(box.rear_m - x_m, box.front_m - x_m, box.right_m - y_m, box.left_m - y_m)


def _crossings_rad(box: Box, radius_m: Floats) -> list[Floats]:
    """The angles at which circles about the origin cross the box's edges; NaN where they do not."""
    found = []
    for edge_m in (box.rear_m, box.front_m):
        half = _arccos(edge_m, radius_m)
        for angle in (half, -half):
            found.append(_where(angle, radius_m * np.sin(angle), box.right_m, box.left_m))
    for edge_m in (box.right_m, box.left_m):
        half = _arccos(edge_m, radius_m)
        for angle in (math.pi / 2 - half, math.pi / 2 + half):
            found.append(_where(angle, radius_m * np.cos(angle), box.rear_m, box.front_m))
    return found


def _arccos(edge_m: float, radius_m: Floats) -> Floats:
    reaches = (radius_m >= abs(edge_m)) & (radius_m > 0)
    cosine = np.divide(edge_m, radius_m, out=np.full_like(radius_m, np.nan), where=reaches)
    return np.arccos(cosine)


def _where(angle: Floats, along_m: Floats, low_m: float, high_m: float) -> Floats:
    """The angles at which the point on the edge's line lies on the edge itself, a micrometre included."""
    return np.where((low_m - 1e-6 <= along_m) & (along_m <= high_m + 1e-6), angle, np.nan)
