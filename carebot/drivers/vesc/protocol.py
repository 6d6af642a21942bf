"""The messages between a host and VESCs, as values. No I/O.

Source: Benjamin Vedder's bldc firmware (5.00 to 6.06), `COMM_PACKET_ID` in datatypes.h and `commands_process_packet` in
comm/commands.c. Numbers are big endian. Speeds are electrical revolutions per minute (ERPM): the shaft's, times its
magnets' pole pairs. The tachometer counts six steps for each electrical revolution.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from carebot.drivers.telemetry import LinkCounters
from carebot.drivers.vesc.framing import FrameDecoder, to_bytes

STEPS_PER_ELECTRICAL_TURN = 6
HIGHEST_CAN_ID = 253
"""254 is used by the firmware itself, 255 reaches everybody."""


class Packet(IntEnum):
    """The first byte of a payload."""

    FW_VERSION = 0
    GET_VALUES = 4
    SET_DUTY = 5
    SET_CURRENT = 6
    SET_CURRENT_BRAKE = 7
    SET_RPM = 8
    SET_APPCONF = 16
    GET_APPCONF = 17
    ALIVE = 30
    FORWARD_CAN = 34


# --- from the host ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GetVersion:
    """Who are you?"""


@dataclass(frozen=True, slots=True)
class GetValues:
    """How are you?"""


@dataclass(frozen=True, slots=True)
class SetDuty:
    """Put this part of the battery's voltage on the motor, -1 to 1; feeds the watchdog. carebot never sends it."""

    duty: float


@dataclass(frozen=True, slots=True)
class SetRpm:
    """Hold this speed; feeds the watchdog. Below its `s_pid_min_erpm` a VESC lets the motor go instead."""

    erpm: int


@dataclass(frozen=True, slots=True)
class SetCurrent:
    """Drive with this motor current; 0 lets the motor roll. Feeds the watchdog."""

    current_a: float


@dataclass(frozen=True, slots=True)
class SetBrake:
    """Brake with at most this motor current until it stands; feeds the watchdog."""

    current_a: float


@dataclass(frozen=True, slots=True)
class Alive:
    """Feed the watchdog and change nothing. carebot never sends it: only speed commands may keep a robot moving."""


@dataclass(frozen=True, slots=True)
class GetAppConf:
    """Send me your application settings."""


@dataclass(frozen=True, slots=True)
class SetAppConf:
    """Take and keep these application settings: the content of an `AppConf`."""

    content: bytes


Command = GetVersion | GetValues | SetDuty | SetRpm | SetCurrent | SetBrake | Alive | GetAppConf | SetAppConf

_PACKETS: dict[type[Command], Packet] = {
    GetVersion: Packet.FW_VERSION,
    GetValues: Packet.GET_VALUES,
    SetDuty: Packet.SET_DUTY,
    SetRpm: Packet.SET_RPM,
    SetCurrent: Packet.SET_CURRENT,
    SetBrake: Packet.SET_CURRENT_BRAKE,
    Alive: Packet.ALIVE,
    GetAppConf: Packet.GET_APPCONF,
    SetAppConf: Packet.SET_APPCONF,
}


def encode(command: Command, can_id: int | None = None) -> bytes:
    """The bytes of one command for the VESC at the port or, through it, for the one with this CAN id.

    Raises:
        ValueError: a number that is not finite or that the wire cannot carry, or an id that no VESC has.
    """
    payload = bytes((_PACKETS[type(command)],)) + _body(command)
    if can_id is None:
        return to_bytes(payload)
    if not 0 <= can_id <= HIGHEST_CAN_ID:
        raise ValueError(f"a VESC's CAN id is 0 to {HIGHEST_CAN_ID}, not {can_id}")
    return to_bytes(bytes((Packet.FORWARD_CAN, can_id)) + payload)


