"""Roboteq's serial commands, as bytes and values. No I/O.

Sources: Roboteq, "Advanced Digital Motor Controllers User Manual" V1.8 (28 August 2017) and V2.0 (8 July 2019), section
"Commands Reference": commands (!AC on V1.8 page 219, !DC, !EX, !G, !MG, !MS, !S), queries ?A (V1.8 page 238), ?C (V2.0
page 212), ?CB (V1.8 page 245), ?FF, ?FID, ?FM and ?FS (V1.8 pages 253 to 255), ?S (V2.0 page 236), ?T (V1.8 page 266),
?TRN (V1.8 page 268), ?V; configuration ^RWD (V1.8 page 286), ^MMOD, ^ECHOF; and # C (V2.0 page 256).

Lines end with a carriage return. `!` commands and `^` sets are answered with `+` or `-`; `?` and `~` questions with
`NAME=value:value`. With the echo on, as it is delivered, every line comes back first. There are no checksums.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import IntFlag

from carebot.drivers.telemetry import LinkCounters

FULL_POWER = 1000
"""What !G calls 100 % (manual, !G)."""
TENTHS_OF_RPM = 10
"""!AC and !DC count in 0.1 RPM per second (manual V1.8, page 219)."""
LONGEST_LINE = 160
_LARGEST_RPM = 500_000
_LARGEST_RAMP = 500_000
_LONGEST_WATCHDOG_MS = 65_000


class FaultFlag(IntFlag):
    """?FF (manual V2.0, page 223)."""

    OVERHEAT = 1
    OVERVOLTAGE = 2
    UNDERVOLTAGE = 4
    SHORT_CIRCUIT = 8
    EMERGENCY_STOP = 16
    MOTOR_SENSOR = 32
    MOSFET = 64
    DEFAULT_CONFIGURATION = 128


class StatusFlag(IntFlag):
    """?FS, as far as all models agree (manual V1.8, page 255)."""

    SERIAL_MODE = 1
    PULSE_MODE = 2
    ANALOG_MODE = 4


class MotorFlag(IntFlag):
    """?FM, one number for each motor (manual V1.8, page 254)."""

    AMPS_LIMIT = 1
    STALLED = 2
    LOOP_ERROR = 4
    SAFETY_STOP = 8
    FORWARD_LIMIT = 16
    REVERSE_LIMIT = 32
    AMPS_TRIGGER = 64


# --- to the device ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """In closed loop: the motor's speed in RPM; `channel` counts from 1."""

    channel: int
    rpm: float


@dataclass(frozen=True, slots=True)
class SetPower:
    """In open loop: -1 to 1 of the battery's voltage."""

    channel: int
    power: float


@dataclass(frozen=True, slots=True)
class SetRamps:
    """In RPM per second."""

    channel: int
    acceleration_rpm_s: float
    deceleration_rpm_s: float


@dataclass(frozen=True, slots=True)
class StopMotor:
    """Stop one motor in whatever mode it is."""

    channel: int


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """Stop everything until a `Release` or a restart."""


@dataclass(frozen=True, slots=True)
class Release:
    """End an emergency stop that was commanded; not one whose button is pressed."""


@dataclass(frozen=True, slots=True)
class ClearHistory:
    """End what a host before this one had the device send by itself; it has no answer."""


