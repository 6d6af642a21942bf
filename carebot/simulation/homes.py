"""The worlds in which scenarios play, as their files describe them, and what stands where in them."""

from __future__ import annotations

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from carebot.resources import share_dir
from carebot.simulation.sdf.arrange import together, without
from carebot.simulation.sdf.description import Collision, Link, World
from carebot.simulation.sdf.meshes import touched_pieces
from carebot.simulation.sdf.reader import read_world
from carebot.simulation.sdf.resources import world_path

Corner = NDArray[np.float64]

__all__ = ["described_world", "mujoco", "robot_of", "what_stands_at"]

BODY_M = (0.15, 1.2)
"""Between these heights things are in a person's way."""
ROBOT = "carebot"
WALL_M = (0.5, 1.5)
"""A wall is at least that long and that high."""
WALLS_OF_A_ROOM = 4
OPEN_M = 50.0
"""How far one may walk where a world has no walls."""


@cache
def described_world(name: str) -> World:
    """The world of that name, or in that file, without the people whom its file puts there.

    One without a robot, as most worlds that were written for Gazebo, gets carebot's at its origin.

    Raises:
        ConfigError: naming file and line, for what cannot be loaded rightly.
    """
    world = read_world(world_path(name))
    joints = frozenset(joint.name for joint in world.joints)
    world = without(world, [model for model in world.models if f"{model}::lumbar_flexion" in joints])
    return world if world.drives else together(world, read_world(share_dir() / "sim" / "models" / ROBOT / "model.sdf"))


def robot_of(world: World) -> str:
    """The name of the robot, which is the first model with a differential drive."""
    return world.drives[0].model.partition("::")[0]


def what_stands_at(world: World, place: tuple[float, float]) -> str:
    """Why nobody can stand there, in a few words; empty where somebody can."""
    x, y = place
    low, high = _bounds(world)
    if not (low[0] <= x <= high[0] and low[1] <= y <= high[1]):
        return f"outside of the world, which is from {low[0]:.1f} to {high[0]:.1f} and {low[1]:.1f} to {high[1]:.1f} m"
    return next((f"in '{link.model}'" for link, collision in _fixed(world) if _covers(link, collision, x, y)), "")


def _fixed(world: World) -> Iterator[tuple[Link, Collision]]:
    """Whatever touches and cannot move."""
    return ((link, collision) for link in world.links if link.static for collision in link.collisions)


@cache
def _bounds(world: World) -> tuple[Corner, Corner]:
    """Between which places its walls stand; where there are too few for a room, one may walk far about."""
    walls = [(low, high) for each in _fixed(world) for low, high in _extents(*each) if _is_wall(low, high)]
    if len(walls) < WALLS_OF_A_ROOM:
        return np.full(2, -OPEN_M), np.full(2, OPEN_M)
    return np.min([low[:2] for low, _ in walls], axis=0), np.max([high[:2] for _, high in walls], axis=0)


def _is_wall(low: Corner, high: Corner) -> bool:
    return bool(high[2] > WALL_M[1] and low[2] < BODY_M[1] and max(high[:2] - low[:2]) > WALL_M[0])


def _extents(link: Link, collision: Collision) -> Iterator[tuple[Corner, Corner]]:
    """The lowest and highest corner of each part of it."""
    shape, place = collision.shape, link.pose @ collision.pose @ collision.shape.turned
    if shape.mesh is not None:
        parts = [piece.vertices for piece in touched_pieces(shape.mesh, shape.scale)]
    elif shape.kind == "box":
        parts = [np.array(list(product(*((-half, half) for half in shape.size))))]
    else:
        return  # round things and floors are no walls
    for corners in parts:
        there = corners @ place.rotation.T + place.position
        yield there.min(axis=0), there.max(axis=0)


def _covers(link: Link, collision: Collision, x: float, y: float) -> bool:
    """Whether a box or cylinder is there at the height of a person."""
    shape, place = collision.shape, link.pose @ collision.pose @ collision.shape.turned
    if shape.kind not in ("box", "cylinder") or abs(place.rotation[2, 2]) < 0.99:
        return False
    half_height = shape.size[2] if shape.kind == "box" else shape.size[1]
    if not (place.position[2] - half_height < BODY_M[1] and place.position[2] + half_height > BODY_M[0]):
        return False
    inside = place.rotation.T @ (np.array((x, y, place.position[2])) - place.position)
    if shape.kind == "cylinder":
        return bool(np.hypot(inside[0], inside[1]) < shape.size[0])
    return bool(abs(inside[0]) < shape.size[0] and abs(inside[1]) < shape.size[1])