def _body(command: Command) -> bytes:
    if isinstance(command, SetDuty):
        return _int32(command.duty * 100_000)
    if isinstance(command, SetRpm):
        return _int32(command.erpm)
    if isinstance(command, SetCurrent | SetBrake):
        return _int32(command.current_a * 1000)
    return command.content if isinstance(command, SetAppConf) else b""


def _int32(number: float) -> bytes:
    if not math.isfinite(number) or abs(number) > 2**31 - 1:
        raise ValueError(f"the wire cannot carry {number}")
    return round(number).to_bytes(4, "big", signed=True)


# --- from the device --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """`uuid` is the processor's serial number in hexadecimal; empty where the firmware does not tell."""

    major: int
    minor: int
    hardware: str = ""
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """How one VESC is. Currents are averages since they were last asked for; `motor_current_a` is signed like duty.

    `has_timed_out` and `is_killed` (its kill switch is active) are None where the firmware does not tell.
    """

    controller_id: int
    mosfet_c: float
    motor_c: float
    motor_current_a: float
    input_current_a: float
    erpm: int
    voltage_v: float
    amp_hours: float
    tachometer: int
    tachometer_abs: int
    fault: int
    has_timed_out: bool | None = None
    is_killed: bool | None = None


@dataclass(frozen=True, slots=True)
class AppConf:
    """Application settings as the firmware packs them (confgenerator.c); only their beginning is the same in all.

    That is a signature, the CAN id, the watchdog's time, and the current it brakes with; 0 ms means no watchdog.
    """

    content: bytes

    @property
    def controller_id(self) -> int:
        return self.content[4]

    @property
    def timeout_ms(self) -> int:
        return int.from_bytes(self.content[5:9], "big")

    @property
    def brake_current_a(self) -> float:
        return float(struct.unpack_from(">f", self.content, 9)[0])

    def with_timeout(self, timeout_ms: int, brake_current_a: float) -> AppConf:
        """The same with another watchdog."""
        return AppConf(self.content[:5] + _TIMEOUT.pack(timeout_ms, brake_current_a) + self.content[13:])


@dataclass(frozen=True, slots=True)
class AppConfKept:
    """The application settings were taken and stored."""


Reply = Version | Values | AppConf | AppConfKept

_TIMEOUT = struct.Struct(">If")
_VALUES = struct.Struct(">hh4ih i h4i ii B i B")
_STATUS_AT = 72
"""Three more temperatures and two voltages lie between."""
_SHORTEST_CONTENT = 13
_UUID_LENGTH = 12


class Decoder:
    """Bytes from the device, in any portions, to replies; what is damaged or makes no sense is counted and dropped.

    Good packets that nobody here asked for, such as the prints of a script on the VESC, count as good and give nothing.
    """

    def __init__(self) -> None:
        self._frames = FrameDecoder()

    @property
    def counters(self) -> LinkCounters:
        return self._frames.counters

    def feed(self, data: bytes) -> list[Reply]:
        return [reply for payload in self._frames.feed(data) if (reply := self._reply_in(payload)) is not None]

    def _reply_in(self, payload: bytes) -> Reply | None:
        read = _READERS.get(payload[0])
        if read is None:
            return None
        try:
            return read(payload[1:])
        except (struct.error, ValueError, IndexError):
            self.counters.good_frames -= 1
            self.counters.bad_frames += 1
            self.counters.dropped_bytes += len(to_bytes(payload))
            return None


def _version_in(body: bytes) -> Version:
    text, found, rest = body[2:].partition(b"\0")
    uuid = rest[:_UUID_LENGTH].hex() if found and len(rest) >= _UUID_LENGTH else ""
    return Version(body[0], body[1], text.decode("ascii"), uuid)


