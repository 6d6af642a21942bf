"""The furnished room: what stands where, and the places in it that a script can name.

The room's frame: origin on the floor below the middle of the wall at the robot's back, x into the room, y left, z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import atan2, pi
from typing import Any

import mujoco
import numpy as np

from carebot.simulation import textures
from carebot.simulation.resident import BODY_CONTACT, WORLD_CONTACT
from carebot.simulation.textures import Picture

LENGTH_M, WIDTH_M, HEIGHT_M = 5.2, 4.4, 2.5
Point = tuple[float, float, float]
Box = tuple[Point, Point]
"""Centre and half sizes, metres."""

FURNITURE_GROUP = 0

FOOTPRINTS: list[textures.Footprint] = [
    (3.75, 1.69, 1.0, 0.46),
    (3.16, -1.36, 0.22, 0.22),
    (3.35, -1.84, 0.46, 0.30),
    (4.67, 0.0, 0.42, 0.80),
    (4.90, -1.15, 0.11, 0.11),
]
"""What stands on the floor and shades it."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one sits: the middle of the front half of the seat, its height, and the way the sitter faces."""

    x_m: float
    y_m: float
    height_m: float
    facing_rad: float


@dataclass(frozen=True, slots=True)
class Bed:
    """Where one lies: the place on its edge to sit down, and where hips and head then rest."""

    edge: Seat
    hips_m: tuple[float, float]
    head_direction_rad: float


SEATS = {
    "chair": Seat(3.15, -1.30, 0.45, 1.75),
    "sofa": Seat(4.42, 0.0, 0.43, pi),
}
BED = Bed(Seat(3.60, 1.33, 0.50, -pi / 2), (3.70, 1.67), 0.0)


def add_room(spec: Any, daylight: float) -> None:
    """Add floor, walls and furniture to the world. `daylight` 0..1 is what the window shows."""
    _paint(spec, daylight)
    _shell(spec)
    _window_and_door(spec)
    _bed(spec)
    _chair(spec)
    _table(spec)
    _sofa(spec)
    _small_things(spec)


@cache
def _pictures(daylight: float) -> dict[str, Picture]:
    """What is painted on floor, walls and things: drawn once, as many rooms are made in a batch."""
    return {
        "floor": textures.shaded_floor(LENGTH_M, WIDTH_M, FOOTPRINTS, 0.35 * daylight),
        "wall": textures.plaster(),
        "wall_far": textures.plaster(base=(0.66, 0.73, 0.74)),
        "rug": textures.rug(),
        "view": textures.window_view(daylight=daylight),
        "painting": textures.painting(),
        "blanket": textures.cloth((0.36, 0.48, 0.64), "stripes", 256),
        "wood": textures.planks(256, 4, (0.50, 0.34, 0.21)),
    }


def _paint(spec: Any, daylight: float) -> None:
    looks: dict[str, dict[str, Any]] = {
        "floor": {"specular": 0.1},
        "view": {"emission": 0.75 * daylight},
        "blanket": {"repeat": (1.5, 1.5)},
        "wood": {"repeat": (0.6, 0.6)},
    }
    for name, picture in _pictures(daylight).items():
        _textured(spec, name, picture, **{"repeat": (1, 1), **looks.get(name, {})})
    plain = {
        "ceiling": (0.92, 0.91, 0.88),
        "skirting": (0.90, 0.88, 0.84),
        "door": (0.55, 0.40, 0.27),
        "metal": (0.72, 0.70, 0.62),
        "linen": (0.93, 0.92, 0.88),
        "sofa": (0.50, 0.46, 0.40),
        "cushion": (0.76, 0.54, 0.30),
        "leaf": (0.24, 0.42, 0.22),
        "pot": (0.66, 0.40, 0.28),
        "curtain": (0.84, 0.77, 0.62),
        "shade": (0.96, 0.90, 0.76),
    }
    for name, colour in plain.items():
        spec.add_material(name=f"room_{name}", rgba=(*colour, 1.0), specular=0.1, shininess=0.2)


def _textured(
    spec: Any, name: str, picture: Picture, repeat: tuple[float, float], specular: float = 0.05, emission: float = 0.0
) -> None:
    height, width, channels = picture.shape
    texture = spec.add_texture(
        name=f"room_{name}", type=mujoco.mjtTexture.mjTEXTURE_2D, width=width, height=height, nchannel=channels
    )
    texture.data = picture.tobytes()
    material = spec.add_material(name=f"room_{name}", specular=specular, shininess=0.3, emission=emission)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"room_{name}"
    material.texrepeat = repeat


