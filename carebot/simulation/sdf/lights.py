"""Lights of a world, a model's link, or one that is included."""

from __future__ import annotations

from math import pi
from typing import Literal

import numpy as np

from carebot.simulation.sdf.description import Light
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.poses import Pose3D
from carebot.simulation.sdf.scopes import Scope
from carebot.simulation.sdf.values import colour, flag, number, vector

WHITE = (1.0, 1.0, 1.0, 1.0)
BLACK = (0.0, 0.0, 0.0, 1.0)


def read_lights(owner: Element, scope: Scope) -> list[Light]:
    """The lights of the world or of a link (then in the link's frame)."""
    link = owner.name if owner.tag == "link" else ""
    origin = scope.pose_of(link, owner).inverse()
    return [_light(element, scope, link, origin @ scope.pose_within(element, link)) for element in owner.all("light")]


def _light(element: Element, scope: Scope, link: str, place: Pose3D) -> Light:
    kind = _kind(element)
    attenuation, spot = element.child("attenuation"), element.child("spot")
    direction = place.rotation @ vector(element, "direction", (0.0, 0.0, -1.0))
    if not np.linalg.norm(direction) > 1e-9:
        element.refuse("the light's <direction> is zero: give it one")
    return Light(
        name=scope.full(f"{link}::{element.name}" if link else element.name),
        kind=kind,
        link=scope.full(link) if link else "",
        pose=place,
        direction=direction,
        diffuse=colour(element, "diffuse", WHITE),
        specular=colour(element, "specular", BLACK),
        attenuation=(
            number(attenuation, "constant", 1.0),
            number(attenuation, "linear", 1.0),
            number(attenuation, "quadratic", 0.0),
        ),
        cutoff_rad=number(spot, "outer_angle", pi / 2) / 2,
        casts_shadow=flag(element, "cast_shadows", False),
    )


def _kind(element: Element) -> Literal["point", "directional", "spot"]:
    given = element.attributes.get("type", "")
    if given == "point":
        return "point"
    if given == "directional":
        return "directional"
    if given == "spot":
        return "spot"
    return element.refuse(f"the light type {given or 'missing'!r} is unknown: use point, directional or spot")
