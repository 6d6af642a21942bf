"""The VESC's fault codes in words (`mc_fault_code` in bldc's datatypes.h; firmware 6)."""

from __future__ import annotations

from carebot.drivers.telemetry import Fault

_FAULTS = {
    1: ("over_voltage", "its supply's voltage is too high; brake more gently, or check battery and charger"),
    2: ("under_voltage", "its supply's voltage is too low; charge the battery, check cables and fuse"),
    3: ("driver", "its gate driver failed; check the motor's wires, then the board"),
    4: ("over_current", "it drew far too much current; see what blocks the wheel, and check the motor's wires"),
    5: ("over_temperature", "its transistors are too hot; let it cool down"),
    6: ("over_temperature", "its motor is too hot; let it cool down"),
    7: ("driver", "its gate driver's voltage is too high; check the board"),
    8: ("driver", "its gate driver's voltage is too low; check the board"),
    9: ("under_voltage", "its processor's voltage is too low; check the supply"),
    10: ("watchdog_reset", "it restarted because its firmware hung; update the firmware"),
    11: ("encoder", "its encoder does not answer; check the encoder's cable"),
    12: ("encoder", "its sine-cosine encoder's signal is too weak; check the encoder"),
    13: ("encoder", "its sine-cosine encoder's signal is too strong; check the encoder"),
    14: ("flash", "its memory is damaged; install the firmware anew"),
    15: ("current_sensor", "its first current sensor is off zero; check the board"),
    16: ("current_sensor", "its second current sensor is off zero; check the board"),
    17: ("current_sensor", "its third current sensor is off zero; check the board"),
    18: ("over_current", "its phases' currents do not balance; check the motor's wires"),
    19: ("brake_input", "its brake input stopped it"),
    20: ("encoder", "its resolver lost tracking; check the resolver"),
    21: ("encoder", "its resolver's signal is degraded; check the resolver's cable"),
    22: ("encoder", "its resolver's signal is lost; check the resolver's cable"),
    23: ("flash", "its application settings were damaged and are back to defaults; set it up anew with VESC Tool"),
    24: ("flash", "its motor settings were damaged and are back to defaults; set it up anew with VESC Tool"),
    25: ("encoder", "its encoder sees no magnet; check how it is mounted"),
    26: ("encoder", "its encoder's magnet is too strong; check how it is mounted"),
    27: ("driver", "its phase filter failed; check the board"),
    28: ("encoder", "its encoder failed; check the encoder and its cable"),
    29: ("driver", "its low-voltage output failed; see what is connected to it"),
}


def faults(motor: int, number: int) -> tuple[Fault, ...]:
    """The fault of one motor; nothing where the number is 0."""
    if not number:
        return ()
    code, text = _FAULTS.get(number, (f"fault_{number}", f"it reports fault {number}; see VESC Tool"))
    return (Fault(code, f"the VESC of motor {motor}: {text}"),)
