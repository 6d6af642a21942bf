"""Writes the resident as SDF from the very body that the embedded simulator builds, so that the two never disagree.

    python -m carebot.simulation.sdf.resident_model sim/models/resident

Where a joint of the body turns about several axes, SDF needs a link between every two of them: each takes LINK_KG of
the segment that it carries, and the masses still add up to the person's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import mujoco
import numpy as np

from carebot.simulation.joints import JOINTS, Joint
from carebot.simulation.resident import SKIN_GROUP, add_resident
from carebot.simulation.rotations import Vector
from carebot.simulation.wardrobe import RESIDENTS, Resident

LINK_KG, LINK_KG_M2 = 0.05, 1e-4
WITH_WALKING_FRAME = "marie"
DEFAULT = "hana"
SMOOTHEST_STEP_S = 0.002
"""The worlds' time step, for which the servos' gains must be stable when they are computed outside the solver."""


def write_residents(folder: Path) -> None:
    """Write every resident's SDF file and meshes, and model.config; model.sdf is the default one."""
    folder.mkdir(parents=True, exist_ok=True)
    for resident in RESIDENTS.values():
        text = _Writer(resident, folder / "meshes" / resident.name).text()
        (folder / _file_name(resident)).write_text(text, encoding="utf-8")
    (folder / "model.config").write_text(CONFIG, encoding="utf-8")


def _file_name(resident: Resident) -> str:
    return "model.sdf" if resident.name == DEFAULT else f"{resident.name}.sdf"


CONFIG = f"""<?xml version="1.0"?>
<model>
  <name>resident</name>
  <version>1.0</version>
  <sdf version="1.9">model.sdf</sdf>
  <author><name>The carebot authors</name></author>
  <description>An older person with human masses and joints. model.sdf is {DEFAULT}; the others are model://resident/NAME.sdf.
Made by carebot.simulation.sdf.resident_model: change the person there.</description>
</model>
"""


