"""Where a charger's marker is, from sightings on the way, and where the robot is before it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin

from carebot.geometry import Pose2D, wrapped_rad

FORGETS = 0.85
"""What is left of a sighting's weight when the next one comes."""
WITHIN_M, WITHIN_RAD, DOUBTS = 0.3, 0.6, 5
"""A sighting further from where the marker was is doubted, but not so many of them in a row."""
REMEMBERS_S = 3.0


@dataclass(frozen=True, slots=True)
class Apart:
    """The robot seen from its place in the charger: what is left to drive, how far left of the axis, how askew."""

    left_m: float
    aside_m: float
    askew_rad: float


def apart_from(robot: Pose2D, marker: Pose2D, contact_m: float) -> Apart:
    """`robot` and `marker` in one frame; the marker's yaw is which way its face looks."""
    heading = wrapped_rad(marker.yaw_rad + pi)
    ahead_x, ahead_y = cos(heading), sin(heading)
    dx, dy = marker.x_m - robot.x_m, marker.y_m - robot.y_m
    left_m = dx * ahead_x + dy * ahead_y - contact_m
    return Apart(left_m, dx * ahead_y - dy * ahead_x, wrapped_rad(robot.yaw_rad - heading))


class MarkerPlace:
    """Where the marker is in the odometry's frame: near sightings count far more, and late ones more than early."""

    def __init__(self) -> None:
        self.count = self._doubted = 0
        self._sums: tuple[float, ...] = (0.0,) * 5

    @property
    def pose(self) -> Pose2D:
        """To be asked only after `count` sightings."""
        weight, x, y, cosine, sine = self._sums
        return Pose2D(x / weight, y / weight, atan2(sine, cosine))

    def take(self, seen: Pose2D, away_m: float) -> bool:
        """One sighting from `away_m` away; False where it is doubted."""
        if self.count and self._is_far(seen):
            self._doubted += 1
            if self._doubted < DOUBTS:
                return False
            self.count, self._sums = 0, (0.0,) * 5
        # The error of a small square's turn grows with the square of its distance, and its weight is one by variance.
        weight = 1.0 / max(0.2, away_m) ** 4
        values = 1.0, seen.x_m, seen.y_m, cos(seen.yaw_rad), sin(seen.yaw_rad)
        self._sums = tuple(FORGETS * old + weight * new for old, new in zip(self._sums, values, strict=True))
        self.count, self._doubted = self.count + 1, 0
        return True

    def _is_far(self, seen: Pose2D) -> bool:
        before = self.pose
        apart_m = hypot(seen.x_m - before.x_m, seen.y_m - before.y_m)
        return apart_m > WITHIN_M or abs(wrapped_rad(seen.yaw_rad - before.yaw_rad)) > WITHIN_RAD


class Trail:
    """Where the robot was lately, by its odometry."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, Pose2D]] = deque()

    def add(self, now_s: float, pose: Pose2D) -> None:
        self._poses.append((now_s, pose))
        while self._poses[0][0] < now_s - REMEMBERS_S:
            self._poses.popleft()

    def at(self, time_s: float) -> Pose2D | None:
        """Between the two moments around it; None before what is remembered."""
        later: tuple[float, Pose2D] | None = None
        for moment in reversed(self._poses):
            if moment[0] <= time_s:
                return moment[1] if later is None else _between(moment, later, time_s)
            later = moment
        return None


def _between(one: tuple[float, Pose2D], other: tuple[float, Pose2D], time_s: float) -> Pose2D:
    share = (time_s - one[0]) / (other[0] - one[0])
    before, after = one[1], other[1]
    yaw_rad = wrapped_rad(before.yaw_rad + share * wrapped_rad(after.yaw_rad - before.yaw_rad))
    x_m, y_m = (a + share * (b - a) for a, b in ((before.x_m, after.x_m), (before.y_m, after.y_m)))
    return Pose2D(x_m, y_m, yaw_rad)
