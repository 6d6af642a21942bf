"""Frozen SI values of space that rooms hand to each other."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An axis-parallel rectangle in normalised picture coordinates (0..1, y down)."""

    x: float
    y: float
    width: float
    height: float

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height
