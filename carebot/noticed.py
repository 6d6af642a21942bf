"""What is worth remembering of a person's movements, though nobody has to come: values for all rooms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class NoticedKind(str, Enum):
    """What can be noticed."""

    NEAR_FALL = "near_fall"
    """A stumble, and back on one's feet."""

    SLOW_DESCENT = "slow_descent"
    """Slid down to the floor too slowly for a fall."""

    RISING_TROUBLE = "rising_trouble"
    """Tried several times to get up."""

    WALK = "walk"
    """Walked a few steps: speed and step rate."""

    GAIT_CHANGE = "gait_change"
    """Walks clearly slower or faster than in the weeks before."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """One observation, no alarm. `time_s` is the time of the picture in which it began, on the pictures' clock.

    `reason_code` names the sentence for translation; the keys of `numbers` carry their units (bl is a body length, the
    person's own stature).
    """

    kind: NoticedKind
    time_s: float
    track_id: int
    reason_code: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An observation as the records keep it; `at_s` is seconds since 1970 UTC."""

    id: str
    at_s: float
    kind: NoticedKind
    reason_code: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GaitDay:
    """The medians of one day's walks; `day` is YYYY-MM-DD in the robot's time zone; NaN where it is not known."""

    day: str
    walks: int
    speed_bl_s: float
    speed_m_s: float = math.nan
    steps_per_s: float = math.nan
