"""Joints: kinds, axes and limits."""

from __future__ import annotations

from math import inf

import numpy as np

from carebot.simulation.sdf.description import Axis, Joint, JointKind
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.poses import Pose3D
from carebot.simulation.sdf.scopes import MODEL, WORLD, Scope
from carebot.simulation.sdf.values import flag, number, string, vector

KINDS: dict[str, tuple[JointKind, tuple[str, ...]]] = {
    "fixed": ("fixed", ()),
    "revolute": ("revolute", ("axis",)),
    "continuous": ("continuous", ("axis",)),
    "prismatic": ("prismatic", ("axis",)),
    "ball": ("ball", ()),
    "universal": ("universal", ("axis", "axis2")),
    "revolute2": ("universal", ("axis", "axis2")),
}


def read_joint(element: Element, scope: Scope, notes: Notes) -> Joint:
    """Raises ConfigError for a kind that is unknown, an axis without direction, limits the wrong way round."""
    given = element.attributes.get("type", "")
    if given not in KINDS:
        element.refuse(f"the joint type {given or 'missing'!r} is not supported: use one of {', '.join(KINDS)}")
    kind, axes = KINDS[given]
    place = scope.world_pose() @ scope.pose_of(element.name, element)
    parent, child = (scope.link_of(_end(element, tag), element) for tag in ("parent", "child"))
    if parent == child or child == WORLD:
        element.refuse(f"the joint '{element.name}' must join a child link to another link or to the world: correct it")
    for tag in ("screw_thread_pitch", "thread_pitch", "gearbox_ratio", "physics", "sensor"):
        if (extra := element.child(tag)) is not None:
            notes.add(extra, f"<{tag}> in <joint> is not read")
    found = tuple(_axis(element, tag, scope, place, kind, notes) for tag in axes)
    return Joint(scope.full(element.name), kind, parent, child, place, found, element)


def _end(joint: Element, tag: str) -> str:
    name = string(joint, tag)
    if not name:
        joint.refuse(f"the joint '{joint.name}' has no <{tag}>: name a link")
    return name


def _axis(joint: Element, tag: str, scope: Scope, place: Pose3D, kind: JointKind, notes: Notes) -> Axis:
    element = joint.child(tag)
    if element is None:
        joint.refuse(f"the joint '{joint.name}' has no <{tag}>: give it one with its <xyz>")
    limit, dynamics = element.child("limit"), element.child("dynamics")
    limited = kind != "continuous"
    lower, upper = (number(limit, "lower", -inf), number(limit, "upper", inf)) if limited else (-inf, inf)
    if lower > upper:
        element.refuse(f"the lower limit {lower:g} is above the upper one {upper:g}: exchange them")
    effort = number(limit, "effort", inf)
    if np.isfinite(number(limit, "velocity", inf)):
        notes.add(element, "a joint's <velocity> limit is not held")
    return Axis(
        direction=_direction(element, scope, place),
        lower=lower,
        upper=upper,
        effort=effort if effort >= 0 else inf,
        damping=number(dynamics, "damping", 0.0),
        friction=number(dynamics, "friction", 0.0),
        spring_stiffness=number(dynamics, "spring_stiffness", 0.0),
        spring_reference=number(dynamics, "spring_reference", 0.0),
    )


def _direction(axis: Element, scope: Scope, place: Pose3D) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    xyz = axis.child("xyz")
    given = vector(axis, "xyz", (0.0, 0.0, 1.0))
    length = float(np.linalg.norm(given))
    if not length > 1e-9:
        axis.refuse("the axis <xyz> is zero: give it a direction")
    frame = xyz.attributes.get("expressed_in", "") if xyz else ""
    if not frame and flag(axis, "use_parent_model_frame", False):
        frame = MODEL
    turned = scope.world_pose() @ scope.pose_of(frame, axis) if frame else place
    return np.asarray(turned.rotation @ (given / length))
