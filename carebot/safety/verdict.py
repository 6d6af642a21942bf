"""What the judge says: the motion that is allowed, and every reason why it is not more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from carebot.geometry import Twist2D

ZERO = Twist2D()


class ReasonCode(str, Enum):
    """Why a motion is limited; stable names for programs and translations."""

    CLOCK = "clock"
    NO_COMMAND = "no_command"
    COMMAND_NOT_FINITE = "command_not_finite"
    COMMAND_EXPIRED = "command_expired"
    COMMAND_FROM_FUTURE = "command_from_future"
    COMMAND_REPLAYED = "command_replayed"
    COMMAND_TOO_EARLY = "command_too_early"
    DRIVER_UNNAMED = "driver_unnamed"
    DRIVER_SEAT_TAKEN = "driver_seat_taken"
    TELEOP_HOLDS = "teleop_holds"
    ESTOP = "estop"
    ESTOP_INPUT = "estop_input"
    CONTACT = "contact"
    SENSOR_MISSING = "sensor_missing"
    SENSOR_STALE = "sensor_stale"
    SENSOR_FROM_FUTURE = "sensor_from_future"
    SENSOR_NOT_FINITE = "sensor_not_finite"
    SCAN_BLIND = "scan_blind"
    BUMPER = "bumper"
    CLIFF = "cliff"
    TILT = "tilt"
    PERSON_CLOSE = "person_close"
    PERSON_NEAR = "person_near"
    PERSON_UNSURE = "person_unsure"
    APPROACH = "approach"
    BATTERY_CRITICAL = "battery_critical"
    BATTERY_EMPTY = "battery_empty"
    NIGHT = "night"
    DOOR = "door"
    SITE_SILENT = "site_silent"
    OBSTACLE = "obstacle"
    CREEP = "creep"
    UNSEEN = "unseen"
    SPEED_LIMIT = "speed_limit"
    YAW_LIMIT = "yaw_limit"


@dataclass(frozen=True, slots=True)
class Reason:
    """A limit: code, an English sentence, the speed that it allows, and the numbers behind it, units in names.

    `about` says whom or what it is about where the code has one: a `Sensor`, a `Source`, a driver or a routine.
    """

    code: ReasonCode
    words: str
    allowed_m_s: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    about: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The motion that is allowed now, and the reasons, the strictest first.

    `allowed_m_s` is the speed that all of them together allow (of the fastest point of the outline).
    """

    twist: Twist2D
    allowed_m_s: float
    reasons: tuple[Reason, ...] = ()

    def has(self, code: ReasonCode) -> bool:
        return any(reason.code is code for reason in self.reasons)
