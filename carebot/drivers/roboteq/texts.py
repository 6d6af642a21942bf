"""The device's flags in words (manual V1.8, pages 253 to 255, and Roboteq's support page on fault flags)."""

from __future__ import annotations

from collections.abc import Sequence

from carebot.drivers.roboteq.protocol import FaultFlag, MotorFlag
from carebot.drivers.telemetry import Fault

_FAULTS = {
    FaultFlag.OVERHEAT: ("over_temperature", "the controller or a motor is too hot; let it cool down"),
    FaultFlag.OVERVOLTAGE: ("over_voltage", "the supply's voltage is too high; check battery, charger and braking"),
    FaultFlag.UNDERVOLTAGE: ("under_voltage", "the supply's voltage is too low; charge the battery"),
    FaultFlag.SHORT_CIRCUIT: ("driver", "a motor's wires are shorted; check wires and motor"),
    FaultFlag.MOTOR_SENSOR: ("encoder", "a motor's sensor or its setup is wrong; check its wires, then set it up anew"),
    FaultFlag.MOSFET: ("driver", "the power stage has failed; have the controller repaired"),
    FaultFlag.DEFAULT_CONFIGURATION: (
        "configuration",
        "the controller lost its configuration; load it again with Roborun+",
    ),
}
_MOTOR_FAULTS = {
    MotorFlag.AMPS_LIMIT: ("over_current", "motor {motor} is at its current limit; see what blocks its wheel"),
    MotorFlag.AMPS_TRIGGER: ("over_current", "motor {motor} drew more current than its trigger; see what blocks it"),
    MotorFlag.STALLED: ("stalled", "motor {motor} is stalled; see what blocks its wheel"),
    MotorFlag.LOOP_ERROR: ("encoder", "motor {motor} did not keep its speed; check its wheel, encoder and tuning"),
    MotorFlag.SAFETY_STOP: ("safety_stop", "motor {motor} is held by a safety stop input; release it"),
    MotorFlag.FORWARD_LIMIT: ("limit", "motor {motor} is at its forward limit switch"),
    MotorFlag.REVERSE_LIMIT: ("limit", "motor {motor} is at its reverse limit switch"),
}


def faults(fault_flags: int, motor_flags: Sequence[int]) -> tuple[Fault, ...]:
    """The faults behind ?FF and ?FM; the emergency stop is not among them."""
    whole = [Fault(code, text) for flag, (code, text) in _FAULTS.items() if fault_flags & flag]
    each = [
        Fault(code, text.format(motor=motor))
        for motor, flags in enumerate(motor_flags)
        for flag, (code, text) in _MOTOR_FAULTS.items()
        if flags & flag
    ]
    return (*whole, *each)
