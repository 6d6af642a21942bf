"""Where the robot is on the map: odometry, corrected by matching the lidar's sweeps with the walls.

The match moves the pose so that what the lidar meets lies on what the map knows (a likelihood field: Thrun, Burgard and
Fox, "Probabilistic Robotics", 6.4), by Gauss-Newton with weights that leave out what the map does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, pi

import numpy as np
from scipy import ndimage

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Flags, Floats, Points
from carebot.navigation.frames import composed, on_map, seen_from
from carebot.navigation.grid_map import FREE, OCCUPIED, GridMap
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
GUESSES, REFINED, FEW_HITS = 4000, 12, 40
SURE_SHARE, SURE_BY = 0.7, 0.08
"""So well a place must fit that was found without any hint, and by so much better than any other."""
ELSEWHERE_M, ELSEWHERE_RAD = 0.5, 0.6
"""Two guesses that differ by more than one of these are two places."""
ROUGHLY_M = 0.2
RAYS, ALONG = 60, (0.2, 0.4, 0.6, 0.75, 0.88)
"""So many rays are looked along, at these parts of their length, for walls that they cannot have passed."""
FORGETS_AFTER = 40
LEAST_SEARCHES = 4
"""So often it guesses anew before it is sure of a place."""
NO_PLACE_FITS = "no place on the map fits what the lidar sees: is it this home's map, at the right scale?"
MANY_FIT = "more than one place on the map fits what the lidar sees: say where it is, or push it a little"
TOO_LITTLE = "the lidar sees too little to tell"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the robot is; `share` (0..1) of what the lidar met lies on the map; `lost`: it does not know any more.

    `doubt` says in words for a caregiver why it cannot tell.
    """

    pose: Pose2D
    share: float
    lost: bool
    doubt: str = ""


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
        self._doubt = ""
        self._candidates: list[tuple[float, Pose2D]] = []
        self._searches = 0

    def place(self, pose: Pose2D) -> None:
        """Somebody says where the robot is."""
        self._pose, self._lost, self._poor_since_s = pose, False, -1.0
        self._doubt, self._candidates, self._searches = "", [], 0

    def place_near(self, pose: Pose2D, sweep: Sweep) -> Fix:
        """Somebody says about where it is; what the lidar sees says exactly, and whether that can be."""
        near = pose
        for _ in range(5):
            near = self._matched(sweep.hits_m, near)
        if not _is_elsewhere(near, pose):
            pose = near
        self.place(pose)
        self._share = self._share_on_map(sweep.hits_m, pose)
        if len(sweep.hits_m) < LEAST_HITS:
            self._doubt = TOO_LITTLE
        elif self._share < FOUND_SHARE:
            self._doubt = f"only {self._share:.0%} of what the lidar meets lies on the map there"
        return Fix(pose, self._share, False, self._doubt)

    def find(self, sweep: Sweep) -> Fix:
        """Look for the robot on the whole map; where it is not sure it stays lost, and goes on looking."""
        self._lost, self._candidates, self._searches = True, [], 0
        if len(sweep.hits_m) < LEAST_HITS:
            self._doubt = TOO_LITTLE
            return Fix(self._pose, self._share, True, self._doubt)
        for _ in range(LEAST_SEARCHES):
            self._search(sweep.hits_m)
        return Fix(self._pose, self._share, self._lost, self._doubt)

    def step(self, odometry: Pose2D, sweep: Sweep | None, now_s: float) -> Fix:
        """Move with the odometry, then correct by the sweep where there is a new one."""
        if self._odometry is not None:
            self._pose = composed(self._pose, seen_from(self._odometry, odometry))
        self._odometry = odometry
        if sweep is not None and len(sweep.hits_m) >= LEAST_HITS:
            self._correct(sweep.hits_m, now_s)
        return Fix(self._pose, self._share, self._lost, self._doubt if self._lost else "")

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
        """Guess poses everywhere on the free floor, and take the best if it fits well and no other fits as well."""
        self._searches += 1
        found = [*self._candidates, *self._refined(hits_m, self._guesses(hits_m))]
        found.sort(key=lambda each: -each[0])
        share, best = found[0]
        rivals = [each for each in found if _is_elsewhere(each[1], best)]
        self._candidates = [found[0], *rivals[:1]]
        rival_share = rivals[0][0] if rivals else 0.0
        self._share = share
        if share < SURE_SHARE:
            self._doubt = NO_PLACE_FITS
        elif share - rival_share < SURE_BY:
            self._doubt = MANY_FIT
        elif self._searches >= LEAST_SEARCHES:
            self.place(best)
        if self._searches >= FORGETS_AFTER:  # it may have been carried on meanwhile
            self._candidates, self._searches = [], 0

    def _guesses(self, hits_m: Points) -> list[Pose2D]:
        """The best of many, by some of the hits."""
        free = np.argwhere(self._grid.cells == FREE)
        cells = free[self._rng.integers(len(free), size=GUESSES)]
        yaws = self._rng.uniform(-pi, pi, GUESSES)
        few = hits_m[:: max(1, len(hits_m) // FEW_HITS)]
        x, y = (cells[:, [1, 0]] + 0.5).T * self._grid.resolution_m + np.array(self._grid.origin_m)[:, None]
        c, s = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
        points = np.stack((x[:, None] + c * few[:, 0] - s * few[:, 1], y[:, None] + s * few[:, 0] + c * few[:, 1]), 2)
        away, _, _, inside = self._field_at(points.reshape(-1, 2))
        shares = (inside & (away < ROUGHLY_M)).reshape(GUESSES, -1).mean(axis=1)
        return [Pose2D(float(x[i]), float(y[i]), float(yaws[i])) for i in np.argsort(-shares)[:REFINED]]

    def _refined(self, hits_m: Points, guesses: list[Pose2D]) -> list[tuple[float, Pose2D]]:
        """Each of them moved to where it fits best, and how well it fits there."""
        found = []
        for pose in guesses:
            for _ in range(4):
                pose = self._matched(hits_m, pose)
            found.append((self._fit(hits_m, pose), pose))
        return found

    def _fit(self, hits_m: Points, pose: Pose2D) -> float:
        """The share of the hits on the map, less the share of rays that would have passed through something."""
        if not self._grid.is_free(pose.x_m, pose.y_m):
            return 0.0
        rays = hits_m[:: max(1, len(hits_m) // RAYS)]
        rows, columns, inside = self._grid.indices_of(on_map(np.concatenate([part * rays for part in ALONG]), pose))
        free = inside.copy()
        free[inside] = self._grid.cells[rows[inside], columns[inside]] == FREE
        walled = ~free.reshape(len(ALONG), -1).all(axis=0)
        return self._share_on_map(hits_m, pose) - float(walled.mean())

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


def _part_way(one: Pose2D, other: Pose2D, share: float) -> Pose2D:
    step = seen_from(one, other)
    return composed(one, Pose2D(share * step.x_m, share * step.y_m, share * step.yaw_rad))


def _is_elsewhere(one: Pose2D, other: Pose2D) -> bool:
    step = seen_from(one, other)
    return hypot(step.x_m, step.y_m) > ELSEWHERE_M or abs(step.yaw_rad) > ELSEWHERE_RAD
