"""Where the robot has come to, by its wheels, and how far that can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.drive.kinematics import Kinematics
from carebot.geometry import Pose2D, Twist2D

Matrix = NDArray[np.float64]

_STRAIGHT_RAD = 1e-6
_LONGEST_GAP_S = 0.5


@dataclass(frozen=True, slots=True)
class OdometryParameters:
    """How much wheels mislead; variances grow in proportion to the way, so that steps of any size give the same.

    The defaults are those of a small robot on a hard floor: about 2 cm and 1.7° after a metre.
    """

    along_m2_per_m: float = 4e-4
    across_m2_per_m: float = 4e-4
    turn_rad2_per_m: float = 9e-4
    turn_rad2_per_rad: float = 4e-3
    max_wheel_rad_s: float = 40.0
    """A wheel that seems to turn faster than this did not: its controller restarted, or its counter jumped."""
    unseen_s: float = 0.5
    """How long the robot may have gone on, at its last speed, while nobody was counting."""


@dataclass(frozen=True, slots=True)
class Odometry:
    """Pose and its covariance (x, y, yaw) in the frame `odom`; the twist and its covariance in the robot's own."""

    stamp_s: float
    pose: Pose2D
    pose_covariance: Matrix
    twist: Twist2D
    twist_covariance: Matrix


class WheelOdometry:
    """Adds up wheel angles. Each step is an exact arc: the motion is the one that a constant twist would make."""

    def __init__(self, kinematics: Kinematics, parameters: OdometryParameters | None = None) -> None:
        self._kinematics = kinematics
        self._p = parameters or OdometryParameters()
        self._angles_rad: tuple[float, ...] | None = None
        self._pose = Pose2D()
        self._covariance: Matrix = np.zeros((3, 3))
        self._twist = Twist2D()
        self._stamp_s: float | None = None
        self.jumps = 0
        """How often wheel angles jumped and were not believed."""

    def rebase(self) -> None:
        """Wheel angles start anew, after a lost connection: the robot may have gone a little further unseen."""
        if self._angles_rad is None:
            return
        self._angles_rad = None
        unseen_m = math.hypot(self._twist.vx_m_s, self._twist.vy_m_s) * self._p.unseen_s
        unseen_rad = self._twist.yaw_rad_s * self._p.unseen_s
        self._covariance = self._covariance + np.diag([unseen_m**2, unseen_m**2, unseen_rad**2])
        self._twist = Twist2D()

    def step(self, angles_rad: Sequence[float], speeds_rad_s: Sequence[float], stamp_s: float) -> Odometry:
        """Take the wheels' angles and speeds as measured at `stamp_s`; raises ValueError for a wrong number of them."""
        twist = self._kinematics.twist(speeds_rad_s)
        if not all(map(math.isfinite, (*angles_rad, *speeds_rad_s, stamp_s))):
            self.jumps += 1
            return self._state(self._stamp_s or 0.0)
        if self._jumped(angles_rad, stamp_s):
            self.jumps += 1
            self.rebase()
        if self._angles_rad is not None:
            turned = [now - before for now, before in zip(angles_rad, self._angles_rad, strict=True)]
            self._move(self._kinematics.twist(turned))
        self._angles_rad, self._stamp_s, self._twist = tuple(angles_rad), stamp_s, twist
        return self._state(stamp_s)

    def _jumped(self, angles_rad: Sequence[float], stamp_s: float) -> bool:
        if self._angles_rad is None or self._stamp_s is None:
            return False
        gap_s = min(max(stamp_s - self._stamp_s, 0.0), _LONGEST_GAP_S)
        farthest = max(abs(now - before) for now, before in zip(angles_rad, self._angles_rad, strict=True))
        # Telemetry comes in bursts after a delay, so that a short gap may hold the way of a longer one.
        return farthest > self._p.max_wheel_rad_s * (gap_s + 0.1)

    def _move(self, motion: Twist2D) -> None:
        """`motion` is in m and rad, in the robot's frame at its beginning."""
        x_m, y_m = _arc(motion)
        heading = self._pose.yaw_rad
        across, along = math.sin(heading), math.cos(heading)
        step_x, step_y = along * x_m - across * y_m, across * x_m + along * y_m
        self._grow(step_x, step_y, motion)
        yaw_rad = math.remainder(heading + motion.yaw_rad_s, math.tau)
        self._pose = Pose2D(self._pose.x_m + step_x, self._pose.y_m + step_y, yaw_rad)

    def _grow(self, step_x_m: float, step_y_m: float, motion: Twist2D) -> None:
        """Carry the covariance on: what the heading's error does to the step, and the step's own errors."""
        p = self._p
        way_m, turn_rad = math.hypot(motion.vx_m_s, motion.vy_m_s), abs(motion.yaw_rad_s)
        carried = np.array([[1.0, 0.0, -step_y_m], [0.0, 1.0, step_x_m], [0.0, 0.0, 1.0]])
        own = np.diag(
            [
                p.along_m2_per_m * way_m,
                p.across_m2_per_m * way_m,
                p.turn_rad2_per_m * way_m + p.turn_rad2_per_rad * turn_rad,
            ]
        )
        middle = self._pose.yaw_rad + motion.yaw_rad_s / 2
        turned = np.array(
            [[math.cos(middle), -math.sin(middle), 0.0], [math.sin(middle), math.cos(middle), 0.0], [0.0, 0.0, 1.0]]
        )
        self._covariance = carried @ self._covariance @ carried.T + turned @ own @ turned.T

    def _state(self, stamp_s: float) -> Odometry:
        p, twist = self._p, self._twist
        speed = math.hypot(twist.vx_m_s, twist.vy_m_s)
        yaw = p.turn_rad2_per_m * speed + p.turn_rad2_per_rad * abs(twist.yaw_rad_s)
        noise = np.diag([1e-6 + p.along_m2_per_m * speed, 1e-6 + p.across_m2_per_m * speed, 1e-6 + yaw])
        return Odometry(stamp_s, self._pose, self._covariance.copy(), twist, noise)


def _arc(motion: Twist2D) -> tuple[float, float]:
    """Where a constant twist leads: the exponential map of SE(2)."""
    turn = motion.yaw_rad_s
    if abs(turn) < _STRAIGHT_RAD:
        sine, cosine = 1.0 - turn * turn / 6, turn / 2
    else:
        sine, cosine = math.sin(turn) / turn, (1 - math.cos(turn)) / turn
    return sine * motion.vx_m_s - cosine * motion.vy_m_s, cosine * motion.vx_m_s + sine * motion.vy_m_s
