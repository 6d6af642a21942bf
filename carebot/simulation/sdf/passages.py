"""Whether a robot fits through the doors of a world.

A doorway is a frame whose name begins with `doorway`: on the floor in the middle of the opening, x leads through.
How wide the opening is, is measured in what was loaded: rays to both sides, wherever the robot's body passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from carebot.errors import ConfigError
from carebot.simulation.rotations import Vector
from carebot.simulation.sdf.build import TOUCHED_GROUP, LoadedWorld
from carebot.simulation.sdf.poses import Pose3D

MARGIN_M = 0.05
"""What must be left on either side."""
REACH_M = 2.0
DEPTH_M, DEPTH_STEP_M = 0.30, 0.02
LOWEST_M, HEIGHT_STEP_M = 0.03, 0.05


@dataclass(frozen=True, slots=True)
class Outline:
    """The box around a robot that stands at its frame: how far it reaches to either side, and how high."""

    left_m: float
    right_m: float
    height_m: float

    @property
    def width_m(self) -> float:
        return self.left_m + self.right_m


@dataclass(frozen=True, slots=True)
class Passage:
    """One doorway: its clear width up to the robot's height, the robot's, and whether it leaves the margin."""

    name: str
    clear_m: float
    robot_m: float
    margin_m: float

    @property
    def fits(self) -> bool:
        return self.clear_m >= self.robot_m + 2 * self.margin_m

    def __str__(self) -> str:
        says = "is wide enough for" if self.fits else "is too narrow for"
        return (
            f"{self.name} is {self.clear_m:.2f} m wide, which {says} a robot of {self.robot_m:.2f} m and "
            f"{self.margin_m:.2f} m on either side"
        )


def outline_of(loaded: LoadedWorld, model: str) -> Outline:
    """The outline of a model of the world in its own frame; raises ConfigError for one that touches nothing."""
    if model not in loaded.world.models:
        known = ", ".join(loaded.world.models) or "none"
        raise ConfigError(f"{loaded.world.file} has no model '{model}': use one of {known}.")
    data = _at_start(loaded)
    geoms = _geoms_of(loaded, model)
    if not geoms:
        raise ConfigError(f"The model '{model}' of {loaded.world.file} has no collisions: give it some.")
    frame = loaded.world.frames[model].inverse()
    corners = np.concatenate([_corners(loaded.model, data, geom, frame) for geom in geoms])
    return Outline(float(corners[:, 1].max()), float(-corners[:, 1].min()), float(corners[:, 2].max()))


def measure_passages(loaded: LoadedWorld, robot: str, margin_m: float = MARGIN_M) -> tuple[Passage, ...]:
    """Every doorway of the world as it stands, for the model `robot`."""
    outline = outline_of(loaded, robot)
    data = _at_start(loaded)
    ignored = frozenset(_geoms_of(loaded, robot))
    return tuple(
        Passage(name, _clear_width(loaded.model, data, frame, outline.height_m, ignored), outline.width_m, margin_m)
        for name, frame in loaded.world.frames.items()
        if name.rpartition("::")[2].startswith("doorway")
    )


def require_passable(loaded: LoadedWorld, robot: str, margin_m: float = MARGIN_M) -> None:
    """Raises ConfigError naming every doorway that is too narrow for the robot."""
    narrow = [str(passage) for passage in measure_passages(loaded, robot, margin_m) if not passage.fits]
    if narrow:
        raise ConfigError(f"{loaded.world.file}: {'; '.join(narrow)}: widen the door or take a narrower robot.")


def _at_start(loaded: LoadedWorld) -> Any:
    data = mujoco.MjData(loaded.model)
    mujoco.mj_forward(loaded.model, data)
    return data


def _geoms_of(loaded: LoadedWorld, model: str) -> list[int]:
    return [
        int(loaded.model.geom(collision.name).id)
        for link in loaded.world.links
        if link.model == model
        for collision in link.collisions
    ]


def _corners(model: Any, data: Any, geom: int, frame: Pose3D) -> Vector:
    """The eight corners (8, 3) of a geom's box, in `frame`."""
    box = model.geom_aabb[geom]
    signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).reshape(3, -1).T
    points = box[:3] + signs * box[3:]
    world = data.geom_xpos[geom] + points @ data.geom_xmat[geom].reshape(3, 3).T
    return np.asarray(frame.position + world @ frame.rotation.T)


def _clear_width(model: Any, data: Any, frame: Pose3D, height_m: float, ignored: frozenset[int]) -> float:
    """The narrowest free width over the doorway's depth and the robot's height; at most twice REACH_M."""
    along, left = frame.rotation[:, 0], frame.rotation[:, 1]
    nearest = {1.0: REACH_M, -1.0: REACH_M}
    for depth in np.arange(-DEPTH_M, DEPTH_M + 1e-9, DEPTH_STEP_M):
        for height in np.arange(LOWEST_M, height_m, HEIGHT_STEP_M):
            start = frame.position + depth * along + np.array((0.0, 0.0, height))
            for side in nearest:
                nearest[side] = min(nearest[side], _free(model, data, start, side * left, ignored))
    return nearest[1.0] + nearest[-1.0]


def _free(model: Any, data: Any, start: Vector, direction: Vector, ignored: frozenset[int]) -> float:
    groups = np.zeros(6, dtype=np.uint8)
    groups[TOUCHED_GROUP] = 1
    hit = np.zeros(1, dtype=np.int32)
    gone = 0.0
    while gone < REACH_M:
        distance = float(mujoco.mj_ray(model, data, start + gone * direction, direction, groups, 1, -1, hit))
        if distance < 0:
            return REACH_M
        gone += distance
        if int(hit[0]) not in ignored:
            return min(gone, REACH_M)
        gone += 1e-4
    return REACH_M
