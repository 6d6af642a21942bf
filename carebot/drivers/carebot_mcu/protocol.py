"""The messages of the carebot_mcu protocol, version 1, as values (hardware/firmware/PROTOCOL.md). No I/O.

Numbers on the wire are little endian; speeds are encoder ticks per second times 256.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from carebot.drivers.carebot_mcu.framing import Frame, FrameDecoder, to_bytes
from carebot.drivers.telemetry import LinkCounters

PROTOCOL_VERSION = 1
OLDEST_FIRMWARE = (1, 1, 0)
"""The first that stops a wheel which turns the wrong way."""
MOST_MOTORS = 4
SPEED_UNITS = 256
"""Wire units in one tick per second."""
_LARGEST = 2**31 - 1
_NOT_MEASURED = -32768


class Kind(IntEnum):
    """The first byte of a frame's content; the device's own have the highest bit."""

    HELLO = 0x01
    SET_SPEEDS = 0x02
    ARM = 0x03
    STOP = 0x04
    GET_PARAMETER = 0x05
    SET_PARAMETER = 0x06
    TELEMETRY = 0x80
    WELCOME = 0x81
    DONE = 0x82
    REFUSED = 0x83
    PARAMETER = 0x84


class Parameter(IntEnum):
    """What can be read and set; all are 32-bit signed numbers, kept until the device restarts."""

    WATCHDOG_MS = 1
    TELEMETRY_PERIOD_MS = 2
    ACCELERATION = 3
    """Ticks/s²."""
    FEED_FORWARD = 4
    """Per-mille of full power for each tick/s, times 65536."""
    PROPORTIONAL = 5
    """Per-mille of full power for each tick/s of error, times 65536."""
    INTEGRAL = 6
    """Per-mille of full power for each tick of error added up, times 65536."""
    CURRENT_LIMIT_MA = 7
    STALL_MS = 8
    """How long full effort without a tick is borne; 0 turns the check off."""
    LOWEST_VOLTAGE_MV = 9
    """0 turns the check off."""
    MOTOR_REVERSED = 10
    """One bit for each motor."""
    ENCODER_REVERSED = 11


class Flag(IntFlag):
    GREETED = 1
    ARMED = 2
    ESTOP = 4
    WATCHDOG_TRIPPED = 8


class Trouble(IntFlag):
    """The device's faults; those of one motor are a bit each, from the lowest motor up."""

    OVER_CURRENT = 0x0001
    UNDER_VOLTAGE = 0x0010
    OVER_TEMPERATURE = 0x0020
    ENCODER = 0x0100
    LOOP_TOO_SLOW = 0x1000
    RUNAWAY = 0x2000
    """Comes with ENCODER, which names the motor."""


class Reason(IntEnum):
    """Why the device refused."""

    UNKNOWN = 1
    BAD_LENGTH = 2
    BAD_VALUE = 3
    NOT_GREETED = 4
    NOT_ARMED = 5
    ESTOP_PRESSED = 6
    FAULT = 7
    """From boards that do not arm with a fault; ours clear it."""


# --- from the host ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """Says which protocol the host speaks; the device stops and disarms. `version` is the host's."""

    version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class Arm:
    """Get ready to move; clears faults. `watchdog_s` is 0.02 to 0.2."""

    watchdog_s: float


