"""Twists and wheel speeds of differential, skid-steered and mecanum bases, in REP-103's axes.

The formulas are the usual ones of wheels that roll without slipping; for mecanum those of Muir and Neuman (1987) with
rollers at 45° that form an X when seen from above. Skid steering turns less than its wheels say, as if its track were
wider by `slip_correction` (Mandow et al. 2007, "Experimental kinematics for wheeled skid-steer mobile robots").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carebot.geometry import Twist2D
from carebot.robot import Base

Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Kinematics:
    """`rows` gives each wheel's rim speed for vx, vy (in m/s) and yaw (in rad/s); motors in the robot's order.

    The columns are at right angles to each other, so that the way back is exact and, for wheels that contradict each
    other, the least-squares compromise.
    """

    wheel_radius_m: float
    rows: tuple[Row, ...]

    @property
    def can_slide(self) -> bool:
        """Whether the base can move sideways."""
        return any(row[1] for row in self.rows)

    def feasible(self, twist: Twist2D) -> Twist2D:
        """The part of the twist that this base can do."""
        return twist if self.can_slide else Twist2D(twist.vx_m_s, 0.0, twist.yaw_rad_s)

    def wheel_speeds(self, twist: Twist2D) -> tuple[float, ...]:
        """Wheel speeds in rad/s."""
        x, y, yaw = twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s
        return tuple((row[0] * x + row[1] * y + row[2] * yaw) / self.wheel_radius_m + 0.0 for row in self.rows)

    def twist(self, rad_s: Sequence[float]) -> Twist2D:
        """The twist of these wheel speeds; of wheel angles in rad, the small motion in m and rad."""
        if len(rad_s) != len(self.rows):
            raise ValueError(f"{len(rad_s)} wheels for a base with {len(self.rows)}")
        return Twist2D(*(self._along(column, rad_s) for column in range(3)))

    def _along(self, column: int, rad_s: Sequence[float]) -> float:
        weight = sum(row[column] ** 2 for row in self.rows)
        if not weight:
            return 0.0
        rims = (row[column] * speed for row, speed in zip(self.rows, rad_s, strict=True))
        return self.wheel_radius_m * sum(rims) / weight


def differential(wheel_radius_m: float, track_width_m: float) -> Kinematics:
    """Left, right."""
    half_m = track_width_m / 2
    return Kinematics(wheel_radius_m, ((1.0, 0.0, -half_m), (1.0, 0.0, half_m)))


def skid_steer(wheel_radius_m: float, track_width_m: float, slip_correction: float, motors: int = 4) -> Kinematics:
    """Left and right, or front left, front right, rear left, rear right."""
    pair = differential(wheel_radius_m, track_width_m * slip_correction).rows
    return Kinematics(wheel_radius_m, pair * (motors // 2))


def mecanum(wheel_radius_m: float, track_width_m: float, wheel_base_m: float) -> Kinematics:
    """Front left, front right, rear left, rear right."""
    reach_m = (track_width_m + wheel_base_m) / 2
    rows = ((1.0, -1.0, -reach_m), (1.0, 1.0, reach_m), (1.0, 1.0, -reach_m), (1.0, -1.0, reach_m))
    return Kinematics(wheel_radius_m, rows)


def kinematics_of(base: Base) -> Kinematics:
    """Those of a robot file's base."""
    if base.kinematics == "mecanum":
        return mecanum(base.wheel_radius_m, base.track_width_m, base.wheel_base_m or 0.0)
    if base.kinematics == "skid_steer":
        return skid_steer(base.wheel_radius_m, base.track_width_m, base.slip_correction, base.motor_count)
    return differential(base.wheel_radius_m, base.track_width_m)
