"""Numbers, vectors, colours and poses out of elements; what is not one is refused with its line."""

from __future__ import annotations

import math

import numpy as np

from carebot.simulation.rotations import Vector
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.poses import IDENTITY, Pose3D, from_euler, from_quaternion

Colour = tuple[float, float, float, float]

ENDLESS = 1e16
"""SDF's word for no limit."""


def string(parent: Element | None, tag: str, default: str = "") -> str:
    child = parent.child(tag) if parent else None
    return child.text if child and child.text else default


def number(parent: Element | None, tag: str, default: float) -> float:
    """A finite number; SDF's infinite ones become plus or minus infinity."""
    child = parent.child(tag) if parent else None
    return default if child is None or not child.text else _number(child, child.text)


def positive(parent: Element, tag: str, default: float | None = None) -> float:
    """A number above zero; without a default it must be there."""
    child = parent.child(tag)
    if child is None:
        if default is None:
            parent.refuse(f"<{parent.tag}> has no <{tag}>: give it one")
        return default
    value = _number(child, child.text)
    if not 0 < value < math.inf:
        child.refuse(f"<{tag}> is {child.text!r}: it must be a number above zero")
    return value


def whole(parent: Element | None, tag: str, default: int) -> int:
    value = number(parent, tag, default)
    if not math.isfinite(value) or value < 1:
        assert parent is not None
        parent.refuse(f"<{tag}> must be a whole number above zero")
    return int(value)


def flag(parent: Element | None, tag: str, default: bool) -> bool:
    child = parent.child(tag) if parent else None
    if child is None:
        return default
    known = {"true": True, "1": True, "false": False, "0": False}
    if child.text.lower() not in known:
        child.refuse(f"<{tag}> is {child.text!r}: it must be true or false")
    return known[child.text.lower()]


def numbers(element: Element, count: int) -> Vector:
    """So many finite numbers, (count,)."""
    words = element.text.split()
    if len(words) != count:
        element.refuse(f"<{element.tag}> holds {len(words)} numbers: it needs {count}")
    values = [_number(element, word) for word in words]
    if not all(math.isfinite(value) for value in values):
        element.refuse(f"<{element.tag}> holds a number that is not finite: correct it")
    return np.array(values)


def vector(parent: Element | None, tag: str, default: tuple[float, ...]) -> Vector:
    child = parent.child(tag) if parent else None
    return np.array(default) if child is None or not child.text else numbers(child, len(default))


def colour(parent: Element | None, tag: str, default: Colour) -> Colour:
    """Red, green, blue, alpha in 0..1; alpha may be left out."""
    child = parent.child(tag) if parent else None
    if child is None or not child.text:
        return default
    given = numbers(child, 3 if len(child.text.split()) == 3 else 4)
    red, green, blue, alpha = (*given, 1.0)[:4]
    return (float(red), float(green), float(blue), float(alpha))


def pose(element: Element | None) -> Pose3D:
    """What a <pose> element says, in whatever frame it is relative to."""
    if element is None or not element.text:
        return IDENTITY
    if element.attributes.get("rotation_format", "euler_rpy") == "quat_xyzw":
        x, y, z, qx, qy, qz, qw = numbers(element, 7)
        if not np.linalg.norm((qw, qx, qy, qz)) > 1e-9:
            element.refuse("the quaternion is zero: give it a direction")
        return from_quaternion(np.array((x, y, z)), np.array((qw, qx, qy, qz)))
    x, y, z, *turns = numbers(element, 6)
    unit = math.pi / 180 if element.attributes.get("degrees", "false").strip().lower() in ("true", "1") else 1.0
    roll, pitch, yaw = (float(turn) * unit for turn in turns)
    return from_euler(np.array((x, y, z)), roll, pitch, yaw)


def _number(element: Element, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        element.refuse(f"<{element.tag}> is {text!r}: it must be a number")
    if math.isnan(value):
        element.refuse(f"<{element.tag}> is not a number: correct it")
    return math.copysign(math.inf, value) if abs(value) >= ENDLESS else value