@dataclass(slots=True)
class _Writer:
    resident: Resident
    meshes: Path
    model: Any = None
    data: Any = None
    spec: Any = None
    lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        self.spec = mujoco.MjSpec()
        self.spec.compiler.degree = False
        add_resident(self.spec, self.resident)
        self.model = self.spec.compile()
        self.data = mujoco.MjData(self.model)
        mujoco.mj_forward(self.model, self.data)
        self._head()
        for body in self.spec.bodies[1:]:
            self._segment(body)
        self._servos()
        self._tail()
        return "\n".join(self.lines) + "\n"

    def _put(self, indent: int, text: str) -> None:
        self.lines.append("  " * indent + text)

    def _head(self) -> None:
        anatomy = self.resident.anatomy
        self._put(0, '<?xml version="1.0"?>')
        self._put(
            0,
            f"<!-- {self.resident.name}, {anatomy.stature_m} m, {anatomy.mass_kg} kg. "
            "Made by carebot.simulation.sdf.resident_model: change the person there. -->",
        )
        self._put(0, '<sdf version="1.9">')
        self._put(1, f'<model name={quoteattr(self.resident.name)} canonical_link="pelvis">')
        self._put(2, "<self_collide>false</self_collide>")

    def _tail(self) -> None:
        if self.resident.name == WITH_WALKING_FRAME:
            self._put(
                2,
                "<include><uri>model://walking_frame</uri><name>walking_frame</name>"
                "<pose>0.42 0 0 0 0 0</pose></include>",
            )
        self._put(1, "</model>")
        self._put(0, "</sdf>")

    # links and joints

    def _segment(self, body: Any) -> None:
        joints = [joint for joint in JOINTS if joint.body == body.name]
        place = self.data.xpos[body.id]
        between = [f"{body.name}_{number}" for number in range(1, len(joints))]
        chain = [body.parent.name, *between, body.name]
        for name in between:
            self._between(name, place)
        self._link(body, place, lighter_kg=LINK_KG * len(between))
        for joint, (parent, child) in zip(joints, pairwise(chain), strict=False):
            self._joint(joint, parent, child)

    def _between(self, name: str, place: Vector) -> None:
        self._put(2, f'<link name="{name}">')
        self._put(3, f"<pose>{_numbers(place)} 0 0 0</pose>")
        self._inertial(LINK_KG, np.zeros(3), np.eye(3) * LINK_KG_M2)
        self._put(2, "</link>")

    def _link(self, body: Any, place: Vector, lighter_kg: float) -> None:
        model, number = self.model, body.id
        mass = float(model.body_mass[number])
        turn = np.zeros(9)
        mujoco.mju_quat2Mat(turn, model.body_iquat[number])
        axes = turn.reshape(3, 3)
        inertia = axes @ np.diag(model.body_inertia[number]) @ axes.T
        share = 1.0 - lighter_kg / mass
        self._put(2, f'<link name="{body.name}">')
        self._put(3, f"<pose>{_numbers(place)} 0 0 0</pose>")
        self._inertial(mass * share, model.body_ipos[number], inertia * share)
        for index, geom in enumerate(body.geoms):
            self._geom(index, geom)
        self._put(2, "</link>")

    def _inertial(self, mass: float, centre: Vector, inertia: Vector) -> None:
        names = (("ixx", 0, 0), ("iyy", 1, 1), ("izz", 2, 2), ("ixy", 0, 1), ("ixz", 0, 2), ("iyz", 1, 2))
        moments = "".join(f"<{name}>{inertia[row, column]:.9f}</{name}>" for name, row, column in names)
        self._put(
            3,
            f"<inertial><pose>{_numbers(centre)} 0 0 0</pose><mass>{mass:.5f}</mass>"
            f"<inertia>{moments}</inertia></inertial>",
        )

    def _joint(self, joint: Joint, parent: str, child: str) -> None:
        damping = float(self.model.dof_damping[self.model.joint(joint.name).dofadr[0]])
        self._put(2, f'<joint name="{joint.name}" type="revolute">')
        self._put(3, f"<parent>{parent}</parent><child>{child}</child>")
        self._put(3, f"<axis><xyz>{_numbers(joint.axis)}</xyz>")
        self._put(
            4,
            f"<limit><lower>{joint.lowest_rad:.5f}</lower><upper>{joint.highest_rad:.5f}</upper>"
            f"<effort>{joint.torque:g}</effort></limit>",
        )
        self._put(4, f"<dynamics><damping>{damping:.4f}</damping></dynamics>")
        self._put(3, "</axis>")
        self._put(2, "</joint>")

    # what touches and what is seen

    def _geom(self, index: int, geom: Any) -> None:
        seen = geom.group == SKIN_GROUP
        tag = "visual" if seen else "collision"
        self._put(3, f'<{tag} name="{tag}_{index}">')
        place, shape = self._shape(geom)
        if place is not None:
            self._put(4, f"<pose>{place}</pose>")
        self._put(4, f"<geometry>{shape}</geometry>")
        self._put(4, self._material(geom) if seen else self._surface(geom))
        self._put(3, f"</{tag}>")

    def _shape(self, geom: Any) -> tuple[str | None, str]:
        """The pose in the link (None for none) and the geometry."""
        number = geom.id
        if geom.type == mujoco.mjtGeom.mjGEOM_MESH:
            return None, f"<mesh><uri>{self._mesh(geom.meshname)}</uri></mesh>"
        turn = np.zeros(9)
        mujoco.mju_quat2Mat(turn, self.model.geom_quat[number])
        place = f"{_numbers(self.model.geom_pos[number])} {_numbers(_euler(turn.reshape(3, 3)))}"
        a, b, c = (float(value) for value in self.model.geom_size[number])
        if geom.type == mujoco.mjtGeom.mjGEOM_CAPSULE:
            return place, f"<capsule><radius>{a:.5f}</radius><length>{2 * b:.5f}</length></capsule>"
        assert geom.type == mujoco.mjtGeom.mjGEOM_ELLIPSOID
        return place, f"<ellipsoid><radii>{a:.5f} {b:.5f} {c:.5f}</radii></ellipsoid>"

    def _mesh(self, name: str) -> str:
        mesh = self.spec.mesh(name)
        self.meshes.mkdir(parents=True, exist_ok=True)
        vertices, faces = np.reshape(mesh.uservert, (-1, 3)), np.reshape(mesh.userface, (-1, 3))
        path = self.meshes / f"{name}.obj"
        path.write_text("\n".join(_obj(vertices, faces)) + "\n", encoding="utf-8")
        return f"model://resident/meshes/{self.resident.name}/{path.name}"

    def _material(self, geom: Any) -> str:
        red, green, blue = self._colour(geom.material)
        colour = f"{red:.3f} {green:.3f} {blue:.3f} 1"
        return (
            f"<material><ambient>{colour}</ambient><diffuse>{colour}</diffuse>"
            "<specular>0.05 0.05 0.05 1</specular></material>"
        )

    def _colour(self, material: str) -> tuple[float, float, float]:
        """Of cloth, which the embedded simulator paints with a pattern, the plain colour."""
        wardrobe = self.resident.wardrobe
        cloth = {"top": wardrobe.top, "jacket": wardrobe.cardigan or wardrobe.top, "trousers": wardrobe.trousers}
        if material in cloth:
            return cloth[material]
        red, green, blue, _ = self.model.material(material).rgba
        return (float(red), float(green), float(blue))

    def _surface(self, geom: Any) -> str:
        mu = float(geom.friction[0])
        return f"<surface><friction><ode><mu>{mu:g}</mu><mu2>{mu:g}</mu2></ode></friction></surface>"

    # muscles

    def _servos(self) -> None:
        for joint in JOINTS:
            stiffness, damping = self._gains(joint)
            self._put(
                2,
                '<plugin filename="gz-sim-joint-position-controller-system" '
                'name="gz::sim::systems::JointPositionController">',
            )
            self._put(3, f"<joint_name>{joint.name}</joint_name>")
            self._put(3, f"<p_gain>{stiffness:.3f}</p_gain><i_gain>0</i_gain><d_gain>{damping:.4f}</d_gain>")
            self._put(3, f"<cmd_max>{joint.torque:g}</cmd_max><cmd_min>{-joint.torque:g}</cmd_min>")
            self._put(2, "</plugin>")

    def _gains(self, joint: Joint) -> tuple[float, float]:
        """The muscles' own, or less where a controller outside the solver would shake what hangs on the joint."""
        unit, force = np.zeros(self.model.nv), np.zeros(self.model.nv)
        dof = int(self.model.joint(joint.name).dofadr[0])
        unit[dof] = 1.0
        mujoco.mj_mulM(self.model, self.data, force, unit)
        inertia = float(force[dof]) - float(self.model.dof_armature[dof])
        step = SMOOTHEST_STEP_S
        return min(joint.stiffness, 0.1 * inertia / step**2), min(joint.damping, 0.3 * inertia / step)


def _obj(vertices: Vector, faces: Vector) -> Iterator[str]:
    """A Wavefront mesh with smooth normals."""
    corners = vertices[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for face, normal in zip(faces.astype(int), flat, strict=True):
        normals[face] += normal
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    yield from (f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in vertices)
    yield from (f"vn {x:.2f} {y:.2f} {z:.2f}" for x, y, z in normals)
    yield from ("f " + " ".join(f"{index + 1}//{index + 1}" for index in face) for face in faces)


def _euler(matrix: Vector) -> tuple[float, float, float]:
    """Roll, pitch, yaw of a rotation matrix."""
    pitch = float(np.arcsin(np.clip(-matrix[2, 0], -1.0, 1.0)))
    if abs(matrix[2, 0]) > 1 - 1e-9:
        return (float(np.arctan2(-matrix[1, 2], matrix[1, 1])), pitch, 0.0)
    return (
        float(np.arctan2(matrix[2, 1], matrix[2, 2])),
        pitch,
        float(np.arctan2(matrix[1, 0], matrix[0, 0])),
    )


def _numbers(values: Any) -> str:
    return " ".join(f"{float(value) + 0.0:.5f}" for value in values)


if __name__ == "__main__":
    write_residents(Path(sys.argv[1]))
