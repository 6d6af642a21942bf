"""Small homes for the tests of navigation, and a robot that does exactly what it wishes."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

import numpy as np

from carebot.geometry import Pose2D, Twist2D
from carebot.navigation.grid_map import FREE, OCCUPIED, GridMap
from carebot.navigation.navigator import Inputs, Navigator, Phase, Progress
from carebot.navigation.obstacles import Sweep

CELL_M = 0.05
STEP_S = 0.05


def two_rooms(door: tuple[float, float] = (1.5, 2.4)) -> GridMap:
    """Two rooms of 3 by 4 m beside each other; in the wall at x = 3 is a door between those two y."""
    cells = np.full((80, 120), FREE, dtype=np.int8)
    cells[[0, -1], :] = cells[:, [0, -1]] = OCCUPIED
    cells[:, 59:61] = OCCUPIED
    cells[round(door[0] / CELL_M) : round(door[1] / CELL_M), 59:61] = FREE
    return GridMap(cells, CELL_M, (0.0, 0.0))


def moved(pose: Pose2D, twist: Twist2D) -> Pose2D:
    """Where a robot is one step later that does exactly what it wishes."""
    ahead_m, yaw = twist.vx_m_s * STEP_S, pose.yaw_rad
    return Pose2D(pose.x_m + ahead_m * cos(yaw), pose.y_m + ahead_m * sin(yaw), yaw + twist.yaw_rad_s * STEP_S)


def box(x_m: float, y_m: float, half_m: float = 0.2) -> np.ndarray:
    """The outline of a box that stands there."""
    along = np.linspace(-half_m, half_m, 9)
    sides = [(x_m + a, y_m + b) for a in along for b in (-half_m, half_m)]
    sides += [(x_m + b, y_m + a) for a in along for b in (-half_m, half_m)]
    return np.array(sides)


class Walked:
    """A robot that moves as it wishes, unless `may_move` forbids it, and sees what stands there."""

    def __init__(self, navigator: Navigator, pose: Pose2D) -> None:
        self.navigator, self.pose = navigator, pose
        self.things = np.empty((0, 2))
        self.may_move: Callable[[], bool] = lambda: True
        self.now_s, self.track, self.phases = 0.0, [pose], []

    def go(self, goal: tuple[float, float], yaw_rad: float | None = None, within_s: float = 120.0) -> Progress:
        """Drive until it arrives or gives up."""
        self.navigator.go(goal, yaw_rad, self.now_s)
        end_s = self.now_s + within_s
        speed_m_s = 0.0
        while self.now_s < end_s:
            progress = self.navigator.step(Inputs(self.pose, speed_m_s, self._sweep()), self.now_s)
            if not self.phases or self.phases[-1] is not progress.phase:
                self.phases.append(progress.phase)
            if progress.phase in (Phase.ARRIVED, Phase.GAVE_UP):
                return progress
            speed_m_s = progress.twist.vx_m_s if self.may_move() else 0.0
            self._move(speed_m_s, progress.twist.yaw_rad_s if self.may_move() else 0.0)
            self.now_s += STEP_S
        raise AssertionError(f"still {progress} after {within_s} s at {self.pose}")

    def _move(self, speed_m_s: float, yaw_rad_s: float) -> None:
        self.pose = moved(self.pose, Twist2D(speed_m_s, 0.0, yaw_rad_s))
        self.track.append(self.pose)

    def _sweep(self) -> Sweep:
        away = self.things - (self.pose.x_m, self.pose.y_m)
        c, s = cos(self.pose.yaw_rad), sin(self.pose.yaw_rad)
        angles = np.linspace(0, 2 * pi, 60, endpoint=False)
        ends = 6.0 * np.column_stack((np.cos(angles), np.sin(angles))) if len(self.things) == 0 else np.empty((0, 2))
        return Sweep(self.now_s, away @ np.array([[c, -s], [s, c]]), ends)