def _shell(spec: Any) -> None:
    middle, half, half_width, high = LENGTH_M / 2, LENGTH_M / 2, WIDTH_M / 2, HEIGHT_M / 2
    floor = spec.worldbody.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=(half, half_width, 0.1),
        pos=(middle, 0, 0),
        material="room_floor",
        contype=WORLD_CONTACT,
        conaffinity=BODY_CONTACT,
        friction=(0.9, 0.01, 0.003),
        group=FURNITURE_GROUP,
    )
    floor.solref = (0.02, 1.0)
    for material, centre, reach, right in (
        ("wall_far", (LENGTH_M, 0.0, high), half_width, (0.0, -1.0, 0.0)),
        ("wall", (middle, half_width, high), half, (1.0, 0.0, 0.0)),
        ("wall", (middle, -half_width, high), half, (-1.0, 0.0, 0.0)),
        ("wall", (0.0, 0.0, high), half_width, (0.0, 1.0, 0.0)),
    ):
        _solid(_panel(spec, material, centre, (reach, high), right))
    ceiling = _panel(spec, "ceiling", (middle, 0, HEIGHT_M), (half, half_width), (1, 0, 0))
    ceiling.quat = (0.0, 1.0, 0.0, 0.0)
    _decor(spec, "skirting", (LENGTH_M - 0.008, 0, 0.05), (0.008, half_width, 0.05))
    _decor(spec, "skirting", (middle, half_width - 0.008, 0.05), (half, 0.008, 0.05))
    _decor(spec, "skirting", (middle, -half_width + 0.008, 0.05), (half, 0.008, 0.05))
    _decor(spec, "rug", (2.9, -0.05, 0.002), (0.95, 0.65, 0.003))


def _panel(spec: Any, material: str, centre: Point, half: tuple[float, float], right: Point) -> Any:
    """A flat picture whose x axis is `right` and whose y axis is up."""
    return spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=(*half, 0.1),
        pos=centre,
        quat=_upright(right),
        material=f"room_{material}",
        contype=0,
        conaffinity=0,
        group=FURNITURE_GROUP,
    )


def _upright(right: Point) -> Any:
    """The orientation whose x axis is `right` and whose y axis is up."""
    across, up = np.array(right), np.array((0.0, 0.0, 1.0))
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, np.stack((across, up, np.cross(across, up)), axis=1).ravel())
    return quaternion


def _box(spec: Any, material: str, centre: Point, half: Point, yaw_rad: float = 0.0) -> Any:
    return _solid(_decor(spec, material, centre, half, yaw_rad))


def _solid(geom: Any) -> Any:
    """What bodies touch. Walls are planes: against boxes as long as the room, every segment would be tested always."""
    geom.contype, geom.conaffinity = WORLD_CONTACT, BODY_CONTACT
    geom.friction = (0.7, 0.01, 0.003)
    return geom


def _decor(spec: Any, material: str, centre: Point, half: Point, yaw_rad: float = 0.0) -> Any:
    """A box that nobody can touch."""
    return spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=half,
        pos=centre,
        quat=(np.cos(yaw_rad / 2), 0, 0, np.sin(yaw_rad / 2)),
        material=f"room_{material}",
        contype=0,
        conaffinity=0,
        group=FURNITURE_GROUP,
    )


def _round(spec: Any, material: str, kind: str, centre: Point, size: Point) -> Any:
    return spec.worldbody.add_geom(
        type=getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}"),
        size=size,
        pos=centre,
        material=f"room_{material}",
        contype=0,
        conaffinity=0,
        group=FURNITURE_GROUP,
    )


def _window_and_door(spec: Any) -> None:
    wall = LENGTH_M - 0.01
    _panel(spec, "view", (wall, 0.1, 1.55), (0.75, 0.58), (0, -1, 0))
    _decor(spec, "skirting", (wall - 0.05, 0.1, 0.95), (0.07, 0.82, 0.02))
    for y in (0.95, -0.75):
        _decor(spec, "curtain", (wall - 0.05, y, 1.45), (0.035, 0.13, 0.80))
    _round(spec, "metal", "capsule", (0, 0, 0), (0.014, 0, 0)).fromto = (
        wall - 0.06,
        1.1,
        2.27,
        wall - 0.06,
        -0.95,
        2.27,
    )
    _panel(spec, "painting", (wall, -1.45, 1.55), (0.30, 0.24), (0, -1, 0))
    side = -WIDTH_M / 2 + 0.02
    _decor(spec, "skirting", (4.30, side - 0.005, 1.04), (0.50, 0.02, 1.04))
    _decor(spec, "door", (4.30, side, 1.01), (0.43, 0.025, 1.01))
    _round(spec, "metal", "ellipsoid", (3.97, side + 0.05, 1.02), (0.055, 0.02, 0.015))


def _bed(spec: Any) -> None:
    x, y = 3.75, 1.69
    _box(spec, "wood", (x, y, 0.17), (1.02, 0.48, 0.09))
    mattress = _box(spec, "linen", (x, y, 0.36), (0.99, 0.46, 0.12))
    mattress.solref = (0.06, 1.0)
    _decor(spec, "blanket", (x - 0.35, y, 0.375), (0.655, 0.475, 0.115))
    _box(spec, "wood", (x + 1.02, y, 0.45), (0.03, 0.48, 0.45))
    _round(spec, "linen", "ellipsoid", (x + 0.74, y, 0.50), (0.20, 0.33, 0.075))
    for dx in (-0.95, 0.95):
        for dy in (-0.42, 0.42):
            _box(spec, "wood", (x + dx, y + dy, 0.04), (0.04, 0.04, 0.04))