@dataclass(frozen=True, slots=True)
class SetSpeeds:
    """Wheel speeds in encoder ticks per second, for `valid_for_s` (at most the watchdog's time)."""

    ticks_per_s: tuple[float, ...]
    valid_for_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Brake these motors at once and disarm; bit 0 is motor 0."""

    motors: int


@dataclass(frozen=True, slots=True)
class GetParameter:
    parameter: int


@dataclass(frozen=True, slots=True)
class SetParameter:
    parameter: int
    value: int


Command = Hello | Arm | SetSpeeds | Stop | GetParameter | SetParameter


def encode(command: Command, sequence: int = 0) -> bytes:
    """The bytes of one command; `sequence` counts up modulo 256.

    Raises:
        ValueError: a number that is not finite or that the wire cannot carry.
    """
    return to_bytes(Frame(_KINDS[type(command)], sequence & 0xFF, _body(command)))


def in_wire_units(ticks_per_s: float) -> int:
    """A speed as the wire carries it; raises ValueError where it cannot."""
    if not math.isfinite(ticks_per_s):
        raise ValueError(f"a speed must be finite, not {ticks_per_s}")
    units = round(ticks_per_s * SPEED_UNITS)
    if abs(units) > _LARGEST:
        raise ValueError(f"{ticks_per_s} ticks/s is more than the wire can carry")
    return units


def _body(command: Command) -> bytes:
    if isinstance(command, SetSpeeds):
        return _speeds_body(command)
    if isinstance(command, Arm):
        return struct.pack("<H", _milliseconds(command.watchdog_s))
    if isinstance(command, SetParameter):
        return _packed("<Bi", command.parameter, command.value)
    value = {Hello: "version", Stop: "motors", GetParameter: "parameter"}[type(command)]
    return _packed("<B", getattr(command, value))


def _speeds_body(command: SetSpeeds) -> bytes:
    if not 1 <= len(command.ticks_per_s) <= MOST_MOTORS:
        raise ValueError(f"a frame holds the speeds of 1 to {MOST_MOTORS} motors, not {len(command.ticks_per_s)}")
    units = [in_wire_units(speed) for speed in command.ticks_per_s]
    return struct.pack(f"<H{len(units)}i", _milliseconds(command.valid_for_s), *units)


def _milliseconds(duration_s: float) -> int:
    if not (math.isfinite(duration_s) and 0.001 <= duration_s <= 65.0):
        raise ValueError(f"a time must be between 1 ms and 65 s, not {duration_s} s")
    return int(duration_s * 1000 + 1e-6)  # never longer than asked for


def _packed(layout: str, *values: int) -> bytes:
    try:
        return struct.pack(layout, *values)
    except struct.error as error:
        raise ValueError(f"the wire cannot carry {values}: {error}") from None


_KINDS = {
    Hello: Kind.HELLO,
    Arm: Kind.ARM,
    SetSpeeds: Kind.SET_SPEEDS,
    Stop: Kind.STOP,
    GetParameter: Kind.GET_PARAMETER,
    SetParameter: Kind.SET_PARAMETER,
}

# --- from the device --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Motor:
    """One motor in a report: `ticks` wraps at 32 bits, `ticks_per_s` is measured, `current_a` None if it is not."""

    ticks: int
    ticks_per_s: float
    current_a: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Telemetry as the device sends it. `stamp_ms` wraps at 32 bits; `last_sequence` is of the last accepted speeds."""

    stamp_ms: int
    flags: int
    faults: int
    last_sequence: int
    bad_frames: int
    voltage_v: float | None
    temperature_c: float | None
    motors: tuple[Motor, ...]


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to Hello. `version` is the protocol that the device speaks."""

    version: int
    motors: int
    firmware: tuple[int, int, int]
    board: str
    serial: str


@dataclass(frozen=True, slots=True)
class Done:
    """The command of this kind and sequence number was carried out."""

    kind: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Refused:
    kind: int
    sequence: int
    reason: int


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """The value in force."""

    parameter: int
    value: int


Reply = Report | Welcome | Done | Refused | ParameterValue

_REPORT = struct.Struct("<IBHBHHhB")
_MOTOR = struct.Struct("<iih")
_WELCOME = struct.Struct("<BB3B")
_BOARD_LENGTH = 12
_SERIAL_LENGTH = 8


class Decoder:
    """Bytes from the device, in any portions, to replies; what is damaged or makes no sense is counted and dropped."""

    def __init__(self) -> None:
        self._frames = FrameDecoder()

    @property
    def counters(self) -> LinkCounters:
        return self._frames.counters

    def feed(self, data: bytes) -> list[Reply]:
        return [reply for frame in self._frames.feed(data) if (reply := self._reply_in(frame)) is not None]

    def _reply_in(self, frame: Frame) -> Reply | None:
        try:
            return reply_in(frame)
        except (struct.error, ValueError):
            self.counters.good_frames -= 1
            self.counters.bad_frames += 1
            self.counters.dropped_bytes += len(frame.body) + 6
            return None


def reply_in(frame: Frame) -> Reply:
    """The message that the frame carries; raises ValueError or struct.error where its content cannot be."""
    kind, body = frame.kind, frame.body
    if kind == Kind.TELEMETRY:
        return _report_in(body)
    if kind == Kind.WELCOME:
        return _welcome_in(body)
    if kind == Kind.DONE:
        return Done(*struct.unpack("<BB", body))
    if kind == Kind.REFUSED:
        return Refused(*struct.unpack("<BBB", body))
    if kind == Kind.PARAMETER:
        return ParameterValue(*struct.unpack("<Bi", body))
    raise ValueError(f"no device sends frames of kind {kind}")


def _report_in(body: bytes) -> Report:
    stamp_ms, flags, faults, last, bad_frames, millivolts, temperature, count = _REPORT.unpack_from(body)
    if count > MOST_MOTORS or len(body) != _REPORT.size + count * _MOTOR.size:
        raise ValueError(f"{len(body)} bytes for {count} motors")
    motors = tuple(
        Motor(ticks, units / SPEED_UNITS, None if milliamperes == _NOT_MEASURED else milliamperes / 1000)
        for ticks, units, milliamperes in _MOTOR.iter_unpack(body[_REPORT.size :])
    )
    voltage_v = millivolts / 1000 if millivolts else None
    temperature_c = None if temperature == _NOT_MEASURED else temperature / 10
    return Report(stamp_ms, flags, faults, last, bad_frames, voltage_v, temperature_c, motors)


def _welcome_in(body: bytes) -> Welcome:
    if len(body) != _WELCOME.size + _BOARD_LENGTH + _SERIAL_LENGTH:
        raise ValueError(f"a welcome of {len(body)} bytes")
    version, motors, *firmware = _WELCOME.unpack_from(body)
    board = body[_WELCOME.size :][:_BOARD_LENGTH].rstrip(b"\0").decode("ascii")
    serial = body[-_SERIAL_LENGTH:]
    return Welcome(version, motors, (firmware[0], firmware[1], firmware[2]), board, serial.hex() if any(serial) else "")


# --- as the device sees it, for the fake ------------------------------------------------------------------------------


def command_in(frame: Frame) -> Command:
    """The command that a frame from the host carries; raises ValueError or struct.error where it cannot be."""
    if frame.kind == Kind.SET_SPEEDS:
        count = (len(frame.body) - 2) // 4
        valid_ms, *units = struct.unpack(f"<H{max(count, 1)}i", frame.body)
        return SetSpeeds(tuple(unit / SPEED_UNITS for unit in units), valid_ms / 1000)
    if frame.kind == Kind.ARM:
        return Arm(struct.unpack("<H", frame.body)[0] / 1000)
    if frame.kind == Kind.SET_PARAMETER:
        return SetParameter(*struct.unpack("<Bi", frame.body))
    for command, kind in ((Hello, Kind.HELLO), (Stop, Kind.STOP), (GetParameter, Kind.GET_PARAMETER)):
        if frame.kind == kind:
            return command(*struct.unpack("<B", frame.body))
    raise ValueError(f"no host sends frames of kind {frame.kind}")


def encode_reply(reply: Reply, sequence: int = 0) -> bytes:
    """The bytes of one reply."""
    if isinstance(reply, Report):
        return to_bytes(Frame(Kind.TELEMETRY, sequence, _report_body(reply)))
    if isinstance(reply, Welcome):
        return to_bytes(Frame(Kind.WELCOME, sequence, _welcome_body(reply)))
    if isinstance(reply, Done):
        return to_bytes(Frame(Kind.DONE, sequence, struct.pack("<BB", reply.kind, reply.sequence)))
    if isinstance(reply, Refused):
        return to_bytes(Frame(Kind.REFUSED, sequence, struct.pack("<BBB", reply.kind, reply.sequence, reply.reason)))
    return to_bytes(Frame(Kind.PARAMETER, sequence, struct.pack("<Bi", reply.parameter, reply.value)))


def _report_body(report: Report) -> bytes:
    temperature = _NOT_MEASURED if report.temperature_c is None else round(report.temperature_c * 10)
    head = _REPORT.pack(
        report.stamp_ms & 0xFFFFFFFF,
        report.flags,
        report.faults,
        report.last_sequence,
        min(report.bad_frames, 0xFFFF),
        round((report.voltage_v or 0) * 1000),
        temperature,
        len(report.motors),
    )
    return head + b"".join(_motor_bytes(motor) for motor in report.motors)


def _motor_bytes(motor: Motor) -> bytes:
    milliamperes = _NOT_MEASURED if motor.current_a is None else round(motor.current_a * 1000)
    wrapped = (motor.ticks + 2**31) % 2**32 - 2**31
    return _MOTOR.pack(wrapped, round(motor.ticks_per_s * SPEED_UNITS), milliamperes)


def _welcome_body(welcome: Welcome) -> bytes:
    head = _WELCOME.pack(welcome.version, welcome.motors, *welcome.firmware)
    serial = bytes.fromhex(welcome.serial).ljust(_SERIAL_LENGTH, b"\0")
    return head + welcome.board.encode("ascii").ljust(_BOARD_LENGTH, b"\0")[:_BOARD_LENGTH] + serial
