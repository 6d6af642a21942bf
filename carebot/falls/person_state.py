"""What one person is seen to do, the fall that is going on, and a step in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from carebot.alerts import FallEventKind
from carebot.falls.features import PersonFeatures


class PersonState(str, Enum):
    """What a person is seen to do. LOWERED is low but not lying: sitting on the floor, kneeling, squatting."""

    UNKNOWN = "unknown"
    UPRIGHT = "upright"
    LOWERED = "lowered"
    FALLING = "falling"
    DOWN = "down"
    RESTING = "resting"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that the machine noticed: the kind of event, its reason code, and the features at the fall."""

    kind: FallEventKind
    reason_code: str
    features: PersonFeatures
    down_s: float
    moved_bl_s: float
    fall_probability: float = math.nan


@dataclass(slots=True)
class Fall:
    """A fall that is going on; `waited_since_s` is from when on staying down speaks for it. `falls_since_s`: since when
    somebody who was merely found lying seems to fall."""

    reason_code: str
    features: PersonFeatures
    suspected_s: float
    waited_since_s: float
    still_since_s: float
    fall_probability: float = math.nan
    confirmed: bool = False
    may_confirm: bool = True
    falls_since_s: float | None = None
    on_purpose: bool = False
    is_fine: bool = False
    is_long: bool = False
