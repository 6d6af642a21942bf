"""Decides in every period what the wheels do. Silence means stop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from carebot.drive.kinematics import Kinematics
from carebot.drive.limits import Limiter
from carebot.drive.odometry import Odometry, OdometryParameters, WheelOdometry
from carebot.geometry import Twist2D
from carebot.robot import MotionLimits

COMMAND_LIFETIME_S = 0.25
FUTURE_TOLERANCE_S = 0.05
"""Clocks of one machine agree; a stamp further ahead would let a command outlive its time."""
TELEMETRY_LIFETIME_S = 0.25
LONGEST_PAUSE_S = 0.2
"""A loop that hung for longer was stopped by the controller's watchdog: it starts again as after a reconnect."""

_SILENCE = "command"


class Complaint(Protocol):
    """A fault as the controller tells it."""

    @property
    def code(self) -> str: ...
    @property
    def text(self) -> str: ...


class WheelTelemetry(Protocol):
    """What this room needs to know of the motors; wheels in the robot's order."""

    @property
    def stamp_s(self) -> float: ...
    @property
    def positions_rad(self) -> Sequence[float]: ...
    @property
    def speeds_rad_s(self) -> Sequence[float]: ...
    @property
    def faults(self) -> Sequence[Complaint]: ...
    @property
    def estop(self) -> bool: ...
    @property
    def watchdog_tripped(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Command:
    """A wish to move; `stamp_s` is when it was made, on the clock that the loop is given."""

    twist: Twist2D
    stamp_s: float


@dataclass(frozen=True, slots=True)
class WheelSpeeds:
    """Turn the wheels so; `twist` is what that makes. `waiting_for` says why it is less than was wished."""

    rad_s: tuple[float, ...]
    twist: Twist2D
    waiting_for: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing may move, and why."""

    code: str
    reason: str


class DriveLoop:
    """One robot's drive; `step` it once in every period, with the newest command and what telemetry has come."""

    def __init__(
        self, kinematics: Kinematics, limits: MotionLimits, odometry_parameters: OdometryParameters | None = None
    ) -> None:
        self._kinematics = kinematics
        self._limiter = Limiter(kinematics, limits)
        self._wheels = WheelOdometry(kinematics, odometry_parameters)
        self._telemetry: WheelTelemetry | None = None
        self._stepped_s: float | None = None
        self._not_before_s = -math.inf
        self._seen: Command | None = None
        self.odometry: Odometry | None = None
        self.refused_commands = 0
        """How many commands were of no use when they came: too old, from the future, not finite."""

    @property
    def jumps(self) -> int:
        """How often wheel angles jumped."""
        return self._wheels.jumps

    def reconnected(self, now_s: float) -> None:
        """The controller was connected anew: it counts from zero, and only commands made from now on are followed."""
        self.armed(now_s)
        self._telemetry = None
        self._wheels.rebase()

    def armed(self, now_s: float) -> None:
        """The motors stood or had no power: only commands made from now on are followed, from standstill."""
        self._not_before_s = max(self._not_before_s, now_s)
        self._limiter.reset()

    def step(
        self, command: Command | None, telemetry: WheelTelemetry | None, now_s: float, is_halted: bool = False
    ) -> WheelSpeeds | Stop:
        """What to do now; `telemetry` is None where nothing new has come, `is_halted` while an emergency stop holds.

        An emergency stop, a fault or silence of the controller is a `Stop`: zero at once, and every command up to then
        is void. A command that ran out is zero at once too: whoever should command has died or hangs, and the time that
        braking at the limit takes was used up waiting.
        """
        duration_s = 0.0 if self._stepped_s is None else now_s - self._stepped_s
        self._stepped_s = now_s
        if duration_s > LONGEST_PAUSE_S:
            self.armed(now_s)
        if telemetry is not None:
            self._take(telemetry)
        stop = self._reason_to_stop(now_s, is_halted)
        if stop is not None:
            self._not_before_s = max(self._not_before_s, now_s)
            self._limiter.reset()
            return stop
        twist, waiting_for = self._wanted(command, now_s)
        if waiting_for == _SILENCE:
            self._limiter.reset()
        driven = self._limiter.step(twist, duration_s)
        return WheelSpeeds(self._kinematics.wheel_speeds(driven), driven, waiting_for)

    def _take(self, telemetry: WheelTelemetry) -> None:
        if telemetry.watchdog_tripped and not (self._telemetry and self._telemetry.watchdog_tripped):
            self._limiter.reset()  # the wheels stand, whatever was being driven
        self._telemetry = telemetry
        self.odometry = self._wheels.step(telemetry.positions_rad, telemetry.speeds_rad_s, telemetry.stamp_s)

    def _reason_to_stop(self, now_s: float, is_halted: bool) -> Stop | None:
        telemetry = self._telemetry
        if is_halted:
            return Stop("emergency_stop", "The emergency stop is latched: look at the robot, then reset it.")
        if telemetry is None:
            return Stop("no_telemetry", "The motor controller has told nothing yet.")
        age_s = now_s - telemetry.stamp_s
        if not age_s <= TELEMETRY_LIFETIME_S:
            return Stop("silent", f"The motor controller has been silent for {age_s:.2f} s.")
        if telemetry.estop:
            return Stop("estop", "The emergency stop is pressed.")
        if telemetry.faults:
            fault = telemetry.faults[0]
            return Stop(f"fault_{fault.code}", f"The motor controller complains: {fault.text}.")
        return None

    def _wanted(self, command: Command | None, now_s: float) -> tuple[Twist2D, str]:
        """The twist to go for, and why it is zero where it is not the command's."""
        if command is None:
            return Twist2D(), _SILENCE
        refusal = self._refusal(command, now_s)
        is_new, self._seen = command is not self._seen, command
        self.refused_commands += bool(refusal and is_new)
        return (Twist2D(), refusal) if refusal else (command.twist, "")

    def _refusal(self, command: Command, now_s: float) -> str:
        """What is waited for in its place; empty where the command counts."""
        twist = command.twist
        if not all(map(math.isfinite, (twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s, command.stamp_s))):
            return "finite command"
        if command.stamp_s > now_s + FUTURE_TOLERANCE_S:
            return "command of the present"
        if now_s - command.stamp_s > COMMAND_LIFETIME_S:
            return _SILENCE
        if command.stamp_s <= self._not_before_s:
            return "new command"
        return ""
