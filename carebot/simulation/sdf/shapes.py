"""Geometry of visuals and collisions."""

from __future__ import annotations

import numpy as np

from carebot.simulation.sdf.description import Shape
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.meshes import MESH_TYPES
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.poses import IDENTITY, Pose3D, towards
from carebot.simulation.sdf.resources import find_resource
from carebot.simulation.sdf.values import numbers, positive, string, vector

NOT_DONE = ("heightmap", "polyline", "image", "cone")


def read_shape(owner: Element, notes: Notes) -> Shape | None:
    """The shape of a visual or collision; None for an empty one, or a visual one that cannot be drawn (which is noted).

    Raises:
        ConfigError: for geometry that SDF does not know, and for a collision that cannot be simulated.
    """
    geometry = owner.child("geometry")
    content = geometry.children[0] if geometry and geometry.children else None
    if content is None:
        owner.refuse(f"<{owner.tag}> has no geometry: give it one")
    if content.tag == "empty":
        return None
    if content.tag in NOT_DONE or (content.tag == "mesh" and not _mesh_is_read(content)):
        _not_done(owner, content, notes)
        return None
    if content.tag not in _READERS:
        content.refuse(f"the geometry <{content.tag}> is unknown: use one of {', '.join((*_READERS, 'mesh'))}")
    return _READERS[content.tag](content, owner, notes)


def _mesh_is_read(mesh: Element) -> bool:
    return string(mesh, "uri").lower().endswith(MESH_TYPES)


def _not_done(owner: Element, content: Element, notes: Notes) -> None:
    what = f"<{content.tag}>" if content.tag != "mesh" else f"a mesh that is none of {', '.join(MESH_TYPES)}"
    if owner.tag == "collision":
        content.refuse(f"{what} cannot be touched in the embedded simulator: use {', '.join(_READERS)} for collisions")
    notes.add(content, f"{what} is not drawn")


def _box(element: Element, _owner: Element, _notes: Notes) -> Shape:
    x, y, z = _size(element, "size", 3)
    return Shape("box", (x / 2, y / 2, z / 2), IDENTITY)


def _sphere(element: Element, _owner: Element, _notes: Notes) -> Shape:
    return Shape("sphere", (positive(element, "radius"), 0.0, 0.0), IDENTITY)


def _cylinder(element: Element, _owner: Element, _notes: Notes) -> Shape:
    return Shape("cylinder", (positive(element, "radius"), positive(element, "length") / 2, 0.0), IDENTITY)


def _capsule(element: Element, _owner: Element, _notes: Notes) -> Shape:
    return Shape("capsule", (positive(element, "radius"), positive(element, "length") / 2, 0.0), IDENTITY)


def _ellipsoid(element: Element, _owner: Element, _notes: Notes) -> Shape:
    x, y, z = _size(element, "radii", 3)
    return Shape("ellipsoid", (x, y, z), IDENTITY)


def _plane(element: Element, owner: Element, _notes: Notes) -> Shape:
    """A collision plane has no end; a visual one has its size."""
    normal = vector(element, "normal", (0.0, 0.0, 1.0))
    if not np.linalg.norm(normal) > 1e-9:
        element.refuse("the plane's <normal> is zero: give it a direction")
    x, y = (0.0, 0.0) if owner.tag == "collision" else _size(element, "size", 2)
    upright = np.allclose(normal / np.linalg.norm(normal), (0, 0, 1))
    return Shape("plane", (x / 2, y / 2, 0.1), IDENTITY if upright else Pose3D(np.zeros(3), towards(normal)))


def _mesh(element: Element, owner: Element, notes: Notes) -> Shape:
    path = find_resource(string(element, "uri"), element)
    scale = vector(element, "scale", (1.0, 1.0, 1.0))
    if element.child("submesh") is not None:
        notes.add(element, "<submesh> is not chosen: the whole mesh is loaded")
    if owner.tag == "collision":
        notes.add(element, "a mesh touches in convex pieces: connected parts as hulls, walls triangle by triangle")
    return Shape("mesh", (0.0, 0.0, 0.0), IDENTITY, path, (float(scale[0]), float(scale[1]), float(scale[2])))


_READERS = {
    "box": _box, "cylinder": _cylinder, "sphere": _sphere, "capsule": _capsule, "ellipsoid": _ellipsoid,
    "plane": _plane, "mesh": _mesh,
}  # fmt: skip


def _size(element: Element, tag: str, count: int) -> tuple[float, ...]:
    child = element.child(tag)
    if child is None:
        element.refuse(f"<{element.tag}> has no <{tag}>: give it one")
    values = numbers(child, count)
    if not (values > 0).all():
        child.refuse(f"<{tag}> is {child.text!r}: every number must be above zero")
    return tuple(float(value) for value in values)
