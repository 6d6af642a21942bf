"""RoboClaw's packet serial, as bytes and values. No I/O.

Sources: Basicmicro, "RoboClaw Series User Manual" (edition of the 2x120A): packet serial, addresses and the CRC on
pages 58 and 59, commands 14 to 100 on pages 66 to 76, encoders on page 87, duty on page 92, speeds on pages 93 to 97;
and Basicmicro's own Python library (roboclaw_3.py; `basicmicro` 2.0 on PyPI) for what the manual leaves open.

A command is [address, number, data, CRC]; the device acknowledges it with one byte 0xFF. A question is only
[address, number], and its answer [data, CRC]. Numbers are big endian. The CRC is CRC-16/XMODEM (polynomial 0x1021,
start value 0, nothing reflected); that of an answer covers the address and the number of the question too.

Answers carry no header: only who knows what was asked can read them. Tell the decoder with `expect`, in the order of
what is written.
"""

from __future__ import annotations

import math
import struct
from binascii import crc_hqx
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from carebot.drivers.telemetry import LinkCounters

LOWEST_ADDRESS = 0x80
HIGHEST_ADDRESS = 0x87
ACKNOWLEDGED = 0xFF
PACKET_GAP_S = 0.01
"""The device forgets an unfinished packet after this much silence (manual, page 59: Packet Timeout)."""
TIMEOUT_STEP_S = 0.1
"""Unit of the serial time-out (manual, page 67, command 14)."""
FULL_DUTY = 32767
"""Duty that is 100 % (manual, command 32)."""
LONGEST_VERSION = 48
_LARGEST_SPEED = 2**31 - 1
_LARGEST_ACCELERATION = 2**32 - 1


class Number(IntEnum):
    """The second byte of a packet."""

    SET_TIMEOUT = 14
    READ_TIMEOUT = 15
    READ_SPEED_M1 = 18
    READ_SPEED_M2 = 19
    READ_VERSION = 21
    READ_BATTERY = 24
    DUTY_M1 = 32
    DUTY_M2 = 33
    DUTIES = 34
    SPEEDS = 40
    READ_CURRENTS = 49
    READ_ENCODERS = 78
    READ_TEMPERATURE = 82
    READ_STATUS = 90


class Bit(IntEnum):
    """Bits of the 32-bit status (manual, page 73, command 90). Older firmware has 16 bits of other meanings.

    What the manual leaves out, 0x4000, 0x8000 and from 0x04000000 on, is from Basicmicro's library (`basicmicro`
    2.0.10, controller.py). The lower half holds errors, the upper half warnings.
    """

    ESTOP = 0x00000001
    TEMPERATURE = 0x00000002
    TEMPERATURE_2 = 0x00000004
    MAIN_HIGH = 0x00000008
    LOGIC_HIGH = 0x00000010
    LOGIC_LOW = 0x00000020
    M1_DRIVER = 0x00000040
    M2_DRIVER = 0x00000080
    M1_SPEED = 0x00000100
    M2_SPEED = 0x00000200
    M1_POSITION = 0x00000400
    M2_POSITION = 0x00000800
    M1_CURRENT = 0x00001000
    M2_CURRENT = 0x00002000
    MAIN_LOW = 0x00004000
    MAIN_HIGH_BRAKING = 0x00008000
    M1_OVER_CURRENT = 0x00010000
    M2_OVER_CURRENT = 0x00020000
    MAIN_HIGH_WARNING = 0x00040000
    MAIN_LOW_WARNING = 0x00080000
    TEMPERATURE_WARNING = 0x00100000
    TEMPERATURE_2_WARNING = 0x00200000
    S4_TRIGGERED = 0x00400000
    S5_TRIGGERED = 0x00800000
    SPEED_LIMIT_WARNING = 0x01000000
    SPEED_2_OR_POSITION_LIMIT_WARNING = 0x02000000
    """The position of a motor in the manual, the speed of M2 in the library, where bit 24 is that of M1."""
    M1_POSITION_WARNING = 0x04000000
    M2_POSITION_WARNING = 0x08000000
    CAN_WARNING = 0x10000000
    BOOT_WARNING = 0x20000000
    M1_OVER_REGENERATION_WARNING = 0x40000000
    M2_OVER_REGENERATION_WARNING = 0x80000000


