"""Links: their masses, what is seen and what touches."""

from __future__ import annotations

import numpy as np

from carebot.simulation.sdf.description import Collision, Inertia, Link, Visual
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.materials import read_material
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.scopes import Scope
from carebot.simulation.sdf.shapes import read_shape
from carebot.simulation.sdf.values import flag, number, pose, positive

MASSLESS = "a link that moves needs an <inertial> with <mass> and <inertia>, or its model <static>true</static>"


def read_link(element: Element, scope: Scope, static: bool, fixed: bool, notes: Notes) -> Link:
    """`static` models do not move at all; `fixed` links are joined to the world and need no mass.

    Raises:
        ConfigError: for a link that moves and has no mass or no possible inertia.
    """
    own = scope.pose_of(element.name, element)
    inertia = _inertia(element)
    if inertia is None and not static and not fixed:
        element.refuse(f"the link '{element.name}' has no inertia: {MASSLESS}")
    outermost = scope.path.partition("::")[0]
    self_collide = flag(element, "self_collide", flag(scope.element, "self_collide", False))
    return Link(
        name=scope.full(element.name),
        model=outermost,
        skeleton=scope.path,
        pose=scope.world_pose() @ own,
        static=static,
        self_collide=self_collide,
        gravity=flag(element, "gravity", True),
        inertia=inertia,
        visuals=tuple(_visuals(element, scope, notes)),
        collisions=tuple(_collisions(element, scope, notes)),
        element=element,
    )


def _inertia(link: Element) -> Inertia | None:
    inertial = link.child("inertial")
    if inertial is None:
        return None
    if inertial.attributes.get("auto", "false").strip().lower() in ("true", "1"):
        inertial.refuse("auto='true' is not computed here: write the <mass> and the <inertia> out")
    mass = positive(inertial, "mass", 1.0)
    moments = inertial.child("inertia")
    if moments is None:
        inertial.refuse(f"the link '{link.name}' has no inertia: {MASSLESS}")
    ixx, iyy, izz = (number(moments, tag, 1.0) for tag in ("ixx", "iyy", "izz"))
    ixy, ixz, iyz = (number(moments, tag, 0.0) for tag in ("ixy", "ixz", "iyz"))
    matrix = np.array(((ixx, ixy, ixz), (ixy, iyy, iyz), (ixz, iyz, izz)))
    least, middle, most = np.linalg.eigvalsh(matrix)
    if not (least > 0 and least + middle >= most * (1 - 1e-6)):
        moments.refuse(
            f"no body has this inertia (moments {least:.3g}, {middle:.3g}, {most:.3g} kg·m²): each must be above zero "
            "and at most the sum of the other two"
        )
    place = pose(inertial.child("pose"))
    return Inertia(mass, place.position, place.rotation @ matrix @ place.rotation.T)


def _visuals(link: Element, scope: Scope, notes: Notes) -> list[Visual]:
    origin = scope.pose_of(link.name, link).inverse()
    found = []
    for visual in link.all("visual"):
        shape = read_shape(visual, notes)
        if shape is not None:
            place = origin @ scope.pose_within(visual, link.name)
            name, has_material = f"{scope.full(link.name)}::{visual.name}", visual.child("material") is not None
            found.append(Visual(name, place, shape, read_material(visual, notes), has_material))
    return found


def _collisions(link: Element, scope: Scope, notes: Notes) -> list[Collision]:
    origin = scope.pose_of(link.name, link).inverse()
    found = []
    for collision in link.all("collision"):
        shape = read_shape(collision, notes)
        if shape is not None:
            place = origin @ scope.pose_within(collision, link.name)
            name = f"{scope.full(link.name)}::{collision.name}"
            found.append(Collision(name, place, shape, *_friction(collision, notes)))
    return found


def _friction(collision: Element, notes: Notes) -> tuple[float, float]:
    """Coulomb's coefficient, and the torsional one times its patch's radius (metres)."""
    surface = collision.child("surface")
    friction = surface.child("friction") if surface else None
    ode = (friction.child("ode") or friction.child("bullet")) if friction else None
    sliding = number(ode, "mu" if ode and ode.tag == "ode" else "friction", 1.0)
    if ode is not None and ode.child("mu2") is not None and number(ode, "mu2", sliding) != sliding:
        notes.add(ode, "<mu2> is not read: friction is the same in both directions")
    torsional = friction.child("torsional") if friction else None
    twist = number(torsional, "coefficient", 0.0) * number(torsional, "patch_radius", 0.005)
    if ode is not None and sliding < 0:
        ode.refuse("the friction is below zero: give a coefficient of 0 or more")
    return min(sliding, 1e3), min(twist, 10.0)
