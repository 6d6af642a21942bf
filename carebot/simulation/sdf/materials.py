"""Materials of visuals."""

from __future__ import annotations

import numpy as np

from carebot.simulation.sdf.description import Material
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.values import Colour, colour, number, string

GREY = (0.7, 0.7, 0.7, 1.0)
NAMED_COLOURS: dict[str, Colour] = {
    "Grey": GREY,
    "DarkGrey": (0.175, 0.175, 0.175, 1.0),
    "White": (1.0, 1.0, 1.0, 1.0),
    "FlatBlack": (0.1, 0.1, 0.1, 1.0),
    "Black": (0.0, 0.0, 0.0, 1.0),
    "Red": (1.0, 0.0, 0.0, 1.0),
    "Green": (0.0, 1.0, 0.0, 1.0),
    "Blue": (0.0, 0.0, 1.0, 1.0),
    "Yellow": (1.0, 1.0, 0.0, 1.0),
    "Purple": (1.0, 0.0, 1.0, 1.0),
    "Turquoise": (0.0, 1.0, 1.0, 1.0),
    "Orange": (1.0, 0.51, 0.0, 1.0),
    "Indigo": (0.33, 0.0, 0.5, 1.0),
    "SkyBlue": (0.13, 0.44, 0.70, 1.0),
    "Wood": (0.56, 0.40, 0.24, 1.0),
    "WoodFloor": (0.62, 0.45, 0.28, 1.0),
    "WoodPallet": (0.60, 0.45, 0.30, 1.0),
    "Bricks": (0.55, 0.30, 0.24, 1.0),
    "CeilingTiled": (0.85, 0.85, 0.83, 1.0),
    "Grass": (0.25, 0.42, 0.20, 1.0),
    "Asphalt": (0.32, 0.32, 0.32, 1.0),
    "Residential": (0.72, 0.66, 0.58, 1.0),
}
"""The scripts of classic Gazebo's own library, Gazebo/Grey and so on. From Wood on they are textures there: what stands
here is about their mean colour."""


def read_material(visual: Element, notes: Notes) -> Material:
    """Colours only, those of Gazebo's own scripts by name; other scripts and pictures are noted."""
    material = visual.child("material")
    if material is None:
        return Material(GREY, 0.1, 0.2, 0.0)
    named = _named_colour(material.child("script"))
    for tag in ("script", "pbr", "shader"):
        found = material.child(tag)
        if found is None or (tag == "script" and named) or (tag == "pbr" and not _has_pictures(found)):
            continue
        notes.add(found, f"<{tag}> in <material> is not read: its <diffuse> colour is drawn")
    red, green, blue, alpha = colour(material, "diffuse", colour(material, "ambient", named or GREY))
    alpha *= 1.0 - number(visual, "transparency", 0.0)
    emissive = colour(material, "emissive", (0.0, 0.0, 0.0, 1.0))
    brightest = max(red, green, blue, 1e-3)
    return Material(
        rgba=(red, green, blue, alpha),
        specular=min(1.0, float(np.mean(colour(material, "specular", (0.1, 0.1, 0.1, 1.0))[:3]))),
        shininess=min(1.0, number(material, "shininess", 25.0) / 128.0),
        emission=min(1.0, max(emissive[:3]) / brightest),
    )


def _named_colour(script: Element | None) -> Colour | None:
    """What a classic script such as Gazebo/Wood looks like, where it is a colour or near one."""
    name = "" if script is None else string(script, "name")
    return NAMED_COLOURS.get(name.removeprefix("Gazebo/")) if name.startswith("Gazebo/") else None


def _has_pictures(pbr: Element) -> bool:
    return any(child.tag.endswith("_map") for workflow in pbr.children for child in workflow.children)
