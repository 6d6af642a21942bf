"""The motor of a fake VESC: driven by speed, by current or by duty, as a command says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from carebot.drivers.motor_model import MotorModel

_OUT_OF_REACH_RAD_S = 1e9


@dataclass(frozen=True, slots=True)
class Demand:
    """What the motor is driven by: a current, else a duty, else a speed; `most_a` limits the current of all three."""

    speed_rad_s: float = 0.0
    current_a: float | None = None
    duty: float | None = None
    most_a: float = math.inf


class VescMotor(MotorModel):
    """A motor that takes a `Demand` in place of the speed that `step` is told; without power it needs none."""

    def __init__(self) -> None:
        super().__init__()
        self.demand = Demand()

    def _current_for(self, target_rad_s: float, supply_v: float) -> float:
        demand, motor = self.demand, self.parameters
        if demand.current_a is not None:
            wanted_a = demand.current_a
        elif demand.duty is not None:
            wanted_a = (demand.duty * supply_v - motor.torque_nm_a * self.speed_rad_s) / motor.resistance_ohm
        else:
            wanted_a = super()._current_for(target_rad_s, supply_v)
        lowest_a = max(-demand.most_a, super()._current_for(-_OUT_OF_REACH_RAD_S, supply_v))
        highest_a = min(demand.most_a, super()._current_for(_OUT_OF_REACH_RAD_S, supply_v))
        return min(max(wanted_a, lowest_a), highest_a)


def duty_of(motor: MotorModel, supply_v: float) -> float:
    """The part of the supply's voltage that is on the motor now, signed like its direction; -1 to 1.

    Without power it is the motor's own voltage, as a VESC measures it then.
    """
    parameters = motor.parameters
    volts = parameters.torque_nm_a * motor.speed_rad_s + parameters.resistance_ohm * motor.current_a
    return min(max(volts / supply_v, -1.0), 1.0) if supply_v > 0 else 0.0