def _values_in(body: bytes) -> Values:
    # fmt: off
    (
        mosfet, motor, motor_current, input_current, _, _, _, erpm, voltage, amp_hours, _, _, _,
        tachometer, tachometer_abs, fault, _, controller_id,
    ) = _VALUES.unpack_from(body)
    # fmt: on
    status = body[_STATUS_AT] if len(body) > _STATUS_AT else None
    return Values(
        controller_id,
        mosfet / 10,
        motor / 10,
        motor_current / 100,
        input_current / 100,
        erpm,
        voltage / 10,
        amp_hours / 10000,
        tachometer,
        tachometer_abs,
        fault,
        None if status is None else bool(status & 1),
        None if status is None else bool(status & 2),
    )


def _app_conf_in(body: bytes) -> AppConf:
    if len(body) < _SHORTEST_CONTENT:
        raise ValueError(f"application settings of {len(body)} bytes")
    return AppConf(body)


def _kept_in(body: bytes) -> AppConfKept:
    if body:
        raise ValueError("an acknowledgement with content")
    return AppConfKept()


_READERS: dict[int, Callable[[bytes], Reply]] = {
    Packet.FW_VERSION: _version_in,
    Packet.GET_VALUES: _values_in,
    Packet.GET_APPCONF: _app_conf_in,
    Packet.SET_APPCONF: _kept_in,
}


# --- as the device sees it, for the fake ------------------------------------------------------------------------------


def command_in(payload: bytes) -> tuple[Command, int | None]:
    """The command that a payload from the host carries, and the CAN id that it is for.

    Raises:
        ValueError: it is none of the commands above, or too short.
    """
    if payload[0] == Packet.FORWARD_CAN:
        if len(payload) < 3:
            raise ValueError("nothing to forward")
        return command_in(payload[2:])[0], payload[1]
    kind = next((kind for kind, packet in _PACKETS.items() if packet == payload[0]), None)
    if kind is None:
        raise ValueError(f"packet {payload[0]} is not played")
    body = payload[1:]
    if kind is SetAppConf:
        return SetAppConf(body), None
    if kind in (SetDuty, SetRpm, SetCurrent, SetBrake):
        (number,) = _number_in(body)
        return _with_number(kind, number), None
    return kind(), None  # type: ignore[call-arg]


def _number_in(body: bytes) -> tuple[int]:
    if len(body) < 4:
        raise ValueError("a number is missing")
    return struct.unpack_from(">i", body)


def _with_number(kind: type[Command], number: int) -> Command:
    if kind is SetRpm:
        return SetRpm(number)
    if kind is SetDuty:
        return SetDuty(number / 100_000)
    return SetCurrent(number / 1000) if kind is SetCurrent else SetBrake(number / 1000)


def encode_reply(reply: Reply) -> bytes:
    """The bytes of one reply, as firmware 6 sends it."""
    if isinstance(reply, Version):
        tail = bytes.fromhex(reply.uuid) if reply.uuid else b""
        body = bytes((reply.major, reply.minor)) + reply.hardware.encode("ascii") + b"\0" + tail
        return to_bytes(bytes((Packet.FW_VERSION,)) + body)
    if isinstance(reply, Values):
        return to_bytes(bytes((Packet.GET_VALUES,)) + _values_body(reply))
    if isinstance(reply, AppConf):
        return to_bytes(bytes((Packet.GET_APPCONF,)) + reply.content)
    return to_bytes(bytes((Packet.SET_APPCONF,)))


def _values_body(values: Values) -> bytes:
    current = round(values.motor_current_a * 100)
    body = _VALUES.pack(
        *(round(values.mosfet_c * 10), round(values.motor_c * 10)),
        *(current, round(values.input_current_a * 100), 0, current, 0),
        *(values.erpm, round(values.voltage_v * 10)),
        *(round(values.amp_hours * 10000), 0, 0, 0),
        *(values.tachometer, values.tachometer_abs, values.fault, 0, values.controller_id),
    )
    more = struct.pack(">3hii", *(round(values.mosfet_c * 10),) * 3, 0, 0)
    status = (values.has_timed_out or False) | (values.is_killed or False) << 1
    return body + more + (b"" if values.has_timed_out is None else bytes((status,)))
