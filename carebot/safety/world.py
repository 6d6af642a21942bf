"""What the judge is told: a wish to move, and what the robot sees and feels.

All stamps are on one clock, the one that `now_s` is read from. Lengths and angles are in the robot's frame (base_link:
x forward, y left).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import Twist2D

Points = NDArray[np.float64]
"""(n, 2): x and y of points in metres, in the robot's frame."""


class Source(str, Enum):
    """Who wishes to move, the most important first."""

    ESTOP = "estop"
    RETREAT = "retreat"
    TELEOP = "teleop"
    NAVIGATION = "navigation"


class Sensor(str, Enum):
    """What the robot may be fitted with; the value is also the name of the field in `World`."""

    SCAN = "scan"
    DEPTH = "depth"
    BUMPER = "bumper"
    PEOPLE = "people"
    TILT = "tilt"
    CLIFF = "cliff"
    BATTERY = "battery"
    DRIVE = "drive"
    BUTTON = "button"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class MotionRequest:
    """A wish to move with `twist`, made at `stamp_s`; `driver` names the person where somebody drives by hand."""

    source: Source
    twist: Twist2D
    stamp_s: float
    driver: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A lidar's obstacles. `lost_rays` is the share (0..1) of rays that came back as nonsense.

    The lidar looks from `seen_from_rad` to `seen_to_rad`, counter-clockwise; the whole circle by default. Nothing was
    measured in `holes_rad`, (from, to) counter-clockwise each.
    """

    stamp_s: float
    points_m: Points
    lost_rays: float = 0.0
    seen_from_rad: float = -math.pi
    seen_to_rad: float = math.pi
    holes_rad: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Depth:
    """Obstacles that a depth camera sees, projected on the floor."""

    stamp_s: float
    points_m: Points


@dataclass(frozen=True, slots=True)
class Bumper:
    stamp_s: float
    pressed: bool


@dataclass(frozen=True, slots=True)
class PeopleNear:
    """How far everybody in view is from the robot's outline or nearer; None for somebody whose distance is unknown."""

    stamp_s: float
    distances_m: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Tilt:
    """How far the robot leans from upright."""

    stamp_s: float
    roll_rad: float
    pitch_rad: float


@dataclass(frozen=True, slots=True)
class Cliff:
    """Whether any sensor that looks down sees no floor."""

    stamp_s: float
    drop: bool


@dataclass(frozen=True, slots=True)
class Battery:
    """The charge as a fraction, 0 to 1."""

    stamp_s: float
    charge: float


@dataclass(frozen=True, slots=True)
class Drive:
    """The motor controller's own emergency-stop input, and the largest motor current of this moment."""

    stamp_s: float
    estop: bool = False
    current_a: float = 0.0


@dataclass(frozen=True, slots=True)
class Button:
    """An emergency-stop button that is not wired to the motor controller."""

    stamp_s: float
    pressed: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Whether quiet hours hold in this home, and how far the nearest doorway is (None: none is known)."""

    stamp_s: float
    night: bool = False
    door_distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Approach:
    """A routine that runs and is permitted to come close to people."""

    stamp_s: float
    routine: str


@dataclass(frozen=True, slots=True)
class Estop:
    """The emergency stop: whether it is latched, why, and by whom as far as that is known."""

    latched: bool = False
    cause: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """All that the judge knows besides the wish; None where nothing was heard yet.

    The last three are remembered rather than sensed: `SafetyJudge` fills them in. `critical_since_s` is when the
    battery became critical, None while it is not; `contact` is true from a contact until the wait after it is over.
    """

    scan: Scan | None = None
    depth: Depth | None = None
    bumper: Bumper | None = None
    people: PeopleNear | None = None
    tilt: Tilt | None = None
    cliff: Cliff | None = None
    battery: Battery | None = None
    drive: Drive | None = None
    button: Button | None = None
    site: Site | None = None
    approach: Approach | None = None
    estop: Estop = Estop()
    critical_since_s: float | None = None
    contact: bool = False

    @property
    def button_pressed(self) -> bool:
        """Whether any emergency-stop button on the robot is pressed."""
        return bool((self.drive and self.drive.estop) or (self.button and self.button.pressed))
