"""What a site file says of the floor: rooms, places, doors, zones and the charger, in metres on the map."""

from __future__ import annotations

import math
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from shapely import Point as GeometryPoint
from shapely import Polygon as Geometry
from shapely import is_valid_reason
from typing_extensions import Self

from carebot.config import FileModel
from carebot.geometry import Pose2D
from carebot.site.hours import Hours
from carebot.site.values import Language


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("it must be a number")
    return value


Metres = Annotated[float, BeforeValidator(_no_bool), Field(ge=-1000.0, le=1000.0)]
Degrees = Annotated[float, BeforeValidator(_no_bool), Field(ge=-360.0, le=360.0)]
Point = tuple[Metres, Metres]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What routines, commands and other parts of the file call it."""

SMALLEST_M2 = 0.04


class Named(FileModel):
    """Something with a name, and what it is called aloud: `called: {en: the kitchen, ja: 台所}`."""

    name: Name
    called: dict[Language, str] = Field(default_factory=dict)

    def spoken(self, language: Language) -> str:
        """What it is called in that language; where the file does not say, its name in words."""
        return self.called.get(language) or self.name.replace("_", " ")


class Area(Named):
    """A part of the floor, by its corners in order."""

    polygon: tuple[Point, ...]

    @field_validator("polygon")
    @classmethod
    def _is_an_area(cls, polygon: tuple[Point, ...]) -> tuple[Point, ...]:
        if len(polygon) < 3:
            raise ValueError("an area needs at least 3 corners")
        geometry = Geometry(polygon)
        if not geometry.is_valid:
            raise ValueError(f"its edges cross or touch ({is_valid_reason(geometry)}): give the corners in order")
        if geometry.area < SMALLEST_M2:
            raise ValueError(f"it has {geometry.area:.3f} m²: corners are in metres")
        return polygon

    @cached_property
    def geometry(self) -> Geometry:
        return Geometry(self.polygon)

    def contains(self, x_m: float, y_m: float) -> bool:
        """Whether that point lies in it or on its edge."""
        return bool(self.geometry.covers(GeometryPoint(x_m, y_m)))


class Standing(FileModel):
    """Where the robot stands and which way it faces: 0° along the map's x, 90° along its y."""

    at: Point
    facing_deg: Degrees = 0.0

    @property
    def pose(self) -> Pose2D:
        return Pose2D(*self.at, math.radians(self.facing_deg))


class RoomConsent(FileModel):
    """What the resident has allowed in this room. Without a yes the robot does not watch a bathroom."""

    enter: bool = True
    camera: bool = True


class Room(Area):
    """A room. `stand` is where the robot stops when it is sent to the room; without it, where there is most space."""

    stand: Standing | None = None
    consent: RoomConsent = RoomConsent()


class Place(Named, Standing):
    """A place that the robot is sent to by name."""


class Door(FileModel):
    """A doorway between two rooms, `at` its middle on the floor."""

    name: Name
    at: Point
    between: tuple[Name, Name]
    width_m: Annotated[float, BeforeValidator(_no_bool), Field(gt=0.3, le=4.0)] = 0.85


class Dock(Named, Standing):
    """The charger: where the robot stands while it charges, and the ArUco marker (DICT_4X4_50) above it.

    `marker_m` is the edge of the marker's black square. `gap_m` is left between the robot's front and the marker's
    plane when it stands in the charger: more than the 5 cm that the safety judge keeps to everything that it sees.
    """

    marker_id: Annotated[int, Field(ge=0, le=49)] | None = None
    marker_m: Annotated[float, BeforeValidator(_no_bool), Field(ge=0.02, le=0.5)] = 0.12
    gap_m: Annotated[float, BeforeValidator(_no_bool), Field(ge=0.06, le=0.5)] = 0.08


ZoneKind = Literal["forbidden", "slow", "bed", "sofa", "exercise"]


class Zone(Area):
    """A part of the floor with a rule or a meaning.

    The robot never enters `forbidden`, and drives at `max_speed_m_s` at most in `slow`. On a `bed` or `sofa` people may
    lie; `exercise` is where somebody who is on the floor may be there on purpose. `resident` is whose it is.
    A bed, sofa or exercise zone with `during` means this only at those times of day.
    """

    kind: ZoneKind
    during: tuple[Hours, ...] = ()
    max_speed_m_s: Annotated[float, BeforeValidator(_no_bool), Field(ge=0.05, le=1.0)] | None = None
    resident: str = ""

    def holds_at(self, time: datetime) -> bool:
        """Whether it means what it says at that time of the site."""
        return not self.during or any(hours.holds(time) for hours in self.during)

    @model_validator(mode="after")
    def _rules_hold_always(self) -> Self:
        if self.during and self.kind in ("forbidden", "slow"):
            raise ValueError(f"a zone of the kind {self.kind} holds always: leave out `during`")
        return self

    @model_validator(mode="after")
    def _slow_has_a_speed(self) -> Self:
        if (self.kind == "slow") != (self.max_speed_m_s is not None):
            needs = "needs max_speed_m_s" if self.kind == "slow" else "has no max_speed_m_s: only slow zones have"
            raise ValueError(f"a zone of the kind {self.kind} {needs}")
        return self
