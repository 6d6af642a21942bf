"""From the twist that is wanted to the one that may be driven now.

Where the robot is slowed its path keeps its shape: all parts of a twist are scaled alike. Speeding up is limited in
acceleration and jerk. Braking never waits: it is limited by the full deceleration alone, of moving or of turning,
whichever needs longer from here. So a stop takes max(speed / deceleration, yaw / yaw_deceleration).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from carebot.drive.kinematics import Kinematics
from carebot.geometry import Twist2D
from carebot.robot import MotionLimits

LONGEST_STEP_S = 0.1
"""After a pause of the loop the speed goes on from where it was, instead of jumping ahead."""

_ALIKE = 1e-9


@dataclass(slots=True)
class _Axis:
    """Moving or turning: a velocity (complex: x and y) that goes towards a goal."""

    acceleration: float
    deceleration: float
    jerk: float
    now: complex = 0.0
    goal: complex = 0.0
    gained: float = 0.0
    """The acceleration of the last step while speeding up."""

    @property
    def brakes(self) -> bool:
        return abs(self.goal) < abs(self.now)

    @property
    def stays(self) -> bool:
        return self.goal == self.now

    def aim(self, goal: complex) -> None:
        """Set the goal; what has to turn round stops first."""
        turns_round = (goal * self.now.conjugate()).real < 0
        self.goal = 0.0 if turns_round else goal

    def fraction(self, duration_s: float) -> float:
        """Which part of the way to the goal one step may go."""
        way = abs(self.goal - self.now)
        if way == 0:
            return 1.0
        if self.brakes:
            return min(1.0, self.deceleration * duration_s / way)
        rate = min(self.acceleration, self.gained + self.jerk * duration_s, math.sqrt(2 * self.jerk * way))
        return min(1.0, rate * duration_s / way)

    def move(self, fraction: float, duration_s: float) -> None:
        before, speeds_up = self.now, not (self.brakes or self.stays)
        self.now = self.goal if fraction >= 1.0 else self.now + (self.goal - self.now) * fraction
        self.gained = abs(self.now - before) / duration_s if speeds_up and duration_s > 0 else 0.0


class Limiter:
    """Keeps the twist that is driven now, and moves it towards the wanted one within the limits."""

    def __init__(self, kinematics: Kinematics, limits: MotionLimits) -> None:
        self._kinematics = kinematics
        self._limits = limits
        self._move = _Axis(limits.acceleration_m_s2, limits.deceleration_m_s2, limits.jerk_m_s3)
        self._turn = _Axis(limits.yaw_acceleration_rad_s2, limits.yaw_deceleration_rad_s2, limits.yaw_jerk_rad_s3)

    @property
    def twist(self) -> Twist2D:
        return Twist2D(self._move.now.real, self._move.now.imag, self._turn.now.real)

    def reset(self) -> None:
        """The wheels were stopped by something else: start again from standstill."""
        for axis in (self._move, self._turn):
            axis.now, axis.gained = 0.0, 0.0

    def allowed(self, wanted: Twist2D) -> Twist2D:
        """The twist, slowed as a whole to what limits and wheels allow; raises ValueError if it is not finite."""
        if not all(map(math.isfinite, (wanted.vx_m_s, wanted.vy_m_s, wanted.yaw_rad_s))):
            raise ValueError(f"a twist must be finite, not {wanted}")
        twist = self._kinematics.feasible(wanted)
        limits = self._limits
        pairs = (
            (math.hypot(twist.vx_m_s, twist.vy_m_s), limits.max_speed_m_s),
            (abs(twist.yaw_rad_s), limits.max_yaw_rad_s),
            (self._fastest_wheel(twist), limits.max_wheel_rad_s),
        )
        return twist.scaled(min(1.0, *(limit / value for value, limit in pairs if value > limit), 1.0))

    def step(self, wanted: Twist2D, duration_s: float) -> Twist2D:
        """Let `duration_s` pass on the way to `wanted`; returns the twist to drive now."""
        duration_s = min(max(duration_s, 0.0), LONGEST_STEP_S)
        goal = self.allowed(wanted)
        move, turn = self._move, self._turn
        move.aim(complex(goal.vx_m_s, goal.vy_m_s))
        turn.aim(complex(goal.yaw_rad_s))
        move_fraction, turn_fraction = move.fraction(duration_s), turn.fraction(duration_s)
        if self._go_together():
            move_fraction = turn_fraction = min(move_fraction, turn_fraction)
        for axis, fraction in self._braking_first(move_fraction, turn_fraction):
            axis.move(fraction if axis.brakes else self._that_wheels_can(axis, fraction), duration_s)
        return self.twist

    def _go_together(self) -> bool:
        """Whether the path keeps its shape on the way: both speed up, or both slow down in proportion."""
        move, turn = self._move, self._turn
        if move.stays or turn.stays:
            return False
        if not (move.brakes or turn.brakes):
            return True
        slant = abs(move.now * turn.goal - move.goal * turn.now)
        return move.brakes and turn.brakes and slant <= _ALIKE * abs(move.now) * abs(turn.now)

    def _braking_first(self, move_fraction: float, turn_fraction: float) -> list[tuple[_Axis, float]]:
        both = [(self._move, move_fraction), (self._turn, turn_fraction)]
        return sorted(both, key=lambda pair: not pair[0].brakes)

    def _that_wheels_can(self, axis: _Axis, fraction: float) -> float:
        """Less of the way where a wheel would have to turn too fast, because the other axis is still braking."""
        before = axis.now
        most = self._limits.max_wheel_rad_s * (1 + _ALIKE)
        standing = self._kinematics.wheel_speeds(self.twist)
        axis.now = before + (axis.goal - before) * fraction
        moving = self._kinematics.wheel_speeds(self.twist)
        axis.now = before
        shares = [
            max(0.0, (math.copysign(most, after) - now) / (after - now))
            for now, after in zip(standing, moving, strict=True)
            if abs(after) > most and after != now
        ]
        return fraction * min(1.0, *shares, 1.0)

    def _fastest_wheel(self, twist: Twist2D) -> float:
        return max(map(abs, self._kinematics.wheel_speeds(twist)))
