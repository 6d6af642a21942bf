"""Something of a pet's size that runs about: it is led along its way and touches whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from math import atan2, cos, hypot, sin
from typing import Any, Literal

import mujoco
import numpy as np

from carebot.geometry import wrapped_rad
from carebot.simulation.motion import TICK_S
from carebot.simulation.resident import BODY_CONTACT, SKIN_GROUP, SOLID_GROUP, WORLD_CONTACT

AnimalKind = Literal["cat", "dog"]


@dataclass(frozen=True, slots=True)
class _Build:
    """Lengths in metres, as of a house cat and of a small dog."""

    length_m: float
    height_m: float
    width_m: float
    colour: tuple[float, float, float]


BUILDS: dict[AnimalKind, _Build] = {
    "cat": _Build(0.44, 0.27, 0.12, (0.32, 0.30, 0.29)),
    "dog": _Build(0.55, 0.42, 0.17, (0.62, 0.46, 0.28)),
}


def add_animal(spec: Any, name: str, kind: AnimalKind) -> None:
    """Add a body that a mocap leads; its frame is on the floor below its middle, x ahead."""
    build = BUILDS[kind]
    body = spec.worldbody.add_body(name=name, mocap=True)
    length, height, width = build.length_m, build.height_m, build.width_m
    _add(body, "capsule", (width / 2, 0.5 * length - width / 2, 0), (0, 0, 0.68 * height), build, along=True)
    _add(body, "ellipsoid", (0.15 * length, 0.42 * width, 0.16 * height), (0.5 * length, 0, 0.88 * height), build)
    for x in (-0.36, 0.36):
        for y in (-0.3, 0.3):
            size = (0.16 * width, 0.27 * height, 0.0)
            _add(body, "capsule", size, (x * length, y * width, 0.3 * height), build)


def _add(
    body: Any,
    kind: str,
    size: tuple[float, float, float],
    position: tuple[float, float, float],
    build: _Build,
    along: bool = False,
) -> None:
    """Each part twice: one that is seen and one that touches."""
    for group, contact in ((SKIN_GROUP, (0, 0)), (SOLID_GROUP, (BODY_CONTACT, WORLD_CONTACT | BODY_CONTACT))):
        body.add_geom(
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}"),
            size=size,
            pos=position,
            quat=(np.sqrt(0.5), 0, np.sqrt(0.5), 0) if along else (1, 0, 0, 0),
            rgba=(*build.colour, 1.0),
            group=group,
            contype=contact[0],
            conaffinity=contact[1],
        )


class Animal:
    """Leads one along `way` round and round at `speed_m_s`, once a tick."""

    def __init__(
        self, model: Any, data: Any, name: str, way: tuple[tuple[float, float], ...], speed_m_s: float
    ) -> None:
        self._data, self._speed_m_s = data, speed_m_s
        self._mocap = int(model.body(name).mocapid[0])
        self._goals = cycle((*way[1:], way[0]))
        self._x, self._y = way[0]
        self._goal = next(self._goals)
        self._yaw = atan2(self._goal[1] - self._y, self._goal[0] - self._x)
        self._put()

    def tick(self) -> None:
        step = self._speed_m_s * TICK_S
        if hypot(self._goal[0] - self._x, self._goal[1] - self._y) <= step:
            self._goal = next(self._goals)
        aim = atan2(self._goal[1] - self._y, self._goal[0] - self._x)
        self._x += step * cos(aim)
        self._y += step * sin(aim)
        turn = wrapped_rad(aim - self._yaw)
        self._yaw += float(np.clip(turn, -6 * TICK_S, 6 * TICK_S))
        self._put()

    def _put(self) -> None:
        self._data.mocap_pos[self._mocap] = (self._x, self._y, 0.0)
        self._data.mocap_quat[self._mocap] = (cos(self._yaw / 2), 0.0, 0.0, sin(self._yaw / 2))
