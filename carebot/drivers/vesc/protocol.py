"""The host's side of the VESC's serial protocol: commands to bytes, and bytes to replies. No I/O.

Layouts are those of `commands_process_packet` in comm/commands.c of bldc 5.00 to 6.06; numbers are big endian.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import astuple

from carebot.drivers.telemetry import LinkCounters
from carebot.drivers.vesc.framing import FrameDecoder, to_bytes
from carebot.drivers.vesc.messages import (
    HIGHEST_CAN_ID,
    PACKETS,
    SCALES,
    AppConf,
    AppConfKept,
    Command,
    GetSelectedSetupValues,
    GetSelectedValues,
    Packet,
    Reply,
    SetAppConf,
    Values,
    Version,
)

# --- from the host ----------------------------------------------------------------------------------------------------


def encode(command: Command, can_id: int | None = None) -> bytes:
    """The bytes of one command for the VESC at the port or, through it, for the one with this CAN id.

    Raises:
        ValueError: a number that is not finite or that the wire cannot carry, or an id that no VESC has.
    """
    payload = bytes((PACKETS[type(command)],)) + _body(command)
    if can_id is None:
        return to_bytes(payload)
    if not 0 <= can_id <= HIGHEST_CAN_ID:
        raise ValueError(f"a VESC's CAN id is 0 to {HIGHEST_CAN_ID}, not {can_id}")
    return to_bytes(bytes((Packet.FORWARD_CAN, can_id)) + payload)


def _body(command: Command) -> bytes:
    scale = SCALES.get(type(command))
    if scale is not None:
        (number,) = astuple(command)
        return _int32(number * scale)
    if isinstance(command, GetSelectedValues | GetSelectedSetupValues):
        return command.mask.to_bytes(4, "big")
    return command.content if isinstance(command, SetAppConf) else b""


def _int32(number: float) -> bytes:
    if not math.isfinite(number) or abs(number) > 2**31 - 1:
        raise ValueError(f"the wire cannot carry {number}")
    return round(number).to_bytes(4, "big", signed=True)


# --- from the device --------------------------------------------------------------------------------------------------

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
        mosfet, motor, motor_current, input_current, _, directional_current, duty, erpm, voltage,
        amp_hours, amp_hours_charged, watt_hours, watt_hours_charged,
        tachometer, tachometer_abs, fault, angle, controller_id,
    ) = _VALUES.unpack_from(body)
    # fmt: on
    status = body[_STATUS_AT] if len(body) > _STATUS_AT else None
    return Values(
        controller_id=controller_id,
        mosfet_c=mosfet / 10,
        motor_c=motor / 10,
        motor_current_a=motor_current / 100,
        input_current_a=input_current / 100,
        erpm=erpm,
        voltage_v=voltage / 10,
        amp_hours=amp_hours / 10_000,
        tachometer=tachometer,
        tachometer_abs=tachometer_abs,
        fault=fault,
        has_timed_out=None if status is None else bool(status & 1),
        is_killed=None if status is None else bool(status & 2),
        directional_current_a=directional_current / 100,
        duty=duty / 1000,
        amp_hours_charged=amp_hours_charged / 10_000,
        watt_hours=watt_hours / 10_000,
        watt_hours_charged=watt_hours_charged / 10_000,
        angle_deg=angle / 1_000_000,
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
