"""The device's status bits in words; their sources are named at `protocol.Bit`. None of the 32 is left out."""

from __future__ import annotations

from carebot.drivers.roboclaw.protocol import Bit
from carebot.drivers.telemetry import Fault

_FAULTS = {
    Bit.TEMPERATURE: ("over_temperature", "the board is too hot and has stopped; let it cool down"),
    Bit.TEMPERATURE_2: ("over_temperature", "the board's second sensor is too hot, and it has stopped; let it cool"),
    Bit.MAIN_HIGH: ("over_voltage", "the main battery's voltage is too high; check battery, charger and voltage clamp"),
    Bit.LOGIC_HIGH: ("over_voltage", "the logic battery's voltage is too high; check its supply"),
    Bit.LOGIC_LOW: ("under_voltage", "the logic battery's voltage is too low; check its supply"),
    Bit.M1_DRIVER: ("driver", "the driver of motor M1 failed; check its wires, then the board"),
    Bit.M2_DRIVER: ("driver", "the driver of motor M2 failed; check its wires, then the board"),
    Bit.M1_SPEED: ("encoder", "motor M1 did not keep its speed; check what blocks it, its encoder and its tuning"),
    Bit.M2_SPEED: ("encoder", "motor M2 did not keep its speed; check what blocks it, its encoder and its tuning"),
    Bit.M1_POSITION: ("encoder", "motor M1 did not keep its position; check what blocks it and its encoder"),
    Bit.M2_POSITION: ("encoder", "motor M2 did not keep its position; check what blocks it and its encoder"),
    Bit.M1_CURRENT: ("over_current", "motor M1 drew too much current and was stopped; see what blocks its wheel"),
    Bit.M2_CURRENT: ("over_current", "motor M2 drew too much current and was stopped; see what blocks its wheel"),
    # The manual's page 63 (command 2) and Basicmicro's forum (topic 806): the motors roll out while this lasts.
    Bit.MAIN_LOW: ("under_voltage", "the main battery's voltage is too low, so the motors have no power; charge it"),
    Bit.MAIN_HIGH_BRAKING: (
        "over_voltage",
        "the main battery's voltage is too high, so the motors brake; check battery, charger and voltage clamp",
    ),
    Bit.M1_OVER_CURRENT: ("over_current", "motor M1 is at its current limit; see what blocks its wheel"),
    Bit.M2_OVER_CURRENT: ("over_current", "motor M2 is at its current limit; see what blocks its wheel"),
    Bit.MAIN_HIGH_WARNING: ("over_voltage", "the main battery's voltage is above its limit; check battery and charger"),
    Bit.MAIN_LOW_WARNING: ("under_voltage", "the main battery's voltage is below its limit; charge the battery"),
    Bit.TEMPERATURE_WARNING: ("over_temperature", "the board is getting too hot; give it rest or air"),
    Bit.TEMPERATURE_2_WARNING: (
        "over_temperature",
        "the board's second sensor is getting too hot; give it rest or air",
    ),
    Bit.S4_TRIGGERED: ("s4", "the input S4 is active"),
    Bit.S5_TRIGGERED: ("s5", "the input S5 is active"),
    Bit.SPEED_LIMIT_WARNING: (
        "speed_error",
        "a motor's speed is far from what was asked for; see what slows its wheel",
    ),
    Bit.SPEED_2_OR_POSITION_LIMIT_WARNING: (
        "position_error",
        "a motor's position, or with new firmware M2's speed, is far from what was asked for; see what slows its wheel",
    ),
}
_WARNINGS = {
    Bit.M1_POSITION_WARNING: "motor M1's position is far from what was asked for",
    Bit.M2_POSITION_WARNING: "motor M2's position is far from what was asked for",
    Bit.CAN_WARNING: "its CAN bus has trouble; check the bus if it is used",
    Bit.BOOT_WARNING: "it warns of how it started; see Basicmicro's Motion Studio",
    Bit.M1_OVER_REGENERATION_WARNING: "motor M1 fed too much current back; brake more gently or add a voltage clamp",
    Bit.M2_OVER_REGENERATION_WARNING: "motor M2 fed too much current back; brake more gently or add a voltage clamp",
}
"""The vendor lets the motors run on through these."""


def faults(bits: int) -> tuple[Fault, ...]:
    """The faults behind the bits of a status; neither the emergency stop nor `warnings` are among them."""
    return tuple(Fault(code, text) for bit, (code, text) in _FAULTS.items() if bits & bit)


def warnings(bits: int) -> tuple[str, ...]:
    """What people should hear of, but need not stop for."""
    return tuple(text for bit, text in _WARNINGS.items() if bits & bit)
