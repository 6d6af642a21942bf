"""Where the robot is on the map: odometry, corrected by matching the lidar's sweeps with the walls.

The match moves the pose so that what the lidar meets lies on what the map knows (a likelihood field: Thrun, Burgard and
Fox, "Probabilistic Robotics", 6.4), by Gauss-Newton with weights that leave out what the map does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np
from scipy import ndimage

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Flags, Floats, Points
from carebot.navigation.frames import on_map
from carebot.navigation.grid_map import OCCUPIED, GridMap
from carebot.navigation.obstacles import Sweep

WIDTH_M = 0.25
"""What lies further from the map's walls than this hardly pulls."""
ITERATIONS = 6
GAIN = 0.6
"""The share of a match that is taken at once; the next sweep takes the rest."""
LEAST_HITS = 25
ON_MAP_M = 0.12
LOST_SHARE, LOST_AFTER_S, FOUND_SHARE = 0.35, 3.0, 0.6
"""With less than this share of the hits on the map, for so long, the robot does not know where it is."""
GUESSES, REFINED = 4000, 12


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the robot is; `share` (0..1) of what the lidar met lies on the map; `lost`: it does not know any more."""

    pose: Pose2D
    share: float
    lost: bool


class Localiser:
    """Follows the odometry from a pose that is known at first. `odometry` may start anywhere."""

    def __init__(self, grid: GridMap, pose: Pose2D) -> None:
        self._grid = grid
        walls = grid.cells == OCCUPIED
        self._away_m: Floats = np.asarray(ndimage.distance_transform_edt(~walls)) * grid.resolution_m
        smooth = np.asarray(ndimage.gaussian_filter(self._away_m, 0.7))
        self._slope_y, self._slope_x = (
            np.asarray(np.gradient(smooth, grid.resolution_m, axis=axis)) for axis in (0, 1)
        )
        self._pose = pose
        self._odometry: Pose2D | None = None
        self._share, self._poor_since_s, self._lost = 1.0, -1.0, False
        self._rng = np.random.default_rng(0)

    def place(self, pose: Pose2D) -> None:
        """Somebody says where the robot is."""
        self._pose, self._lost, self._poor_since_s = pose, False, -1.0

    def step(self, odometry: Pose2D, sweep: Sweep | None, now_s: float) -> Fix:
        """Move with the odometry, then correct by the sweep where there is a new one."""
        if self._odometry is not None:
            self._pose = _compose(self._pose, _between(self._odometry, odometry))
        self._odometry = odometry
        if sweep is not None and len(sweep.hits_m) >= LEAST_HITS:
            self._correct(sweep.hits_m, now_s)
        return Fix(self._pose, self._share, self._lost)

    def _correct(self, hits_m: Points, now_s: float) -> None:
        if self._lost:
            self._search(hits_m)
            return
        matched = self._matched(hits_m, self._pose)
        self._pose = _part_way(self._pose, matched, GAIN)
        self._share = self._share_on_map(hits_m, self._pose)
        if self._share >= LOST_SHARE:
            self._poor_since_s = -1.0
        elif self._poor_since_s < 0:
            self._poor_since_s = now_s
        self._lost = 0 <= self._poor_since_s < now_s - LOST_AFTER_S

    def _search(self, hits_m: Points) -> None:
        """Guess poses everywhere on the free floor, and take the one that fits if it fits well."""
        free = np.argwhere(self._grid.cells == 0)
        chosen = free[self._rng.integers(len(free), size=GUESSES)]
        yaws = self._rng.uniform(-pi, pi, GUESSES)
        few = hits_m[:: max(1, len(hits_m) // 40)]
        guesses = [Pose2D(*self._grid.middle_of(*cell), yaw) for cell, yaw in zip(chosen.tolist(), yaws, strict=True)]
        best = sorted(guesses, key=lambda guess: -self._share_on_map(few, guess))[:REFINED]
        for guess in best:
            pose = guess
            for _ in range(4):
                pose = self._matched(hits_m, pose)
            share = self._share_on_map(hits_m, pose)
            if share > max(FOUND_SHARE, self._share):
                self._pose, self._share = pose, share
        if self._share > FOUND_SHARE:
            self.place(self._pose)

    def _matched(self, hits_m: Points, pose: Pose2D) -> Pose2D:
        for _ in range(ITERATIONS):
            points = on_map(hits_m, pose)
            away, slope_x, slope_y, inside = self._field_at(points)
            weight = np.where(inside, np.exp(-0.5 * (away / WIDTH_M * 2) ** 2), 0.0)
            lever_x, lever_y = -(points[:, 1] - pose.y_m), points[:, 0] - pose.x_m
            jacobian = np.column_stack((slope_x, slope_y, slope_x * lever_x + slope_y * lever_y))
            normal = (jacobian * weight[:, None]).T @ jacobian + np.diag((1.0, 1.0, 1.0))
            step = -np.linalg.solve(normal, (jacobian * weight[:, None]).T @ away)
            pose = Pose2D(pose.x_m + float(step[0]), pose.y_m + float(step[1]), pose.yaw_rad + float(step[2]))
        return pose

    def _field_at(self, points: Points) -> tuple[Floats, Floats, Floats, Flags]:
        rows, columns, inside = self._grid.indices_of(points)
        rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
        return self._away_m[rows, columns], self._slope_x[rows, columns], self._slope_y[rows, columns], inside

    def _share_on_map(self, hits_m: Points, pose: Pose2D) -> float:
        away, _, _, inside = self._field_at(on_map(hits_m, pose))
        return float(np.mean(inside & (away < ON_MAP_M)))


def _compose(pose: Pose2D, step: Pose2D) -> Pose2D:
    c, s = cos(pose.yaw_rad), sin(pose.yaw_rad)
    x, y = pose.x_m + c * step.x_m - s * step.y_m, pose.y_m + s * step.x_m + c * step.y_m
    return Pose2D(x, y, (pose.yaw_rad + step.yaw_rad + pi) % (2 * pi) - pi)


def _between(one: Pose2D, other: Pose2D) -> Pose2D:
    dx, dy = other.x_m - one.x_m, other.y_m - one.y_m
    c, s = cos(one.yaw_rad), sin(one.yaw_rad)
    return Pose2D(c * dx + s * dy, -s * dx + c * dy, (other.yaw_rad - one.yaw_rad + pi) % (2 * pi) - pi)


def _part_way(one: Pose2D, other: Pose2D, share: float) -> Pose2D:
    step = _between(one, other)
    return _compose(one, Pose2D(share * step.x_m, share * step.y_m, share * step.yaw_rad))
