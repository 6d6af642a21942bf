"""Meshes from STL, OBJ and COLLADA files: what is drawn of them, by colour, and what touches, in convex pieces."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carebot.errors import ConfigError

MESH_TYPES = (".stl", ".obj", ".dae")
MOST_TRIANGLES = 400_000
MOST_PIECES = 2000
HOLLOW = 0.5
"""A piece that fills less of its convex hull than this, such as the walls of a room, touches triangle by triangle."""
LEAST_HOLLOW_M = 0.5
"""Smaller ones, such as a cup, touch as their hulls."""
SKIN_M = 0.01
"""How thick a single triangle is."""

Triangles = NDArray[np.int32]
Vertices = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Part of a mesh: `vertices` (N, 3) in metres in the mesh's frame, `triangles` (M, 3); its own colour, if any."""

    vertices: Vertices
    triangles: Triangles
    rgba: tuple[float, float, float, float] | None = None


@lru_cache(maxsize=64)
def drawn_pieces(path: Path, scale: tuple[float, float, float]) -> tuple[Piece, ...]:
    """One piece for each of the file's geometries; raises ConfigError naming the file where it cannot be used."""
    return tuple(
        Piece(np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int32), _colour_of(mesh))
        for mesh in _meshes(path, scale)
    )


@lru_cache(maxsize=64)
def touched_pieces(path: Path, scale: tuple[float, float, float]) -> tuple[Piece, ...]:
    """Convex pieces: each connected part as its hull, hollow ones as their triangles; raises ConfigError as above."""
    whole = [part for mesh in _meshes(path, scale) for part in _parts(mesh)]
    pieces = [piece for part in whole for piece in _convex(part)]
    if len(pieces) > MOST_PIECES:
        pieces = [_hull(part) for part in whole]
    if len(pieces) > MOST_PIECES:
        raise ConfigError(
            f"{path} falls into {len(pieces)} pieces, and at most {MOST_PIECES} can be touched: give its collision "
            "simpler shapes, such as boxes."
        )
    return tuple(pieces)


@lru_cache(maxsize=64)
def _meshes(path: Path, scale: tuple[float, float, float]) -> list[Any]:
    """The file's geometries in its own frame, in metres. As in Gazebo a COLLADA file's unit counts, its up axis not."""
    import trimesh

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scene = trimesh.load_scene(str(path), process=True)
            meshes = [mesh for mesh in scene.dump() if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces)]
    except Exception as error:  # whatever a parser makes of a broken file
        raise ConfigError(f"{path} is not a mesh that can be read ({' '.join(str(error).split()):.200}).") from error
    if not meshes:
        raise ConfigError(f"{path} holds no triangles: name a mesh that does.")
    if (count := sum(len(mesh.faces) for mesh in meshes)) > MOST_TRIANGLES:
        raise ConfigError(f"{path} has {count} triangles, and at most {MOST_TRIANGLES} can be used: simplify it.")
    for mesh in meshes:
        mesh.vertices = np.asarray(mesh.vertices) * scale * _metres(str(scene.units or ""))
        if not np.isfinite(mesh.vertices).all():
            raise ConfigError(f"{path} has vertices that are no numbers: correct it.")
    return meshes


def _metres(units: str) -> float:
    """trimesh calls a COLLADA unit "0.0254 * meters"."""
    factor, _, metres = units.partition("*")
    try:
        return float(factor) if "meter" in metres else 1.0
    except ValueError:
        return 1.0


def _colour_of(mesh: Any) -> tuple[float, float, float, float] | None:
    """The material's own colour; None where it has none."""
    material = getattr(mesh.visual, "material", None)
    main = getattr(material, "main_color", None)
    if material is None or main is None:
        return None
    red, green, blue, alpha = (float(value) / 255.0 for value in main)
    return red, green, blue, alpha


def _parts(mesh: Any) -> list[Any]:
    joined = mesh.copy()
    joined.merge_vertices(merge_tex=True, merge_norm=True)
    parts = joined.split(only_watertight=False, repair=False)
    return list(parts) if len(parts) else [joined]


def _convex(part: Any) -> Iterator[Piece]:
    if max(part.extents) > LEAST_HOLLOW_M and _is_hollow(part):
        for triangle in part.triangles:
            if (skin := _skin(triangle)) is not None:
                yield skin
    else:
        yield _hull(part)


def _is_hollow(part: Any) -> bool:
    if _is_flat(part):
        return len(part.faces) > 1
    volume = float(part.volume) if part.is_watertight else 0.0  # below zero: its faces look inward, as a room's do
    return volume < HOLLOW * float(part.convex_hull.volume)


def _is_flat(part: Any) -> bool:
    apart = part.vertices - part.vertices.mean(axis=0)
    return bool(np.linalg.svd(apart, compute_uv=False)[-1] < 1e-4 * max(part.extents))


def _hull(part: Any) -> Piece:
    """MuJoCo makes the hull itself, but of something that is thicker than a sheet of paper."""
    vertices = np.asarray(part.vertices, float)
    if _is_flat(part):
        _, _, axes = np.linalg.svd(vertices - vertices.mean(axis=0), full_matrices=False)
        vertices = np.concatenate((vertices - SKIN_M / 2 * axes[-1], vertices + SKIN_M / 2 * axes[-1]))
        return Piece(vertices, np.concatenate((part.faces, part.faces[:, ::-1] + len(part.vertices))).astype(np.int32))
    return Piece(vertices, np.asarray(part.faces, np.int32))


def _skin(triangle: Vertices) -> Piece | None:
    """A triangle with a thickness; None for one without an area."""
    normal = np.cross(triangle[1] - triangle[0], triangle[2] - triangle[0])
    length = float(np.linalg.norm(normal))
    if length < 1e-9:
        return None
    vertices = np.concatenate((triangle, triangle - SKIN_M * normal / length))
    sides = [(0, 1, 2), (5, 4, 3), (0, 3, 4), (0, 4, 1), (1, 4, 5), (1, 5, 2), (2, 5, 3), (2, 3, 0)]
    return Piece(vertices, np.array(sides, np.int32))
