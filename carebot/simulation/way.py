"""How a person drives a robot by hand from place to place; on poses and wishes alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, hypot

from carebot.geometry import Pose2D, Twist2D, wrapped_rad

SPEED_M_S, TURN_RAD_S = 0.5, 0.8
NEAR_M = 0.15
AIMED_RAD, FACING_RAD = 0.25, 0.1
AT_END_M, AT_END_RAD = 0.3, 0.2
"""A robot this near to the end of its way is there; it rolls on a little when the wishes end."""


@dataclass(slots=True)
class Way:
    """What a person who drives does to come to each place in turn, and to face `facing_rad` at the last."""

    places: tuple[tuple[float, float], ...]
    facing_rad: float | None = None
    reached: int = 0
    ended: bool = False

    def wish(self, pose: Pose2D) -> Twist2D:
        """Turn towards the next place, then drive there; stand at the last."""
        if self.reached < len(self.places) and self._distance_m(pose) < NEAR_M:
            self.reached += 1
        if self.reached < len(self.places):
            return self._approach(pose)
        error = 0.0 if self.facing_rad is None else wrapped_rad(self.facing_rad - pose.yaw_rad)
        self.ended = self.ended or abs(error) < FACING_RAD
        return Twist2D() if self.ended else Twist2D(yaw_rad_s=_turning(error))

    def is_end(self, pose: Pose2D) -> bool:
        """Whether a robot there has come to the end, whoever drove it and however; without places it always has."""
        if self.places and hypot(self.places[-1][0] - pose.x_m, self.places[-1][1] - pose.y_m) > AT_END_M:
            return False
        return self.facing_rad is None or abs(wrapped_rad(self.facing_rad - pose.yaw_rad)) < AT_END_RAD

    def _approach(self, pose: Pose2D) -> Twist2D:
        x, y = self.places[self.reached]
        error = wrapped_rad(atan2(y - pose.y_m, x - pose.x_m) - pose.yaw_rad)
        if abs(error) > AIMED_RAD:
            return Twist2D(yaw_rad_s=_turning(error))
        return Twist2D(min(SPEED_M_S, 0.1 + 0.9 * self._distance_m(pose)), 0.0, _turning(error))

    def _distance_m(self, pose: Pose2D) -> float:
        x, y = self.places[self.reached]
        return hypot(x - pose.x_m, y - pose.y_m)


def _turning(error_rad: float) -> float:
    return max(-TURN_RAD_S, min(TURN_RAD_S, 1.8 * error_rad))
