"""One axis of the fake ODrive: its states, its errors, its watchdog, and what its motor does.

Sources, in Firmware/MotorControl of firmware 0.5.6: axis.cpp (`run_state_machine_loop`, `watchdog_feed`,
`watchdog_check`), main.cpp (`control_loop_cb`, `clear_errors`), encoder.cpp (`run_offset_calibration`,
`set_linear_count`). The source of 0.6 is not public; its "API Reference", `ProcedureResult`, names what a request comes
to. Of the states those are played that a host with wheels asks for; the others are refused as unknown ones are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import tau

from carebot.drivers.fake_controller import TICK_S
from carebot.drivers.motor_model import MotorModel
from carebot.drivers.odrive import dialects
from carebot.drivers.odrive.fake_setpoints import AxisConfig, Setpoints, as_delivered

POLE_PAIRS = 7
_NEARLY_NOTHING_S = 1e-9

_SUCCESS, _BUSY, _CANCELLED, _DISARMED, _INVALID_STATE, _NOT_CALIBRATED = 0, 1, 2, 3, 13, 14

_LASTS_S = {dialects.MOTOR_CALIBRATION: 4.0, dialects.ENCODER_OFFSET_CALIBRATION: 9.0}
_SEQUENCES = {
    dialects.IDLE: (),
    dialects.STARTUP_SEQUENCE: (),
    dialects.FULL_CALIBRATION_SEQUENCE: (dialects.MOTOR_CALIBRATION, dialects.ENCODER_OFFSET_CALIBRATION),
}
_LOCK_S, _SCAN_S = 1.0, 4.0
_SCAN_TURNS_PER_S = 2.0 / POLE_PAIRS
"""The encoder's calibration holds the rotor, then turns it two electrical turns per second forward, and back."""


