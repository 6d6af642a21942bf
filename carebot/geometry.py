"""Frozen SI values of space that rooms hand to each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Length = TypeVar("Length", float, "NDArray[np.float64]")


@dataclass(frozen=True, slots=True)
class CameraMounting:
    """How a camera is fixed: what turns picture directions into directions against gravity.

    `height_m` is the lens above the floor. `pitch_rad` is positive when the camera looks down, `roll_rad` positive when
    it is turned clockwise as seen from behind it. `vertical_fov_rad` is the full opening angle of the picture's height.
    """

    height_m: float = 1.1
    pitch_rad: float = 0.0
    roll_rad: float = 0.0
    vertical_fov_rad: float = 0.85

    @property
    def is_described(self) -> bool:
        """A mounting that nobody changed is one that nobody described."""
        return self != CameraMounting()

    def ray(self, x: float, y: float, aspect: float) -> tuple[float, float, float]:
        """Where the point (0..1 each, y down) of a picture of that width by height lies: ahead along the floor, to the
        left, and up, for each metre away along the camera's axis."""
        half = math.tan(self.vertical_fov_rad / 2.0)
        return self.from_optical(2.0 * (x - 0.5) * half * aspect, 2.0 * (y - 0.5) * half, 1.0)

    def from_optical(self, right: Length, down: Length, away: Length) -> tuple[Length, Length, Length]:
        """Ahead along the floor, to the left, and up, of what the camera sees so far to the right, down and away; of
        one point, or of arrays of them."""
        c, s = math.cos(self.roll_rad), math.sin(self.roll_rad)
        right, down = c * right - s * down, s * right + c * down
        c, s = math.cos(self.pitch_rad), math.sin(self.pitch_rad)
        return c * away - s * down, -right, -c * down - s * away


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An axis-parallel rectangle in normalised picture coordinates (0..1, y down)."""

    x: float
    y: float
    width: float
    height: float

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


@dataclass(frozen=True, slots=True)
class Twist2D:
    """A velocity in the plane, in the robot's frame (x forward, y left, turning positive to the left; REP-103)."""

    vx_m_s: float = 0.0
    vy_m_s: float = 0.0
    yaw_rad_s: float = 0.0

    def scaled(self, factor: float) -> Twist2D:
        """The same path at another speed."""
        return Twist2D(self.vx_m_s * factor, self.vy_m_s * factor, self.yaw_rad_s * factor)


@dataclass(frozen=True, slots=True)
class Pose2D:
    """A place and a heading in the plane (x forward, y left, yaw positive to the left; REP-103)."""

    x_m: float = 0.0
    y_m: float = 0.0
    yaw_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class Marker:
    """A printed marker that a camera sees, in the robot's frame: its middle, and which way its face looks."""

    marker_id: int
    place: Pose2D


@dataclass(frozen=True, slots=True)
class MarkerLook:
    """All markers that one picture shows, none included; `time_s` is when the picture was taken."""

    time_s: float
    markers: tuple[Marker, ...] = ()


def wrapped_rad(angle_rad: float) -> float:
    """The same direction, from -π on and below π."""
    return (angle_rad + math.pi) % (2.0 * math.pi) - math.pi
