"""Out of the charger, straight back."""

from __future__ import annotations

from math import hypot

from carebot.geometry import Pose2D, Twist2D, wrapped_rad
from carebot.navigation.navigator import STILL, Phase, Progress

MOVED_M, MOVED_RAD = 0.01, 0.03


class Standstill:
    """Since when the robot has not moved, as far as its wheels tell."""

    def __init__(self, pose: Pose2D, now_s: float) -> None:
        self._pose, self._since_s = pose, now_s

    def lasts_s(self, pose: Pose2D, now_s: float) -> float:
        moved_m = hypot(pose.x_m - self._pose.x_m, pose.y_m - self._pose.y_m)
        if moved_m > MOVED_M or abs(wrapped_rad(pose.yaw_rad - self._pose.yaw_rad)) > MOVED_RAD:
            self._pose, self._since_s = pose, now_s
        return now_s - self._since_s


class Undocking:
    """Out of the charger, straight back, before anything else; ask `step` at 20 Hz."""

    BACK_M, ENOUGH_M, PATIENCE_S, SPEED_M_S = 0.5, 0.25, 10.0, 0.1
    """How far it backs out; with how much it is content where something stands behind it, after so long."""

    def __init__(self, odometry: Pose2D, now_s: float) -> None:
        self._from, self._still = odometry, Standstill(odometry, now_s)

    def step(self, odometry: Pose2D, now_s: float) -> Progress:
        """The phase is ARRIVED once it is out, GAVE_UP where it does not get out, UNDOCKING until then."""
        backed_m = hypot(odometry.x_m - self._from.x_m, odometry.y_m - self._from.y_m)
        is_stuck = self._still.lasts_s(odometry, now_s) > self.PATIENCE_S
        if backed_m >= self.BACK_M or (is_stuck and backed_m >= self.ENOUGH_M):
            return Progress(STILL, Phase.ARRIVED)
        if is_stuck:
            return self._ended(Phase.GAVE_UP, "something stands behind the robot: it cannot leave its charger")
        error = wrapped_rad(self._from.yaw_rad - odometry.yaw_rad)
        twist = Twist2D(-self.SPEED_M_S, yaw_rad_s=max(-0.2, min(0.2, error)))
        return Progress(twist, Phase.UNDOCKING, self.BACK_M - backed_m)

    @staticmethod
    def _ended(phase: Phase, reason: str) -> Progress:
        return Progress(STILL, phase, 0.0, reason)