class Axis:
    """`saved` outlives a reboot; `details` are the errors of motor, encoder and controller that firmware 0.5 tells."""

    def __init__(self, motor: MotorModel, turns_per_rad: float, dialect: Callable[[], dialects.Dialect]) -> None:
        self.motor = motor
        self.saved = AxisConfig()
        self._turns_per_rad = turns_per_rad
        self._dialect = dialect
        self.boot()

    def boot(self) -> None:
        self.config = replace(self.saved)
        self.setpoints = Setpoints(self.config)
        self.state = dialects.IDLE
        self.error = 0
        self.disarm_reason = 0
        self.procedure_result = _SUCCESS
        self.details = {"motor": 0, "encoder": 0, "controller": 0}
        self.is_motor_calibrated = bool(self.config.is_motor_precalibrated)
        self._upcoming: tuple[int, ...] = ()
        self._calibrated_for_s = 0.0
        self._origin_rad = self.motor.position_rad
        self.limit_current()
        self.feed()

    def save(self) -> None:
        self.saved = replace(self.config)

    def erase(self) -> None:
        self.saved = as_delivered()

    # --- what it measures ---------------------------------------------------------------------------------------------

    @property
    def turns(self) -> float:
        return (self.motor.position_rad - self._origin_rad) * self._turns_per_rad

    @property
    def turns_per_s(self) -> float:
        return self.motor.speed_rad_s * self._turns_per_rad

    @property
    def count(self) -> float:
        return self.turns * self.config.counts_per_turn

    def set_linear_count(self, count: int) -> None:
        turns = count / (self.config.counts_per_turn or 1)
        self._origin_rad = self.motor.position_rad - turns / self._turns_per_rad

    @property
    def is_armed(self) -> bool:
        return self.state != dialects.IDLE

    @property
    def torque_constant_nm_a(self) -> float:
        return self.motor.parameters.torque_nm_a / self._gear_ratio

    @property
    def _gear_ratio(self) -> float:
        return self._turns_per_rad * tau

    # --- states -------------------------------------------------------------------------------------------------------

    def request(self, state: float) -> None:
        """A request ends the present state and clears the error of a request that could not be met."""
        if state == dialects.UNDEFINED:
            return
        was_calibrating = self.state in _LASTS_S
        self.state = dialects.IDLE
        self.error &= ~self._dialect().invalid_state_bit
        self.procedure_result = _CANCELLED if was_calibrating else _SUCCESS
        self._upcoming = _SEQUENCES.get(int(state), (int(state),))
        self._go_on()

    def _go_on(self) -> None:
        self.state = dialects.IDLE
        if not self._upcoming:
            return
        state, *upcoming = self._upcoming
        self._upcoming = tuple(upcoming)
        if state != dialects.CLOSED_LOOP_CONTROL and state not in _LASTS_S:
            self._refuse(_INVALID_STATE)
        elif not self._is_calibrated_for(state):
            self._refuse(_NOT_CALIBRATED)
        else:
            self._enter(state)

    def _is_calibrated_for(self, state: int) -> bool:
        if state == dialects.CLOSED_LOOP_CONTROL:
            return self.is_motor_calibrated and self.config.encoder_direction != 0
        return self.is_motor_calibrated or state == dialects.MOTOR_CALIBRATION

    def _refuse(self, result: int) -> None:
        self.error |= self._dialect().invalid_state_bit
        self.procedure_result = result

    def _enter(self, state: int) -> None:
        """Whatever the control mode is. An error that is there already disarms the motor before it can turn."""
        if state == dialects.CLOSED_LOOP_CONTROL:
            self.feed()
        if self.error:
            self.procedure_result = _DISARMED
            return
        self.state, self.disarm_reason = state, 0
        self.procedure_result = _BUSY if state in _LASTS_S else _SUCCESS
        self._calibrated_for_s = 0.0
        if state == dialects.CLOSED_LOOP_CONTROL:
            self.setpoints.start(self.turns)

    def fail(self, bits: int) -> None:
        self.error |= bits
        if self.is_armed:
            self.disarm_reason |= bits
            self.procedure_result = _DISARMED
        self.state = dialects.IDLE

    def clear(self) -> None:
        """The watchdog of one that was not fed first fails again before the next line is read."""
        self.disarm_reason = 0
        self.error = self._dialect().watchdog_bit if self.config.is_watched and self._is_hungry else 0
        self.details = dict.fromkeys(self.details, 0)

    def tick(self) -> None:
        if self.config.is_watched:
            self._watch()
        if self.state == dialects.CLOSED_LOOP_CONTROL:
            self.setpoints.tick()
        elif self.state in _LASTS_S:
            self._calibrate()

    def _calibrate(self) -> None:
        self._calibrated_for_s += TICK_S
        if self._calibrated_for_s < _LASTS_S[self.state]:
            return
        if self.state == dialects.MOTOR_CALIBRATION:
            self.is_motor_calibrated = True
        else:
            self.config.encoder_direction = 1
        self.procedure_result = _SUCCESS
        self._go_on()

    # --- the watchdog -------------------------------------------------------------------------------------------------

    def feed(self) -> None:
        self._fed_for_s = self.config.watchdog_timeout_s

    def _watch(self) -> None:
        self._fed_for_s -= TICK_S
        if self._is_hungry:
            self.fail(self._dialect().watchdog_bit)

    @property
    def _is_hungry(self) -> bool:
        return self._fed_for_s < _NEARLY_NOTHING_S

    # --- what its motor does ------------------------------------------------------------------------------------------

    def set_control_mode(self, mode: float) -> None:
        self.config.control_mode = mode
        self.setpoints.hold(self.turns)

    def limit_current(self) -> None:
        """Let the motor draw what the limits of current and torque allow."""
        config = self.config
        limit_a = max(0.0, min(config.current_limit_a, config.torque_limit_nm / self.torque_constant_nm_a))
        self.motor.parameters = replace(self.motor.parameters, current_limit_a=limit_a)

    @property
    def target_rad_s(self) -> float | None:
        if self.state == dialects.ENCODER_OFFSET_CALIBRATION:
            return self._scan_turns_per_s / self._turns_per_rad
        if self.state != dialects.CLOSED_LOOP_CONTROL:
            return None
        if self.config.control_mode < dialects.VELOCITY_CONTROL:
            return self._target_for_torque_rad_s
        return self.setpoints.wanted_turns_per_s(self.turns) / self._turns_per_rad

    @property
    def _scan_turns_per_s(self) -> float:
        scanned_s = self._calibrated_for_s - _LOCK_S
        if scanned_s < 0:
            return 0.0
        return _SCAN_TURNS_PER_S if scanned_s < _SCAN_S else -_SCAN_TURNS_PER_S

    @property
    def _target_for_torque_rad_s(self) -> float:
        """The speed for which the motor's model makes about this torque, which ends softly at the limit of speed."""
        limit, gain = abs(self.config.vel_limit), self.config.vel_gain
        lowest, highest = gain * (-limit - self.turns_per_s), gain * (limit - self.turns_per_s)
        torque_nm = min(max(self.setpoints.input_torque_nm, lowest), highest) * self._gear_ratio
        motor, speed_rad_s = self.motor.parameters, self.motor.speed_rad_s
        torque_nm -= motor.friction_nm_s * speed_rad_s
        return speed_rad_s + torque_nm * motor.response_s / motor.inertia_kg_m2
