"""The VESC's side of its serial protocol, for the fake: payloads to commands, and answers to payloads. No I/O.

Fields, their order and the bits that select them are those of `commands_process_packet` in comm/commands.c (firmware
6.05). A request that is too short to be one is refused here; the firmware would read on into its buffer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from carebot.drivers.vesc.messages import (
    PACKETS,
    SCALES,
    AppConf,
    Command,
    GetSelectedSetupValues,
    GetSelectedValues,
    Packet,
    Reply,
    SetAppConf,
    Values,
    Version,
)

EVERYTHING = 0xFFFFFFFF
"""A mask that selects every field."""

_KINDS = {packet: kind for kind, packet in PACKETS.items()}

_AFTER_THE_UUID = bytes((0, 0, 0, 0, 1, 0, 0, 0)) + b"\0"
"""Not paired, no test version, a VESC, no custom configuration, phase filters, no user interface for the hardware nor
for the application, no radio's flags; then the firmware's name, which is empty in official ones."""


@dataclass(frozen=True, slots=True)
class SetupValues:
    """A VESC with those on its CAN bus: `values` are its own, but for the currents and charges, which are summed up."""

    values: Values
    unit_count: int
    speed_m_s: float
    distance_m: float
    distance_abs_m: float
    battery_level: float
    battery_wh: float
    uptime_ms: int


# --- from the host ----------------------------------------------------------------------------------------------------


def command_in(payload: bytes) -> tuple[Command, int | None]:
    """The command that a payload from the host carries, and the CAN id that it is for.

    Raises:
        ValueError: it is none of those that are played, or too short.
    """
    if payload[0] == Packet.FORWARD_CAN:
        if len(payload) < 3:
            raise ValueError("nothing to forward")
        return command_in(payload[2:])[0], payload[1]
    kind, body = _KINDS.get(Packet(payload[0])), payload[1:]
    if kind is None:
        raise ValueError(f"packet {payload[0]} is not played")
    if kind is SetAppConf:
        return SetAppConf(body), None
    if kind in SCALES:
        number, scale = int.from_bytes(_four(body), "big", signed=True), SCALES[kind]
        return kind(number if scale == 1 else number / scale), None  # type: ignore[call-arg, arg-type]
    if kind in (GetSelectedValues, GetSelectedSetupValues):
        return kind(int.from_bytes(_four(body), "big")), None
    return kind(), None  # type: ignore[call-arg]


def _four(body: bytes) -> bytes:
    if len(body) < 4:
        raise ValueError("a number is missing")
    return body[:4]


# --- from the device --------------------------------------------------------------------------------------------------


def reply_payload(reply: Reply) -> bytes:
    """The payload of one reply, as firmware 6.05 sends it."""
    if isinstance(reply, Version):
        return bytes((Packet.FW_VERSION,)) + _version_body(reply)
    if isinstance(reply, Values):
        return bytes((Packet.GET_VALUES,)) + _joined(_fields(reply), EVERYTHING)
    if isinstance(reply, AppConf):
        return bytes((Packet.GET_APPCONF,)) + reply.content
    return bytes((Packet.SET_APPCONF,))


def selected_values_payload(values: Values, mask: int) -> bytes:
    return struct.pack(">BI", Packet.GET_VALUES_SELECTIVE, mask) + _joined(_fields(values), mask)


def setup_values_payload(setup: SetupValues) -> bytes:
    return bytes((Packet.GET_VALUES_SETUP,)) + _joined(_setup_fields(setup), EVERYTHING)


def selected_setup_values_payload(setup: SetupValues, mask: int) -> bytes:
    return struct.pack(">BI", Packet.GET_VALUES_SETUP_SELECTIVE, mask) + _joined(_setup_fields(setup), mask)


def found_on_can_payload(can_ids: list[int]) -> bytes:
    return bytes((Packet.PING_CAN, *sorted(can_ids)))


def decoded_ppm_payload() -> bytes:
    """Nothing is connected to the servo input."""
    return struct.pack(">Bii", Packet.GET_DECODED_PPM, 0, 0)


def _version_body(version: Version) -> bytes:
    body = bytes((version.major, version.minor)) + version.hardware.encode("ascii") + b"\0"
    return body + bytes.fromhex(version.uuid) + _AFTER_THE_UUID if version.uuid else body


def _joined(fields: list[bytes], mask: int) -> bytes:
    return b"".join(field for bit, field in enumerate(fields) if mask >> bit & 1)


def _fields(values: Values) -> list[bytes]:
    """One for each bit of the mask; the status is empty where the firmware does not tell it."""
    status = bool(values.has_timed_out) | bool(values.is_killed) << 1
    return [
        _short(values.mosfet_c, 10),
        _short(values.motor_c, 10),
        _long(values.motor_current_a, 100),
        _long(values.input_current_a, 100),
        _long(0, 100),
        _long(values.directional_current_a, 100),
        _short(values.duty, 1000),
        _long(values.erpm, 1),
        _short(values.voltage_v, 10),
        _long(values.amp_hours, 10_000),
        _long(values.amp_hours_charged, 10_000),
        _long(values.watt_hours, 10_000),
        _long(values.watt_hours_charged, 10_000),
        _long(values.tachometer, 1),
        _long(values.tachometer_abs, 1),
        bytes((values.fault,)),
        _long(values.angle_deg, 1_000_000),
        bytes((values.controller_id,)),
        _short(values.mosfet_c, 10) * 3,
        _long(0, 1000),
        _long(values.duty * values.voltage_v, 1000),
        b"" if values.has_timed_out is None else bytes((status,)),
    ]


def _setup_fields(setup: SetupValues) -> list[bytes]:
    values = setup.values
    return [
        _short(values.mosfet_c, 10),
        _short(values.motor_c, 10),
        _long(values.motor_current_a, 100),
        _long(values.input_current_a, 100),
        _short(values.duty, 1000),
        _long(values.erpm, 1),
        _long(setup.speed_m_s, 1000),
        _short(values.voltage_v, 10),
        _short(setup.battery_level, 1000),
        _long(values.amp_hours, 10_000),
        _long(values.amp_hours_charged, 10_000),
        _long(values.watt_hours, 10_000),
        _long(values.watt_hours_charged, 10_000),
        _long(setup.distance_m, 1000),
        _long(setup.distance_abs_m, 1000),
        _long(values.angle_deg, 1_000_000),
        bytes((values.fault,)),
        bytes((values.controller_id,)),
        bytes((setup.unit_count,)),
        _long(setup.battery_wh, 1000),
        struct.pack(">I", round(setup.distance_abs_m)),
        struct.pack(">I", setup.uptime_ms % 2**32),
    ]


def _short(number: float, scale: int) -> bytes:
    return struct.pack(">h", round(number * scale))


def _long(number: float, scale: int) -> bytes:
    return struct.pack(">i", round(number * scale))