# --- to the device ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetTimeout:
    """Stop both motors when no packet comes for `steps` times 0.1 s; 0 turns that off."""

    steps: int


@dataclass(frozen=True, slots=True)
class SetDuty:
    """Open-loop power of one motor (0 or 1), -1 to 1; 0 takes the power away."""

    motor: int
    duty: float


@dataclass(frozen=True, slots=True)
class SetDuties:
    duties: tuple[float, float]


@dataclass(frozen=True, slots=True)
class SetSpeeds:
    """Speeds in quadrature counts per second, reached with `counts_per_s2`."""

    counts_per_s: tuple[int, int]
    counts_per_s2: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A question; `number` is one of those called READ_."""

    number: Number


Command = SetTimeout | SetDuty | SetDuties | SetSpeeds | Ask


def encode(command: Command, address: int = LOWEST_ADDRESS) -> bytes:
    """The bytes of one packet.

    Raises:
        ValueError: a number that is not finite or that the packet cannot carry, or an address that no RoboClaw has.
    """
    if not LOWEST_ADDRESS <= address <= HIGHEST_ADDRESS:
        raise ValueError(f"a RoboClaw's address is {LOWEST_ADDRESS:#x} to {HIGHEST_ADDRESS:#x}, not {address:#x}")
    if isinstance(command, Ask):
        return bytes((address, command.number))
    number, data = _content(command)
    packet = bytes((address, number)) + data
    return packet + crc_hqx(packet, 0).to_bytes(2, "big")


def _content(command: SetTimeout | SetDuty | SetDuties | SetSpeeds) -> tuple[Number, bytes]:
    if isinstance(command, SetSpeeds):
        return Number.SPEEDS, _speeds(command)
    if isinstance(command, SetDuties):
        return Number.DUTIES, struct.pack(">hh", *map(_duty, command.duties))
    if isinstance(command, SetDuty):
        return (Number.DUTY_M1, Number.DUTY_M2)[_motor(command.motor)], struct.pack(">h", _duty(command.duty))
    if not 0 <= command.steps <= 255:
        raise ValueError(f"the serial time-out is 0 to 255 steps, not {command.steps}")
    return Number.SET_TIMEOUT, bytes((command.steps,))


def _speeds(command: SetSpeeds) -> bytes:
    if not all(math.isfinite(speed) and abs(speed) <= _LARGEST_SPEED for speed in command.counts_per_s):
        raise ValueError(f"the packet cannot carry speeds of {command.counts_per_s} counts/s")
    if not 0 <= command.counts_per_s2 <= _LARGEST_ACCELERATION:
        raise ValueError(f"the packet cannot carry an acceleration of {command.counts_per_s2} counts/s²")
    return struct.pack(">Iii", command.counts_per_s2, *map(int, command.counts_per_s))


def _duty(duty: float) -> int:
    if not (math.isfinite(duty) and abs(duty) <= 1):
        raise ValueError(f"a duty is -1 to 1, not {duty}")
    return round(duty * FULL_DUTY)


def _motor(motor: int) -> int:
    if motor not in (0, 1):
        raise ValueError(f"a RoboClaw has the motors 0 and 1, not {motor}")
    return motor


# --- from the device --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One command was accepted; this byte has no checksum, so nothing may depend on it alone."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """The serial time-out in force, in steps of 0.1 s."""

    steps: int


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one motor (0 or 1), filtered by the device, in counts per second."""

    motor: int
    counts_per_s: int


@dataclass(frozen=True, slots=True)
class Version:
    """Such as "USB Roboclaw 2x15a v4.1.34"."""

    text: str


@dataclass(frozen=True, slots=True)
class Battery:
    voltage_v: float


@dataclass(frozen=True, slots=True)
class Currents:
    amperes: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Encoders:
    """Both counters; they wrap at 32 bits."""

    counts: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Temperature:
    celsius: float


@dataclass(frozen=True, slots=True)
class Status:
    bits: int


Reply = Acknowledged | Timeout | Speed | Version | Battery | Currents | Encoders | Temperature | Status


def _speed(motor: int) -> Callable[[int, int], Speed]:
    # Bit 0 tells the direction of a magnitude; firmware that sends a signed speed sets it as well.
    return lambda value, backward: Speed(motor, -abs(value) if backward & 1 else value)


