"""How the fake ODrive's axis turns what a host commands into the speed that it wants now.

Source: `Controller::update`, `control_mode_updated` and `Config_t` of Firmware/MotorControl/controller.cpp and .hpp of
firmware 0.5.6. The input modes that no wheel needs (torque ramp, mirror, tuning) pass their inputs through here.
Positions are turns, and speeds turns per second, of the shaft with the encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf, sqrt

from carebot.drivers.fake_controller import TICK_S
from carebot.drivers.odrive import dialects

_STIFFEST_FILTER_PER_S = 0.25 / TICK_S


@dataclass
class AxisConfig:
    """What `ss` saves of an axis: a calibrated one with a limit that suits hub motors, else as the firmware has it."""

    control_mode: float = dialects.POSITION_CONTROL
    input_mode: float = dialects.PASSTHROUGH
    watchdog_timeout_s: float = 0.0
    is_watched: float = False
    pos_gain: float = 20.0
    vel_gain: float = 1 / 6
    vel_integrator_gain: float = 1 / 3
    vel_limit: float = 20.0
    vel_ramp_rate: float = 1.0
    input_filter_bandwidth: float = 2.0
    trap_vel_limit: float = 2.0
    trap_accel_limit: float = 0.5
    trap_decel_limit: float = 0.5
    current_limit_a: float = 10.0
    torque_limit_nm: float = inf
    counts_per_turn: float = 8192
    is_motor_precalibrated: float = True
    encoder_direction: float = 1
    """0 until the encoder was calibrated."""


def as_delivered() -> AxisConfig:
    """What `se` leaves: nothing is calibrated."""
    return AxisConfig(vel_limit=2.0, is_motor_precalibrated=False, encoder_direction=0)


class Setpoints:
    """The inputs that a host sets, and the setpoints that follow them as the input mode wants it."""

    def __init__(self, config: AxisConfig) -> None:
        self.input_turns = 0.0
        self.input_turns_per_s = 0.0
        self.input_torque_nm = 0.0
        self.turns = 0.0
        self.turns_per_s = 0.0
        self.is_trajectory_done = True
        self._config = config

    def start(self, turns: float) -> None:
        """An axis is armed at `turns`; whatever position it was sent to before is forgotten, an input speed is not."""
        self.turns_per_s = 0.0
        self.hold(turns)

    def hold(self, turns: float) -> None:
        """Stay here, where the control mode is one of positions."""
        if self._config.control_mode >= dialects.POSITION_CONTROL:
            self.turns = turns
            self.go_to(turns)

    def go_to(self, turns: float) -> None:
        self.input_turns = turns
        self.is_trajectory_done = False

    def tick(self) -> None:
        mode = self._config.input_mode
        if mode == dialects.VEL_RAMP:
            self._change_speed(self.input_turns_per_s, self._config.vel_ramp_rate)
        elif mode == dialects.POS_FILTER:
            self._filter()
        elif mode == dialects.TRAP_TRAJ:
            self._follow_trajectory()
        elif mode != dialects.INACTIVE:
            self.turns, self.turns_per_s = self.input_turns, self.input_turns_per_s

    def wanted_turns_per_s(self, turns: float) -> float:
        """For an axis that is at `turns`."""
        wanted = self._limited(self.turns_per_s)
        if self._config.control_mode >= dialects.POSITION_CONTROL:
            wanted += self._config.pos_gain * (self.turns - turns)
        return self._limited(wanted)

    def _limited(self, turns_per_s: float) -> float:
        limit = abs(self._config.vel_limit)
        return min(max(turns_per_s, -limit), limit)

    def _change_speed(self, turns_per_s: float, rate: float) -> None:
        most = abs(rate) * TICK_S
        self.turns_per_s += min(max(turns_per_s - self.turns_per_s, -most), most)

    def _filter(self) -> None:
        """A critically damped filter of second order."""
        bandwidth = min(max(self._config.input_filter_bandwidth, 0.0), _STIFFEST_FILTER_PER_S)
        acceleration = bandwidth * bandwidth * (self.input_turns - self.turns)
        acceleration += 2 * bandwidth * (self.input_turns_per_s - self.turns_per_s)
        self.turns_per_s += acceleration * TICK_S
        self.turns += self.turns_per_s * TICK_S

    def _follow_trajectory(self) -> None:
        if self.is_trajectory_done:
            return
        left = self.input_turns - self.turns
        if abs(left) <= abs(self.turns_per_s) * TICK_S or not left:
            self.turns, self.turns_per_s, self.is_trajectory_done = self.input_turns, 0.0, True
            return
        config = self._config
        fastest = min(abs(config.trap_vel_limit), sqrt(2 * abs(config.trap_decel_limit * left)))
        is_braking = fastest < abs(self.turns_per_s)
        # Braking follows the curve to the goal, for which steps of time need a little more than its own rate.
        rate = 1.2 * config.trap_decel_limit if is_braking else config.trap_accel_limit
        self._change_speed(copysign(fastest, left), rate)
        self.turns += self.turns_per_s * TICK_S
