"""From a world's description to MuJoCo.

Links become bodies below one another as their joints say; a free joint carries each link that nothing carries. Names
stay the full SDF names; visuals have `visual:` before theirs because SDF lets them share a collision's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf, isfinite
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from carebot.errors import ConfigError
from carebot.simulation.sdf.build_scene import add_lights, add_scene, add_sensors
from carebot.simulation.sdf.description import Axis, Collision, Joint, Link, Material, Shape, Visual, World
from carebot.simulation.sdf.meshes import Piece, drawn_pieces, touched_pieces
from carebot.simulation.sdf.poses import Pose3D
from carebot.simulation.sdf.reader import read_world
from carebot.simulation.sdf.scopes import WORLD

DRAWN_GROUP, TOUCHED_GROUP = 2, 3
"""Groups of the geoms that are drawn and of those that touch, as in the rest of the simulator."""
WHEEL_GAIN = 8.0
"""N·m·s/rad that hold a driven wheel at its speed."""
ROTOR_KG_M2 = 0.05
"""Inertia of a geared motor's rotor as its wheel feels it. SDF has no word for it; without it the stiff gain above
would outweigh the wheel in the solver's eyes, and the tyre would creep."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedWorld:
    """A world's description and its compiled mujoco.MjModel, with the spec to build on."""

    world: World
    spec: Any
    model: Any


def load_world(path: Path) -> LoadedWorld:
    """Load an SDF world or model file.

    Raises:
        ConfigError: naming file and line, for what cannot be loaded rightly.
    """
    world = read_world(path)
    spec = build(world)
    try:
        return LoadedWorld(world, spec, spec.compile())
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path} cannot be simulated ({reason}): correct what it names.") from None


def build(world: World) -> Any:
    """The mujoco.MjSpec of a world, not yet compiled; raises ConfigError for links in a closed loop."""
    return _Builder(world).build()