def _chair(spec: Any) -> None:
    seat = SEATS["chair"]
    ahead = np.array((np.cos(seat.facing_rad), np.sin(seat.facing_rad)))
    aside = np.array((-ahead[1], ahead[0]))

    def place(forward: float, left: float, z: float) -> Point:
        x, y = np.array((seat.x_m, seat.y_m)) + forward * ahead + left * aside
        return (float(x), float(y), z)

    yaw = seat.facing_rad
    _box(spec, "wood", place(-0.05, 0, seat.height_m - 0.035), (0.21, 0.21, 0.02), yaw)
    _decor(spec, "cushion", place(-0.05, 0, seat.height_m - 0.008), (0.19, 0.19, 0.012), yaw)
    _box(spec, "wood", place(-0.255, 0, 0.80), (0.014, 0.19, 0.11), yaw)
    for left in (-0.185, 0.185):
        _box(spec, "wood", place(-0.25, left, 0.455), (0.018, 0.018, 0.455), yaw)
        _box(spec, "wood", place(0.13, left, 0.21), (0.018, 0.018, 0.21), yaw)


def _table(spec: Any) -> None:
    x, y = 3.35, -1.84
    _box(spec, "wood", (x, y, 0.72), (0.50, 0.34, 0.02))
    for dx in (-0.45, 0.45):
        for dy in (-0.29, 0.29):
            _box(spec, "wood", (x + dx, y + dy, 0.35), (0.025, 0.025, 0.35))
    _round(spec, "linen", "cylinder", (x - 0.15, y + 0.08, 0.785), (0.038, 0.045, 0))
    _round(spec, "cushion", "ellipsoid", (x + 0.18, y - 0.05, 0.765), (0.14, 0.14, 0.03))


def _sofa(spec: Any) -> None:
    x, y = 4.67, 0.0
    _box(spec, "sofa", (x, y, 0.19), (0.42, 0.80, 0.15))
    _box(spec, "sofa", (x - 0.08, y, 0.385), (0.36, 0.64, 0.045))
    _box(spec, "sofa", (x + 0.33, y, 0.58), (0.10, 0.80, 0.28))
    for dy in (-0.73, 0.73):
        _box(spec, "sofa", (x, y + dy, 0.42), (0.42, 0.09, 0.18))
    for dy in (-0.45, 0.45):
        _round(spec, "cushion", "ellipsoid", (x + 0.17, y + dy, 0.58), (0.09, 0.20, 0.19))


def _small_things(spec: Any) -> None:
    _round(spec, "pot", "cylinder", (4.90, -1.15, 0.16), (0.13, 0.16, 0))
    rng = np.random.default_rng(5)
    for turn in np.linspace(0, 2 * pi, 9, endpoint=False):
        reach, rise = rng.uniform(0.10, 0.22), rng.uniform(0.30, 0.75)
        leaf = _round(
            spec,
            "leaf",
            "ellipsoid",
            (4.90 + reach * np.cos(turn), -1.15 + reach * np.sin(turn), 0.32 + rise / 2),
            (0.022, 0.07, 0.16 + 0.1 * rise),
        )
        tilt = 0.5
        leaf.quat = _tilted(turn + rng.uniform(-0.5, 0.5), tilt)
    _round(spec, "metal", "cylinder", (4.98, 1.00, 0.75), (0.012, 0.75, 0))
    _round(spec, "metal", "cylinder", (4.98, 1.00, 0.012), (0.13, 0.012, 0))
    _round(spec, "shade", "cylinder", (4.98, 1.00, 1.55), (0.16, 0.13, 0))
    _decor(spec, "wood", (2.45, 2.10, 1.45), (0.40, 0.10, 0.012))
    for index, dx in enumerate((-0.3, -0.25, -0.21, -0.16, -0.1)):
        material = ("cushion", "leaf", "pot", "sofa", "door")[index]
        _decor(spec, material, (2.45 + dx, 2.10, 1.565), (0.016, 0.07, 0.10))


def _tilted(yaw_rad: float, tilt_rad: float) -> tuple[float, float, float, float]:
    """Yaw, then a tilt about the new y axis."""
    cy, sy = np.cos(yaw_rad / 2), np.sin(yaw_rad / 2)
    ct, st = np.cos(tilt_rad / 2), np.sin(tilt_rad / 2)
    return (cy * ct, -sy * st, cy * st, sy * ct)


def walk_direction(start: tuple[float, float], goal: tuple[float, float]) -> float:
    """The heading from one place to another, radians."""
    return atan2(goal[1] - start[1], goal[0] - start[0])
