"""Regulated pure pursuit: which twist follows a path from here.

Macenski et al., "Regulated pure pursuit for robot path tracking" (2023): the arc to a point ahead on the path, slower
in bends, near obstacles and before the goal; in place where the path begins or ends in another direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin, sqrt

import numpy as np

from carebot.geometry import Pose2D, Twist2D, wrapped_rad
from carebot.navigation.costmap import Costmap, Points
from carebot.navigation.planner import Path

PERIOD_S = 0.05
"""20 Hz."""


@dataclass(frozen=True, slots=True)
class FollowerParameters:
    """How the robot drives along a path."""

    max_speed_m_s: float = 0.5
    """The fastest it drives, in m/s."""

    max_yaw_rad_s: float = 1.2
    """The fastest it turns, in rad/s."""

    deceleration_m_s2: float = 0.5
    """How gently it comes to a stand at the goal, in m/s²."""

    yaw_deceleration_rad_s2: float = 1.2
    """The same for turning in place, in rad/s²."""

    lookahead_s: float = 0.9
    """It aims at the point of the path that it would reach in this time."""

    least_lookahead_m: float = 0.3
    """It aims at least this far ahead, in metres."""

    lateral_acceleration_m_s2: float = 0.4
    """What a bend may make somebody beside it feel, in m/s²."""

    narrow_speed_m_s: float = 0.4
    """How fast it drives where it only just fits, in m/s."""

    roomy_m: float = 0.4
    """With this much room around its centre, in metres, obstacles no longer slow it."""

    goal_m: float = 0.06
    """It has reached the goal within this, in metres."""

    facing_rad: float = 0.06
    """It faces as it should within this, in rad."""

    turn_from_rad: float = 1.1
    """Where the path leads further away than this, it turns in place first, in rad."""

    drive_from_rad: float = 0.8
    """So near to the path's direction it drives on, and turns while it gains speed, in rad."""


class Follower:
    """Follows one path; ask `twist` at 20 Hz, until `done`."""

    def __init__(self, path: Path, parameters: FollowerParameters) -> None:
        self.path, self._parameters = path, parameters
        self._steps_m = np.hypot(*np.diff(path.points_m, axis=0).T)
        self._left_m = np.concatenate((np.cumsum(self._steps_m[::-1])[::-1], [0.0]))
        self._at = 0
        self._turns = False
        self._is_there = False
        self.done = False

    @property
    def left_m(self) -> float:
        """How much of the path is left."""
        return float(self._left_m[self._at])

    def ahead_m(self, distance_m: float) -> Points:
        """(n, 2): the points of the path from here on, up to that distance."""
        keep = (self._left_m <= self._left_m[self._at]) & (self._left_m >= self._left_m[self._at] - distance_m)
        return np.asarray(self.path.points_m[keep])

    def off_path_m(self, pose: Pose2D) -> float:
        """How far the robot is from the path."""
        x, y = self.path.points_m[self._at]
        return hypot(x - pose.x_m, y - pose.y_m)

    def twist(self, pose: Pose2D, speed_m_s: float, costmap: Costmap) -> Twist2D:
        """The wish for now, at a robot that drives with `speed_m_s`."""
        self._advance(pose)
        end_x, end_y = self.path.end_m
        away_m = hypot(end_x - pose.x_m, end_y - pose.y_m)
        passed = self.left_m < 0.1 and _local(pose, end_x, end_y)[0] < 0
        self._is_there = self._is_there or away_m < self._parameters.goal_m or (passed and away_m < 0.15)
        return self._face(pose) if self._is_there else self._pursue(pose, speed_m_s, costmap)

    def _advance(self, pose: Pose2D) -> None:
        """The nearest point of the path, never backwards, and not past a bend that comes back."""
        window = slice(self._at, self._at + 20)
        offsets = self.path.points_m[window] - (pose.x_m, pose.y_m)
        self._at += int(np.argmin(np.hypot(offsets[:, 0], offsets[:, 1])))

    def _face(self, pose: Pose2D) -> Twist2D:
        error = 0.0 if self.path.yaw_rad is None else wrapped_rad(self.path.yaw_rad - pose.yaw_rad)
        self.done = self.done or abs(error) < self._parameters.facing_rad
        return Twist2D() if self.done else Twist2D(yaw_rad_s=self._turning(error))

    def _pursue(self, pose: Pose2D, speed_m_s: float, costmap: Costmap) -> Twist2D:
        wanted = self._parameters
        x, y = _local(pose, *self._carrot(max(wanted.least_lookahead_m, speed_m_s * wanted.lookahead_s)))
        away_m, error = max(hypot(x, y), 1e-3), atan2(y, x)
        self._turns = abs(error) > (wanted.drive_from_rad if self._turns else wanted.turn_from_rad)
        if self._turns:
            return Twist2D(yaw_rad_s=self._turning(error))
        curvature = 2.0 * y / away_m**2
        speed = self._regulated(pose, curvature, costmap)
        return Twist2D(speed, 0.0, max(-wanted.max_yaw_rad_s, min(wanted.max_yaw_rad_s, speed * curvature)))

    def _carrot(self, lookahead_m: float) -> tuple[float, float]:
        """The point of the path that far ahead; beyond its end, on its last direction."""
        ahead = self._left_m[self._at] - self._left_m[self._at :]
        index = self._at + int(np.searchsorted(ahead, lookahead_m))
        if index < len(self.path.points_m):
            x, y = self.path.points_m[index]
            return float(x), float(y)
        end = self.path.points_m[-1]
        back = self.path.points_m[max(0, len(self.path.points_m) - 5)]
        away_m = float(np.hypot(*(end - back)))
        direction = (end - back) / away_m if away_m > 1e-6 else np.zeros(2)
        x, y = end + direction * (lookahead_m - self.left_m)
        return float(x), float(y)

    def _regulated(self, pose: Pose2D, curvature_1_m: float, costmap: Costmap) -> float:
        wanted = self._parameters
        limits = [wanted.max_speed_m_s, costmap.speed_limit_at(pose.x_m, pose.y_m)]
        if abs(curvature_1_m) > 1e-3:
            limits.append(sqrt(wanted.lateral_acceleration_m_s2 / abs(curvature_1_m)))
            limits.append(wanted.max_yaw_rad_s / abs(curvature_1_m))
        ahead = self.ahead_m(0.4)
        room_m = float(costmap.clearances_m(ahead).min(initial=wanted.roomy_m))
        share = (room_m - costmap.shape.passing_m) / (wanted.roomy_m - costmap.shape.passing_m)
        narrow = wanted.narrow_speed_m_s
        limits.append(narrow + (wanted.max_speed_m_s - narrow) * max(0.0, min(1.0, share)))
        limits.append(0.05 + sqrt(2.0 * wanted.deceleration_m_s2 * max(0.0, self.left_m)))
        return min(limits)

    def _turning(self, error_rad: float) -> float:
        wanted = self._parameters
        fastest = 0.08 + sqrt(2.0 * wanted.yaw_deceleration_rad_s2 * abs(error_rad)) * 0.8
        return float(np.sign(error_rad)) * min(wanted.max_yaw_rad_s, fastest)


def _local(pose: Pose2D, x_m: float, y_m: float) -> tuple[float, float]:
    """A point of the map in the robot's frame."""
    dx, dy = x_m - pose.x_m, y_m - pose.y_m
    c, s = cos(pose.yaw_rad), sin(pose.yaw_rad)
    return c * dx + s * dy, -s * dx + c * dy
