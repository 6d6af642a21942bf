"""A geared direct-current motor with a wheel, enough to make a fake controller behave: inertia, limits, stall."""

from __future__ import annotations

from dataclasses import dataclass

_STEP_S = 0.001


@dataclass(frozen=True, slots=True)
class MotorParameters:
    """Everything at the wheel's shaft. The defaults are of a small indoor robot on 24 V."""

    inertia_kg_m2: float = 0.02
    torque_nm_a: float = 0.6
    """Torque for each ampere; the same number is the back-EMF in volts for each rad/s."""
    resistance_ohm: float = 0.8
    friction_nm_s: float = 0.02
    current_limit_a: float = 10.0
    response_s: float = 0.02
    """How soon the controller's speed loop would reach a new speed if current and voltage were no limit."""


class MotorModel:
    """One motor under an ideal speed loop; `position_rad`, `speed_rad_s` and `current_a` are its true state."""

    def __init__(self, parameters: MotorParameters | None = None) -> None:
        self.parameters = parameters or MotorParameters()
        self.position_rad = 0.0
        self.speed_rad_s = 0.0
        self.current_a = 0.0
        self.is_stalled = False
        """Something holds the wheel: it stands still however much current flows."""

    def step(self, target_rad_s: float | None, duration_s: float, supply_v: float = 24.0) -> None:
        """Let `duration_s` pass with the speed loop at `target_rad_s`; None means without power, rolling out."""
        while duration_s > 1e-9:
            step_s = min(_STEP_S, duration_s)
            self._step(target_rad_s, step_s, supply_v)
            duration_s -= step_s

    def _step(self, target_rad_s: float | None, step_s: float, supply_v: float) -> None:
        motor = self.parameters
        self.current_a = 0.0 if target_rad_s is None else self._current_for(target_rad_s, supply_v)
        if self.is_stalled:
            self.speed_rad_s = 0.0
            return
        torque_nm = motor.torque_nm_a * self.current_a - motor.friction_nm_s * self.speed_rad_s
        self.speed_rad_s += torque_nm / motor.inertia_kg_m2 * step_s
        self.position_rad += self.speed_rad_s * step_s

    def _current_for(self, target_rad_s: float, supply_v: float) -> float:
        """What the speed loop asks for, held within what the driver's limit and the supply's voltage allow."""
        motor = self.parameters
        acceleration = (target_rad_s - self.speed_rad_s) / motor.response_s
        wanted_a = (motor.inertia_kg_m2 * acceleration + motor.friction_nm_s * self.speed_rad_s) / motor.torque_nm_a
        back_emf_v = motor.torque_nm_a * self.speed_rad_s
        lowest_a = max(-motor.current_limit_a, (-supply_v - back_emf_v) / motor.resistance_ohm)
        highest_a = min(motor.current_limit_a, (supply_v - back_emf_v) / motor.resistance_ohm)
        return min(max(wanted_a, lowest_a), highest_a)
