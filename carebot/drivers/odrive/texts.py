"""ODrive's error bits in words.

Sources: ODrive Documentation, "API Reference", `ODrive.Error`, `Axis.Error`, `Motor.Error`, `Encoder.Error` and
`Controller.Error` of 0.5.6, and `ODrive.Error` of 0.6. Each table is named by the property's last words.
"""

from __future__ import annotations

from carebot.drivers.odrive import dialects
from carebot.drivers.odrive.protocol import Value
from carebot.drivers.telemetry import Fault

_WIRES = "check the motor's wires and its settings"
_CALIBRATE = "calibrate it with odrivetool"
_ENCODER = "check the encoder, its cable and its settings"
_BOARD = "restart the ODrive; update its firmware if it comes again"

_Table = dict[int, tuple[str, str]]

_ODRIVE_0_5: _Table = {
    0x1: ("timing", f"its control loop missed its time; {_BOARD}"),
    0x2: ("under_voltage", "its supply's voltage is too low; charge the battery"),
    0x4: ("over_voltage", "its supply's voltage is too high; check battery, charger and brake resistor"),
    0x8: ("over_voltage", "it fed too much current back; check the brake resistor"),
    0x10: ("over_current", "it drew too much current from its supply; see what blocks the wheels"),
    0x20: ("brake_resistor", "its brake resistor is driven wrongly; restart it"),
    0x40: ("brake_resistor", "its brake resistor's duty is no number; restart it"),
    0x80: ("brake_resistor", "its brake resistor is set up wrongly; correct config.brake_resistance"),
}
_AXIS_0_5: _Table = {
    0x1: ("command", f"it cannot do what was asked for; {_CALIBRATE}"),
    0x40: ("motor", "its motor failed"),
    0x80: ("encoder", "its sensorless estimate failed"),
    0x100: ("encoder", f"its encoder failed; {_ENCODER}"),
    0x200: ("controller", "its controller failed"),
    0x1000: ("end_stop", "its lower end stop is pressed"),
    0x2000: ("end_stop", "its upper end stop is pressed"),
    0x20000: ("command", "it was to seek its home, but has no end stop"),
    0x40000: ("over_temperature", "it is too hot; let it cool down"),
    0x80000: ("encoder", "it does not know its position; seek its home"),
}
_MOTOR_0_5: _Table = {
    0x1: ("motor", f"its motor's resistance is out of range; {_WIRES}"),
    0x2: ("motor", f"its motor's inductance is out of range; {_WIRES}"),
    0x8: ("driver", "its gate driver failed; check the motor's wires, then the board"),
    0x10: ("timing", f"its current loop missed its time; {_BOARD}"),
    0x80: ("motor", f"it cannot reach the voltage that it needs; {_WIRES}"),
    0x400: ("over_current", "its current sensors are at their end; lower the current limit"),
    0x1000: ("over_current", "it drew more current than its limit; see what blocks the wheel"),
    0x10000: ("controller", f"its modulation is no number; {_BOARD}"),
    0x20000: ("over_temperature", "its motor is too hot; let it cool down"),
    0x40000: ("over_temperature", "its transistors are too hot; let it cool down"),
    0x80000: ("timing", f"it missed a timer; {_BOARD}"),
    0x100000: ("current_sensor", f"its current sensors say nothing; {_BOARD}"),
    0x200000: ("controller", "its controller failed"),
    0x400000: ("over_current", "the current to or from its supply is out of range; check battery and brake resistor"),
    0x800000: ("brake_resistor", "its brake resistor is not armed; restart it"),
    0x1000000: ("system", "the whole ODrive has an error"),
    0x2000000: ("timing", f"its loops are out of step; {_BOARD}"),
    0x4000000: ("encoder", f"it does not know its phase; {_ENCODER}"),
    0x8000000: ("encoder", f"it does not know its phase's speed; {_ENCODER}"),
    0x10000000: ("controller", "it does not know which torque to make"),
}
_ENCODER_0_5: _Table = {
    0x1: ("encoder", "its encoder's bandwidth is too high; lower it"),
    0x2: ("encoder", "its encoder's counts do not fit the motor's pole pairs; correct cpr and pole_pairs"),
    0x4: ("encoder", f"its encoder does not answer; {_ENCODER}"),
    0x8: ("encoder", "its encoder's mode is unknown; correct it"),
    0x10: ("encoder", f"its Hall sensors make no sense; {_ENCODER}"),
    0x20: ("encoder", f"its encoder's index was not found yet; {_CALIBRATE}"),
    0x40: ("encoder", f"its encoder does not answer in time; {_ENCODER}"),
    0x80: ("encoder", f"its encoder's answers are damaged; {_ENCODER}"),
    0x100: ("encoder", f"its encoder is not ready; {_ENCODER}"),
    0x200: ("encoder", f"its Hall sensors are not calibrated; {_CALIBRATE}"),
}
_CONTROLLER_0_5: _Table = {
    0x1: ("over_speed", "it turned faster than its limit; check vel_limit and the encoder"),
    0x2: ("command", "its input mode cannot be used; correct it"),
    0x4: ("controller", "its gains are too high; lower them"),
    0x8: ("command", "it mirrors an axis that is not there; correct it"),
    0x10: ("command", "its load encoder is not there; correct it"),
    0x20: ("encoder", f"its encoder gives no estimate; {_ENCODER}"),
    0x40: ("command", "its circular range is wrong; correct it"),
    0x80: ("encoder", "its motor and encoder do not agree; check how the encoder is fixed, then calibrate"),
}
_ODRIVE_0_6: _Table = {
    0x1: ("initializing", "it is starting"),
    0x2: ("system", f"it has an internal error; {_BOARD}"),
    0x4: ("timing", f"its control loop missed its time; {_BOARD}"),
    0x8: ("encoder", f"its encoder gives no estimate; {_ENCODER}"),
    0x10: ("command", "its settings do not fit together; correct them with odrivetool"),
    0x20: ("driver", "its gate driver failed; check the motor's wires, then the board"),
    0x40: ("command", "an input that it needs is missing"),
    0x100: ("over_voltage", "its supply's voltage is too high; check battery, charger and brake resistor"),
    0x200: ("under_voltage", "its supply's voltage is too low; charge the battery"),
    0x400: ("over_current", "it drew too much current from its supply; see what blocks the wheel"),
    0x800: ("over_voltage", "it fed too much current back; check the brake resistor"),
    0x1000: ("over_current", "it drew more current than its limit; see what blocks the wheel"),
    0x2000: ("over_temperature", "its motor is too hot; let it cool down"),
    0x4000: ("over_temperature", "its transistors are too hot; let it cool down"),
    0x8000: ("over_speed", "it turned faster than its limit; check vel_limit and the encoder"),
    0x10000: ("position", "it went beyond its limit"),
    0x20000: ("over_current", "it would need more current than it can give; lower its limits"),
    0x4000000: ("encoder", "its motor and encoder do not agree; check how the encoder is fixed, then calibrate"),
    0x8000000: ("brake_resistor", "its brake resistor is not armed; restart it"),
    0x10000000: ("temperature_sensor", "its temperature sensor is not connected; check its cable"),
    0x40000000: ("calibration", f"its calibration failed; {_CALIBRATE}"),
}
_TABLES: dict[str, _Table] = {
    "error": _ODRIVE_0_5,
    "{axis}.error": _AXIS_0_5,
    "{axis}.motor.error": _MOTOR_0_5,
    "{axis}.encoder.error": _ENCODER_0_5,
    "{axis}.controller.error": _CONTROLLER_0_5,
    "{axis}.active_errors": _ODRIVE_0_6,
    "{axis}.disarm_reason": _ODRIVE_0_6,
}


def faults(path: str, axis: int | None, value: Value, dialect: dialects.Dialect) -> tuple[Fault, ...]:
    """The faults behind one error property; watchdog and emergency stop are none, they have fields of their own."""
    bits = int(value.number)
    if path in dialect.errors:
        bits &= ~(dialect.watchdog_bit | dialect.estop_bit)
    who = "the ODrive" if axis is None else f"axis {axis}"
    table = _TABLES[path]
    unknown = bits & ~sum(table)
    if unknown and value.is_cut:
        return (Fault(_name(path), f"{who}: an error that is too long for this protocol; see odrivetool"),)
    known = [Fault(code, f"{who}: {text}") for bit, (code, text) in table.items() if bits & bit]
    more = [Fault(f"{_name(path)}_{unknown:x}", f"{who}: error 0x{unknown:x}; see odrivetool")] if unknown else []
    return (*known, *more)


def _name(path: str) -> str:
    return path.replace("{axis}.", "").replace(".", "_")