@dataclass(frozen=True, slots=True)
class SetWatchdog:
    """Stop following serial commands when none came for this long."""

    watchdog_s: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A runtime question, such as "C"."""

    name: str


@dataclass(frozen=True, slots=True)
class AskSetting:
    """What is configured, such as "RWD"."""

    name: str


Command = (
    SetSpeed | SetPower | SetRamps | StopMotor | EmergencyStop | Release | ClearHistory | SetWatchdog | Ask | AskSetting
)
_BARE: dict[type, str] = {EmergencyStop: "!EX", Release: "!MG", ClearHistory: "# C"}


def encode(command: Command) -> bytes:
    """The line or lines of one command.

    Raises:
        ValueError: a number that is not finite or out of the device's range, or a name that is none.
    """
    return "".join(f"{line}\r" for line in _lines(command)).encode("ascii")


def in_rpm(rpm: float) -> int:
    """A speed as `SetSpeed` sends it; raises ValueError where that is not possible."""
    return _whole(rpm, _LARGEST_RPM, "RPM")


def in_power_units(power: float) -> int:
    """A power (-1 to 1) as `SetPower` sends it; raises ValueError where that is not possible."""
    return _whole(power * FULL_POWER, FULL_POWER, "‰ of power")


def _lines(command: Command) -> list[str]:
    if isinstance(command, SetSpeed):
        return [f"!S {_channel(command.channel)} {in_rpm(command.rpm)}"]
    if isinstance(command, SetPower):
        return [f"!G {_channel(command.channel)} {in_power_units(command.power)}"]
    if isinstance(command, SetRamps):
        return _ramps(command)
    if isinstance(command, StopMotor):
        return [f"!MS {_channel(command.channel)}"]
    if isinstance(command, SetWatchdog):
        return [f"^RWD {_milliseconds(command.watchdog_s)}"]
    if isinstance(command, Ask | AskSetting):
        return [f"{'?' if isinstance(command, Ask) else '~'}{_name(command.name)}"]
    return [_BARE[type(command)]]


def _ramps(command: SetRamps) -> list[str]:
    up, down = _ramp(command.acceleration_rpm_s), _ramp(command.deceleration_rpm_s)
    return [f"!AC {_channel(command.channel)} {up}", f"!DC {_channel(command.channel)} {down}"]


def _ramp(rpm_s: float) -> int:
    ramp = _whole(rpm_s * TENTHS_OF_RPM, math.inf, "0.1 RPM/s")
    if ramp <= 0:  # the device would take 0 as no ramp at all
        raise ValueError(f"a ramp must be above 0, not {rpm_s} RPM/s")
    return min(ramp, _LARGEST_RAMP)


def _whole(value: float, largest: float, unit: str) -> int:
    if not (math.isfinite(value) and abs(round(value)) <= largest):
        raise ValueError(f"the device does not take {value} {unit}")
    return round(value)


def _milliseconds(duration_s: float) -> int:
    # 0 would turn the watchdog off.
    if not (math.isfinite(duration_s) and 1 <= int(duration_s * 1000 + 1e-6) <= _LONGEST_WATCHDOG_MS):
        raise ValueError(f"the watchdog must be 1 ms to {_LONGEST_WATCHDOG_MS} ms, not {duration_s} s")
    return int(duration_s * 1000 + 1e-6)


def _channel(channel: int) -> int:
    if channel not in (1, 2, 3):
        raise ValueError(f"a Roboteq has the channels 1 to 3, not {channel}")
    return channel


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Z]{1,5}", name):
        raise ValueError(f"'{name}' is no name of a question")
    return name


# --- from the device --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """`+`: a command was carried out; it does not say which."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`-`: a line was not understood, or its value not taken."""


@dataclass(frozen=True, slots=True)
class Values:
    """The answer to a question in numbers, as the device counts them."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The answer to a question in words: ?FID and ?TRN."""

    name: str
    text: str


Reply = Accepted | Refused | Values | Text

_VALUES = re.compile(rb"([A-Z]{1,5})=(-?\d{1,10}(?::-?\d{1,10})*)")
_TEXT = re.compile(rb"(FID|TRN)=([ -~]*)")
_LINE_END = re.compile(rb"[\r\n]")
_FIRST_OF_ECHO = b"!?^~#%&"
_ACCEPTED, _REFUSED = Accepted(), Refused()


class Decoder:
    """Bytes from the device, in any portions, to replies.

    Lines may end with a carriage return, a line feed or both. Echoed lines are passed over; what is no reply is counted
    and dropped, and the next line is read as if nothing had been.
    """

    def __init__(self) -> None:
        self.counters = LinkCounters()
        self._rest = b""
        self._is_too_long = False

    def feed(self, data: bytes) -> list[Reply]:
        *lines, self._rest = _LINE_END.split(self._rest + data)
        if lines and self._is_too_long:
            self._drop(len(lines[0]) + 1)
            lines, self._is_too_long = lines[1:], False
        if len(self._rest) > LONGEST_LINE:
            self.counters.dropped_bytes += len(self._rest)
            self._rest, self._is_too_long = b"", True
        return [reply for line in lines if line and (reply := self._reply(line)) is not None]

    def _reply(self, line: bytes) -> Reply | None:
        if line[0] in _FIRST_OF_ECHO and len(line) <= LONGEST_LINE:
            return None
        reply = reply_in(line) if len(line) <= LONGEST_LINE else None
        if reply is None:
            self._drop(len(line) + 1)
        else:
            self.counters.good_frames += 1
        return reply

    def _drop(self, count: int) -> None:
        self.counters.bad_frames += 1
        self.counters.dropped_bytes += count


def reply_in(line: bytes) -> Reply | None:
    """What a line without its end says; None where that is nothing."""
    if line == b"+":
        return _ACCEPTED
    if line == b"-":
        return _REFUSED
    if found := _TEXT.fullmatch(line):
        return Text(found[1].decode("ascii"), found[2].decode("ascii").strip())
    if found := _VALUES.fullmatch(line):
        return Values(found[1].decode("ascii"), tuple(map(int, found[2].split(b":"))))
    return None