class _Builder:
    def __init__(self, world: World) -> None:
        self._world = world
        self._spec = mujoco.MjSpec()
        self._links = {link.name: link for link in world.links}
        self._bodies: dict[str, Any] = {}
        self._materials: dict[Material, str] = {}
        self._meshes: dict[int, str] = {}
        self._pieces: list[Piece] = []
        self._by_parent: dict[str, list[Joint]] = defaultdict(list)

    def build(self) -> Any:
        add_scene(self._spec, self._world.scene)
        carried = self._carriers()
        for link in self._world.links:
            if link.name not in carried:
                self._add_tree(link, self._spec.worldbody, None)
        for joint in self._by_parent[WORLD]:
            self._add_tree(self._links[joint.child], self._spec.worldbody, joint)
        self._refuse_circles()
        self._keep_apart()
        self._add_actuators()
        add_sensors(self._spec, self._world.sensors, self._bodies)
        add_lights(self._spec, self._world.lights, self._bodies)
        return self._spec

    # the tree

    def _carriers(self) -> dict[str, Joint]:
        carried: dict[str, Joint] = {}
        for joint in self._world.joints:
            if self._links[joint.child].static:
                continue
            if joint.child in carried:
                joint.element.refuse(
                    f"the link '{joint.child}' already hangs on '{carried[joint.child].name}': closed loops of joints "
                    "are not supported, leave one joint out"
                )
            carried[joint.child] = joint
            parent = self._links.get(joint.parent)
            self._by_parent[WORLD if parent is not None and parent.static else joint.parent].append(joint)
        return carried

    def _add_tree(self, link: Link, parent: Any, joint: Joint | None) -> None:
        origin = self._links[joint.parent].pose if joint and parent is not self._spec.worldbody else None
        place = origin.inverse() @ link.pose if origin else link.pose
        body = parent.add_body(name=link.name, pos=place.position, quat=place.quaternion())
        self._bodies[link.name] = body
        body.gravcomp = 0.0 if link.gravity else 1.0
        if joint is not None:
            self._add_joint(body, link, joint)
        elif not link.static:
            body.add_freejoint(name=f"{link.name}::free")
        self._add_mass(body, link)
        for visual in link.visuals:
            self._add_visual(body, visual)
        for collision in link.collisions:
            self._add_collision(body, link, collision)
        for next_joint in self._by_parent[link.name]:
            self._add_tree(self._links[next_joint.child], body, next_joint)

    def _refuse_circles(self) -> None:
        lost = next((link for link in self._world.links if link.name not in self._bodies), None)
        if lost is not None:
            lost.element.refuse(f"the joints from '{lost.name}' lead in a circle: join one of its links to nothing")

    def _add_mass(self, body: Any, link: Link) -> None:
        if link.inertia is None or link.static:
            return
        matrix = link.inertia.matrix
        body.explicitinertial = True
        body.mass = link.inertia.mass_kg
        body.ipos = link.inertia.centre
        body.fullinertia = (*np.diag(matrix), matrix[0, 1], matrix[0, 2], matrix[1, 2])

    def _add_joint(self, body: Any, link: Link, joint: Joint) -> None:
        place = link.pose.inverse() @ joint.pose
        if joint.kind == "ball":
            body.add_joint(name=joint.name, type=mujoco.mjtJoint.mjJNT_BALL, pos=place.position)
        kind = mujoco.mjtJoint.mjJNT_SLIDE if joint.kind == "prismatic" else mujoco.mjtJoint.mjJNT_HINGE
        for number, axis in enumerate(joint.axes):
            name = joint.name if number == 0 else f"{joint.name}::axis2"
            direction = link.pose.rotation.T @ axis.direction
            body.add_joint(name=name, type=kind, pos=place.position, axis=direction, **_dynamics(axis))

    # what is seen and what touches

    def _add_visual(self, body: Any, visual: Visual) -> None:
        pieces = drawn_pieces(visual.shape.mesh, visual.shape.scale) if visual.shape.mesh else None
        for geom, piece in self._geoms(body, f"visual:{visual.name}", visual.pose, visual.shape, pieces):
            own = piece.rgba if piece and not visual.is_coloured else None
            geom.material = self._material(replace(visual.material, rgba=own) if own else visual.material)
            geom.contype = geom.conaffinity = 0
            geom.group = DRAWN_GROUP

    def _add_collision(self, body: Any, link: Link, collision: Collision) -> None:
        if collision.shape.kind == "plane" and not link.static:
            link.element.refuse(
                f"the plane '{collision.name}' has no end and cannot move: use a box, or a static model"
            )
        pieces = touched_pieces(collision.shape.mesh, collision.shape.scale) if collision.shape.mesh else None
        for geom, _ in self._geoms(body, collision.name, collision.pose, collision.shape, pieces):
            geom.friction = (collision.friction, collision.torsional_m, 1e-4)
            geom.condim = 4 if collision.torsional_m > 0 else 3
            geom.priority = -round(1000 * min(collision.friction, 1000.0))
            geom.group = TOUCHED_GROUP
            geom.rgba = (0.6, 0.6, 0.9, 0.4)

    def _geoms(
        self, body: Any, name: str, place: Pose3D, shape: Shape, pieces: Sequence[Piece] | None
    ) -> Iterator[tuple[Any, Piece | None]]:
        """The shape's geoms; a mesh has one for each of its pieces, the first with the plain name."""
        if pieces is None:
            geom = self._geom(body, name, place, shape)
            geom.size = shape.size
            yield geom, None
            return
        for number, piece in enumerate(pieces):
            geom = self._geom(body, name if number == 0 else f"{name}#{number}", place, shape)
            geom.meshname = self._mesh(piece, f"{name}#{number}")
            yield geom, piece

    def _geom(self, body: Any, name: str, place: Pose3D, shape: Shape) -> Any:
        turned = place @ shape.turned
        return body.add_geom(
            name=name,
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{shape.kind.upper()}"),
            pos=turned.position,
            quat=turned.quaternion(),
            mass=0.0,
        )

    def _mesh(self, piece: Piece, name: str) -> str:
        """The same piece of the same file is one mesh, however often it stands in the world."""
        if id(piece) not in self._meshes:
            mesh = self._spec.add_mesh(name=name)
            mesh.uservert = piece.vertices.ravel().tolist()
            mesh.userface = piece.triangles.ravel().tolist()
            mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
            self._meshes[id(piece)] = name
            self._pieces.append(piece)  # an id lasts as long as what it names
        return self._meshes[id(piece)]

    def _material(self, material: Material) -> str:
        if material not in self._materials:
            self._materials[material] = f"material{len(self._materials)}"
            self._spec.add_material(
                name=self._materials[material],
                rgba=material.rgba,
                specular=material.specular,
                shininess=material.shininess,
                emission=material.emission,
            )
        return self._materials[material]

    def _keep_apart(self) -> None:
        """Links of one model pass through each other unless they say otherwise, as in Gazebo."""
        groups: dict[str, list[Link]] = defaultdict(list)
        for link in self._world.links:
            if link.collisions and not link.static and not link.self_collide:
                groups[link.skeleton].append(link)
        for links in groups.values():
            for first, second in combinations(links, 2):
                self._spec.add_exclude(bodyname1=first.name, bodyname2=second.name)

    # what moves

    def _add_actuators(self) -> None:
        moving = [joint for joint in self._world.joints if not self._links[joint.child].static]
        efforts = {joint.name: joint.axes[0].effort for joint in moving if joint.axes}
        for drive in self._world.drives:
            for name in (each for each in (*drive.left, *drive.right) if each in efforts):
                motor = self._actuator(name, efforts[name])
                motor.set_to_velocity(kv=WHEEL_GAIN)
                self._spec.joint(name).armature = ROTOR_KG_M2
        for servo in (each for each in self._world.controllers if each.joint in efforts):
            motor = self._actuator(servo.joint, servo.effort)
            motor.set_to_position(kp=servo.stiffness, kv=servo.damping)

    def _actuator(self, joint: str, effort: float) -> Any:
        motor = self._spec.add_actuator(name=joint, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        if isfinite(effort):
            motor.forcerange = (-effort, effort)
        return motor


def _dynamics(axis: Axis) -> dict[str, Any]:
    limited = axis.lower > -inf or axis.upper < inf
    return {
        "limited": mujoco.mjtLimited.mjLIMITED_TRUE if limited else mujoco.mjtLimited.mjLIMITED_FALSE,
        "range": (max(axis.lower, -1e6), min(axis.upper, 1e6)) if limited else (0.0, 0.0),
        "damping": axis.damping,
        "frictionloss": axis.friction,
        "stiffness": axis.spring_stiffness,
        "springref": axis.spring_reference,
    }
