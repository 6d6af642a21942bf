"""The board's numbers in words."""

from __future__ import annotations

from carebot.drivers.carebot_mcu.protocol import MOST_MOTORS, Reason, Trouble
from carebot.drivers.telemetry import Fault

_REFUSALS = {
    Reason.UNKNOWN: "it does not know this command or parameter, so flash the newest firmware",
    Reason.BAD_LENGTH: "the command has a wrong length, so flash the newest firmware",
    Reason.BAD_VALUE: "the value is out of its range",
    Reason.NOT_GREETED: "it has restarted and waits to be greeted",
    Reason.NOT_ARMED: "it is not armed",
    Reason.ESTOP_PRESSED: "its emergency stop is pressed; release it, then arm again",
    Reason.FAULT: "a fault is still there; see its telemetry",
}

_PER_MOTOR = {
    Trouble.OVER_CURRENT: ("over_current", "motor {motor} drew too much current; see what blocks its wheel"),
    Trouble.ENCODER: ("encoder", "motor {motor} had full power, but its encoder did not follow; see wheel and encoder"),
}

_WHOLE = {
    Trouble.UNDER_VOLTAGE: ("under_voltage", "the supply is too low; charge the battery"),
    Trouble.OVER_TEMPERATURE: ("over_temperature", "the board is too hot; let it cool down"),
    Trouble.RUNAWAY: (
        "runaway",
        "a wheel turned against full power; see that its motor and encoder are connected the right way round, and that "
        "nobody pulls the robot",
    ),
    Trouble.LOOP_TOO_SLOW: ("loop_too_slow", "the board's control loop missed its time"),
}


def refusal(reason: int) -> str:
    """Why the board refused, as the second half of a sentence."""
    return _REFUSALS[Reason(reason)] if reason in set(Reason) else f"it gives the reason {reason}"


def faults(bits: int) -> tuple[Fault, ...]:
    """The faults behind the bits of a report."""
    per_motor = [
        Fault(code, text.format(motor=motor))
        for trouble, (code, text) in _PER_MOTOR.items()
        for motor in range(MOST_MOTORS)
        if bits & (trouble << motor)
    ]
    whole = [Fault(code, text) for trouble, (code, text) in _WHOLE.items() if bits & trouble]
    return (*per_motor, *whole)
