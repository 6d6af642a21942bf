"""What a host and VESCs say to each other, as values. No bytes.

Source: Benjamin Vedder's bldc firmware (5.00 to 6.06), `COMM_PACKET_ID` in datatypes.h and `commands_process_packet` in
comm/commands.c. Speeds are electrical revolutions per minute (ERPM): the shaft's, times its magnets' pole pairs. The
tachometer counts six steps for each electrical revolution.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

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
    SET_POS = 9
    SET_HANDBRAKE = 10
    SET_APPCONF = 16
    GET_APPCONF = 17
    REBOOT = 29
    ALIVE = 30
    GET_DECODED_PPM = 31
    FORWARD_CAN = 34
    GET_VALUES_SETUP = 47
    GET_VALUES_SELECTIVE = 50
    GET_VALUES_SETUP_SELECTIVE = 51
    PING_CAN = 62


# --- from the host ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GetVersion:
    """Who are you?"""


@dataclass(frozen=True, slots=True)
class GetValues:
    """How are you?"""


@dataclass(frozen=True, slots=True)
class SetRpm:
    """Hold this speed; feeds the watchdog. Below its `s_pid_min_erpm` a VESC brakes, or stays off where it was off."""

    erpm: int


@dataclass(frozen=True, slots=True)
class SetBrake:
    """Brake with at most this motor current until it stands; feeds the watchdog."""

    current_a: float


@dataclass(frozen=True, slots=True)
class GetAppConf:
    """Send me your application settings."""


@dataclass(frozen=True, slots=True)
class SetAppConf:
    """Take and keep these application settings: the content of an `AppConf`."""

    content: bytes


# --- from other hosts: carebot never sends these ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetDuty:
    """Put this part of the battery's voltage on the motor, -1 to 1; feeds the watchdog."""

    duty: float


@dataclass(frozen=True, slots=True)
class SetCurrent:
    """Drive with this motor current; 0 lets the motor roll. Feeds the watchdog."""

    current_a: float


@dataclass(frozen=True, slots=True)
class SetPosition:
    """Turn the motor to this angle and hold it; feeds the watchdog."""

    angle_deg: float


@dataclass(frozen=True, slots=True)
class SetHandbrake:
    """Hold the motor where it is with this current, standing or not; feeds the watchdog."""

    current_a: float


@dataclass(frozen=True, slots=True)
class Alive:
    """Feed the watchdog and change nothing: it keeps a robot moving that nobody commands."""


@dataclass(frozen=True, slots=True)
class Reboot:
    """Restart; there is no answer."""


@dataclass(frozen=True, slots=True)
class GetSelectedValues:
    """How are you, as far as these bits ask?"""

    mask: int


@dataclass(frozen=True, slots=True)
class GetSetupValues:
    """How are you and those on your CAN bus, together?"""


@dataclass(frozen=True, slots=True)
class GetSelectedSetupValues:
    """The same, as far as these bits ask."""

    mask: int


@dataclass(frozen=True, slots=True)
class PingCan:
    """Who is on your CAN bus?"""


@dataclass(frozen=True, slots=True)
class GetDecodedPpm:
    """What does your servo input say?"""


Command = (
    GetVersion
    | GetValues
    | SetRpm
    | SetBrake
    | GetAppConf
    | SetAppConf
    | SetDuty
    | SetCurrent
    | SetPosition
    | SetHandbrake
    | Alive
    | Reboot
    | GetSelectedValues
    | GetSetupValues
    | GetSelectedSetupValues
    | PingCan
    | GetDecodedPpm
)

PACKETS: dict[type[Command], Packet] = {
    GetVersion: Packet.FW_VERSION,
    GetValues: Packet.GET_VALUES,
    SetRpm: Packet.SET_RPM,
    SetBrake: Packet.SET_CURRENT_BRAKE,
    GetAppConf: Packet.GET_APPCONF,
    SetAppConf: Packet.SET_APPCONF,
    SetDuty: Packet.SET_DUTY,
    SetCurrent: Packet.SET_CURRENT,
    SetPosition: Packet.SET_POS,
    SetHandbrake: Packet.SET_HANDBRAKE,
    Alive: Packet.ALIVE,
    Reboot: Packet.REBOOT,
    GetSelectedValues: Packet.GET_VALUES_SELECTIVE,
    GetSetupValues: Packet.GET_VALUES_SETUP,
    GetSelectedSetupValues: Packet.GET_VALUES_SETUP_SELECTIVE,
    PingCan: Packet.PING_CAN,
    GetDecodedPpm: Packet.GET_DECODED_PPM,
}

SCALES: dict[type[Command], int] = {
    SetRpm: 1,
    SetBrake: 1000,
    SetDuty: 100_000,
    SetCurrent: 1000,
    SetPosition: 1_000_000,
    SetHandbrake: 1000,
}
"""Commands that carry a signed number of four bytes, and what it is multiplied with."""


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
    """How one VESC is. Currents are averages since they were last asked for.

    `motor_current_a` and `input_current_a` are positive where the motor draws and negative where it brakes, whichever
    way it turns; `directional_current_a` and `duty` are signed like the direction. `has_timed_out` and `is_killed` (its
    kill switch is active) are None where the firmware does not tell.
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
    directional_current_a: float = 0.0
    duty: float = 0.0
    amp_hours_charged: float = 0.0
    watt_hours: float = 0.0
    watt_hours_charged: float = 0.0
    angle_deg: float = 0.0


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