_ANSWERS: dict[Number, tuple[struct.Struct, Callable[..., Reply]]] = {
    Number.READ_TIMEOUT: (struct.Struct(">B"), Timeout),
    Number.READ_SPEED_M1: (struct.Struct(">iB"), _speed(0)),
    Number.READ_SPEED_M2: (struct.Struct(">iB"), _speed(1)),
    Number.READ_BATTERY: (struct.Struct(">H"), lambda tenths: Battery(tenths / 10)),
    Number.READ_CURRENTS: (struct.Struct(">hh"), lambda m1, m2: Currents((m1 / 100, m2 / 100))),
    Number.READ_ENCODERS: (struct.Struct(">ii"), lambda m1, m2: Encoders((m1, m2))),
    Number.READ_TEMPERATURE: (struct.Struct(">h"), lambda tenths: Temperature(tenths / 10)),
    Number.READ_STATUS: (struct.Struct(">I"), Status),
}
_CRC = struct.Struct(">H")
_ACKNOWLEDGEMENT = Acknowledged()


class Decoder:
    """Bytes from the device, in any portions, to the replies that `expect` announced.

    A reply with a wrong checksum is dropped with as many bytes as it should have had, so that the next one is found
    again where a bit was wrong. A second wrong one in a row means that bytes were lost: then everything expected is
    given up, and arriving bytes are dropped until something is expected anew.
    """

    def __init__(self, address: int = LOWEST_ADDRESS) -> None:
        self.counters = LinkCounters()
        self._prefixes = {number: crc_hqx(bytes((address, number)), 0) for number in Number}
        self._expected: deque[Command] = deque()
        self._rest = b""
        self._failures = 0

    def expect(self, command: Command) -> None:
        """`command` is being written, and its reply comes after those of all before."""
        self._expected.append(command)

    @property
    def is_expecting(self) -> bool:
        """Whether anything is outstanding."""
        return bool(self._expected)

    @property
    def is_asking(self) -> bool:
        """Whether the answer to a question is outstanding."""
        return any(isinstance(command, Ask) for command in self._expected)

    def give_up(self) -> None:
        """Whatever is outstanding does not come any more; what arrived of it is dropped."""
        self.counters.bad_frames += bool(self._expected)
        self.counters.dropped_bytes += len(self._rest)
        self._expected.clear()
        self._rest = b""
        self._failures = 0

    def feed(self, data: bytes) -> list[Reply]:
        replies: list[Reply] = []
        rest, at = self._rest + data, 0
        while self._expected and (length := self._length(rest, at)) is not None:
            reply = self._reply(self._expected.popleft(), rest, at, length)
            at += length
            if reply is not None:
                replies.append(reply)
            elif self._failures > 1:
                self._expected.clear()
        if not self._expected:
            self.counters.dropped_bytes += len(rest) - at
            at, self._failures = len(rest), 0
        self._rest = rest[at:]
        return replies

    def _length(self, rest: bytes, at: int) -> int | None:
        """How many bytes the next expected reply takes; None where they have not all come."""
        command = self._expected[0]
        if not isinstance(command, Ask):
            length = 1
        elif command.number == Number.READ_VERSION:
            end = rest.find(0, at, at + LONGEST_VERSION)
            length = (end - at + 1 if end >= 0 else LONGEST_VERSION) + _CRC.size
        else:
            length = _ANSWERS[command.number][0].size + _CRC.size
        return length if len(rest) - at >= length else None

    def _reply(self, command: Command, rest: bytes, at: int, length: int) -> Reply | None:
        reply = self._decoded(command, rest[at : at + length])
        if reply is not None:
            self.counters.good_frames += 1
            self._failures = 0
            return reply
        self.counters.bad_frames += 1
        self.counters.dropped_bytes += length
        self._failures += 1
        return None

    def _decoded(self, command: Command, frame: bytes) -> Reply | None:
        if not isinstance(command, Ask):
            return _ACKNOWLEDGEMENT if frame[0] == ACKNOWLEDGED else None
        content = frame[:-2]
        if crc_hqx(content, self._prefixes[command.number]) != frame[-2] << 8 | frame[-1]:
            return None
        if command.number == Number.READ_VERSION:
            return Version(content.rstrip(b"\0").decode("latin-1").strip())
        layout, reply = _ANSWERS[command.number]
        return reply(*layout.unpack(content))
