"""The resident's body in MuJoCo: sixteen segments with human masses, joints and muscles, clothed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np

from carebot.simulation.anatomy import Anatomy
from carebot.simulation.joints import JOINTS, SIDES
from carebot.simulation.loft import Ring, loft
from carebot.simulation.textures import cloth
from carebot.simulation.wardrobe import Colour, Resident

Point = tuple[float, float, float]

SOLID_GROUP = 4
"""Geoms of people that touch things; they are not drawn. Those of a world are in other groups (sdf.build)."""
SKIN_GROUP = 1
"""Geoms of people that are drawn; they touch nothing."""
BODY_CONTACT, WORLD_CONTACT = 2, 1
SELF_CLEARANCE = {("pelvis", "thorax"), ("abdomen", "head")}


def add_resident(spec: Any, resident: Resident) -> None:
    """Add the body `pelvis` and all below it, standing at the origin, and a position servo for each joint."""
    _Builder(spec, resident).build()


@dataclass(slots=True)
class _Builder:
    spec: Any
    resident: Resident
    bodies: dict[str, Any] = field(default_factory=dict)

    @property
    def anatomy(self) -> Anatomy:
        return self.resident.anatomy

    def build(self) -> None:
        self._materials()
        self._skeleton()
        self._solids()
        self._clothe()
        self._sites()
        self._muscles()
        for first, second in SELF_CLEARANCE:
            self.spec.add_exclude(bodyname1=first, bodyname2=second)

    # the skeleton

    def _skeleton(self) -> None:
        a = self.anatomy
        pelvis = self._segment(self.spec.worldbody, "pelvis", (0, 0, a.ankle_height_m + a.leg_m))
        pelvis.add_freejoint(name="root")
        abdomen = self._segment(pelvis, "abdomen", (0, 0, a.hip_to_lumbar_m))
        thorax = self._segment(abdomen, "thorax", (0, 0, a.lumbar_to_thorax_m))
        self._segment(thorax, "head", (0.005, 0, a.thorax_to_neck_m))
        for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
            arm = self._segment(
                thorax, f"{side}_upper_arm", (0, sign * a.shoulder_half_width_m, a.thorax_to_shoulder_m)
            )
            forearm = self._segment(arm, f"{side}_forearm", (0, 0, -a.upper_arm_m))
            self._segment(forearm, f"{side}_hand", (0, 0, -a.forearm_m))
            thigh = self._segment(pelvis, f"{side}_thigh", (0, sign * a.hip_half_width_m, 0))
            shank = self._segment(thigh, f"{side}_shank", (0, 0, -a.thigh_m))
            self._segment(shank, f"{side}_foot", (0, 0, -a.shank_m))

    def _segment(self, parent: Any, name: str, position: Point) -> Any:
        body = parent.add_body(name=name, pos=position)
        for joint in (joint for joint in JOINTS if joint.body == name):
            body.add_joint(
                name=joint.name,
                type=mujoco.mjtJoint.mjJNT_HINGE,
                axis=joint.axis,
                limited=mujoco.mjtLimited.mjLIMITED_TRUE,
                range=(joint.lowest_rad, joint.highest_rad),
                armature=0.01,
                damping=_passive_damping(joint.stiffness),
            )
        self.bodies[name] = body
        return body

    def _muscles(self) -> None:
        for joint in JOINTS:
            servo = self.spec.add_actuator(name=joint.name, target=joint.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
            servo.set_to_position(kp=joint.stiffness, kv=joint.damping)
            servo.forcerange = (-joint.torque, joint.torque)

    # what touches

    def _solids(self) -> None:
        a, g = self.anatomy, self.anatomy.girth
        self._capsule("pelvis", (-0.005, -0.060 * g, 0.02), (-0.005, 0.060 * g, 0.02), 0.108 * g)
        self._capsule("abdomen", (0, -0.045, 0.04), (0, 0.045, 0.04), 0.100 * g)
        self._capsule("thorax", (0, -0.06, 0.13), (0, 0.06, 0.13), 0.105 * g, share=0.6)
        self._capsule("thorax", (0, -0.05, 0.03), (0, 0.05, 0.03), 0.100 * g, share=0.4)
        self._solid(
            "head",
            mujoco.mjtGeom.mjGEOM_ELLIPSOID,
            (0.10, 0.075, 0.125),
            (0.015, 0, 0.02 * a.stature_m + 0.53 * a.head_m),
        )
        for side in SIDES:
            self._capsule(f"{side}_upper_arm", (0, 0, -0.01), (0, 0, -a.upper_arm_m + 0.02), 0.043 * g)
            self._capsule(f"{side}_forearm", (0, 0, 0), (0, 0, -a.forearm_m + 0.01), 0.034)
            self._solid(f"{side}_hand", mujoco.mjtGeom.mjGEOM_ELLIPSOID, (0.042, 0.02, 0.085), (0, 0, -0.08))
            self._capsule(f"{side}_thigh", (0, 0, -0.06), (0, 0, -a.thigh_m + 0.03), 0.072 * g)
            self._capsule(f"{side}_shank", (0, 0, -0.01), (0, 0, -a.shank_m + 0.06), 0.046 * g)
            self._foot(side)

    def _foot(self, side: str) -> None:
        """Heel and toe balls around a sole, so that a foot rolls over the floor."""
        a = self.anatomy
        radius = 0.028
        z = radius - a.ankle_height_m
        heel, toe = -0.22 * a.foot_m, 0.62 * a.foot_m
        for sign in (-1.0, 1.0):
            self._capsule(f"{side}_foot", (heel, sign * 0.014, z), (toe, sign * 0.024, z), radius, share=0.5)

    def _capsule(self, body: str, start: Point, end: Point, radius: float, share: float = 1.0) -> None:
        geom = self._solid(body, mujoco.mjtGeom.mjGEOM_CAPSULE, (radius, 0, 0), (0, 0, 0), share)
        geom.fromto = (*start, *end)

    def _solid(self, body: str, kind: Any, size: Point, position: Point, share: float = 1.0) -> Any:
        return self.bodies[body].add_geom(
            type=kind,
            size=size,
            pos=position,
            mass=share * self.anatomy.mass_of(body),
            group=SOLID_GROUP,
            contype=BODY_CONTACT,
            conaffinity=WORLD_CONTACT | BODY_CONTACT,
            friction=(0.75, 0.01, 0.003) if body.endswith("foot") else (0.6, 0.01, 0.003),
            solref=(0.025, 1.0),
            solimp=(0.85, 0.95, 0.01, 0.5, 2.0),
        )

    # what is seen

    def _materials(self) -> None:
        w = self.resident.wardrobe
        jacket = w.cardigan or w.top
        self._cloth("top", w.top, w.top_pattern)
        self._cloth("jacket", jacket, "plain" if w.cardigan else w.top_pattern)
        self._cloth("trousers", w.trousers, "plain")
        dark = (0.10, 0.08, 0.07)
        plain: dict[str, Colour] = {
            "skin": w.skin,
            "hair": w.hair,
            "shoes": w.shoes,
            "eye_white": (0.95, 0.94, 0.92),
            "pupil": dark,
            "brow": _mix(w.hair, dark, 0.35),
            "lips": _mix(w.skin, (0.66, 0.22, 0.22), 0.55),
            "frame": dark,
            "sole": (0.20, 0.18, 0.17),
        }
        for name, colour in plain.items():
            self.spec.add_material(name=name, rgba=(*colour, 1.0), specular=0.12, shininess=0.25)

    def _cloth(self, name: str, colour: Colour, pattern: str) -> None:
        face = cloth(colour, pattern, 64)
        picture = np.concatenate([face] * 6, axis=0)
        texture = self.spec.add_texture(
            name=name, type=mujoco.mjtTexture.mjTEXTURE_CUBE, width=64, height=64 * 6, nchannel=3
        )
        texture.data = picture.tobytes()
        material = self.spec.add_material(name=name, specular=0.05, shininess=0.1)
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name

    def _clothe(self) -> None:
        self._trunk()
        self._head()
        for side in SIDES:
            self._arm(side)
            self._leg(side)

    def _trunk(self) -> None:
        a, g = self.anatomy, self.anatomy.girth
        s = a.stature_m / 1.62
        belly = 1.0 + 1.3 * (g - 1.0)
        self._loft(
            "pelvis",
            "trousers",
            [
                (-0.075 * s, -0.005, 0, 0.050 * g, 0.105 * g),
                (-0.03 * s, -0.012, 0, 0.110 * g, 0.158 * g),
                (0.03 * s, -0.010, 0, 0.116 * g, 0.163 * g),
                (0.10 * s, 0.0, 0, 0.103 * belly, 0.146 * g),
                (0.14 * s, 0.0, 0, 0.06, 0.09),
            ],
        )
        self._loft(
            "abdomen",
            "jacket",
            [
                (-0.135 * s, -0.010, 0, 0.110 * g, 0.158 * g),
                (-0.12 * s, -0.008, 0, 0.119 * g, 0.168 * g),
                (-0.05 * s, 0.0, 0, 0.116 * belly, 0.158 * g),
                (0.04 * s, 0.006, 0, 0.112 * belly, 0.146 * g),
                (0.12 * s, 0.004, 0, 0.106 * g, 0.150 * g),
                (0.17 * s, 0.0, 0, 0.06, 0.10),
            ],
        )
        self._loft(
            "thorax",
            "jacket",
            [
                (-0.05 * s, 0.004, 0, 0.085 * g, 0.120 * g),
                (0.0 * s, 0.004, 0, 0.106 * g, 0.146 * g),
                (0.08 * s, 0.006, 0, 0.114 * g, 0.158 * g),
                (0.16 * s, 0.0, 0, 0.106 * g, 0.166 * g),
                (0.212 * s, -0.008, 0, 0.090, 0.176),
                (0.235 * s, -0.010, 0, 0.072, 0.152),
                (0.258 * s, -0.010, 0, 0.056, 0.090),
                (0.272 * s, -0.006, 0, 0.046, 0.056),
            ],
        )
        if self.resident.wardrobe.cardigan:
            self._shirt_front(g, s)
        neck = a.thorax_to_neck_m
        self._drawn("thorax", "skin", "capsule", (0.047, 0, 0), fromto=(-0.002, 0, neck - 0.04, 0.008, 0, neck + 0.03))
        self._drawn("thorax", "top", "ellipsoid", (0.062, 0.066, 0.020), (0.0, 0, neck - 0.014))
        if self.resident.wardrobe.skirt:
            self._drawn("pelvis", "trousers", "ellipsoid", (0.135 * g, 0.185 * g, 0.11), (0, 0, -0.06))

    def _shirt_front(self, g: float, s: float) -> None:
        """The open front of a cardigan shows the shirt."""
        self._drawn("thorax", "top", "ellipsoid", (0.060 * g, 0.040, 0.15 * s), (0.062 * g, 0, 0.10 * s))
        self._drawn("abdomen", "top", "ellipsoid", (0.060 * g, 0.034, 0.15 * s), (0.066 * g, 0, 0.02 * s))

    def _head(self) -> None:
        a = self.anatomy
        h = a.head_m / 0.215
        chin = 0.02 * a.stature_m - 0.012
        self._loft(
            "head",
            "skin",
            [
                (chin, 0.045 * h, 0, 0.022 * h, 0.024 * h),
                (chin + 0.012 * h, 0.036 * h, 0, 0.050 * h, 0.042 * h),
                (chin + 0.05 * h, 0.018 * h, 0, 0.080 * h, 0.060 * h),
                (chin + 0.10 * h, 0.008 * h, 0, 0.094 * h, 0.071 * h),
                (chin + 0.15 * h, 0.006 * h, 0, 0.096 * h, 0.074 * h),
                (chin + 0.19 * h, 0.002 * h, 0, 0.082 * h, 0.066 * h),
                (chin + 0.214 * h, 0.0, 0, 0.046 * h, 0.040 * h),
                (chin + 0.222 * h, 0.0, 0, 0.010 * h, 0.010 * h),
            ],
        )
        eyes = chin + 0.112 * h
        for sign in (1.0, -1.0):
            y = sign * 0.031 * h
            self._drawn("head", "eye_white", "ellipsoid", (0.010, 0.0145, 0.008), (0.090 * h, y, eyes))
            self._drawn("head", "pupil", "ellipsoid", (0.005, 0.0075, 0.0075), (0.098 * h, y, eyes))
            brow = (0.093 * h, y - sign * 0.014, eyes + 0.021, 0.088 * h, y + sign * 0.016, eyes + 0.022)
            self._drawn("head", "brow", "capsule", (0.0042, 0, 0), fromto=brow)
            self._drawn("head", "skin", "ellipsoid", (0.019, 0.010, 0.030), (-0.002, sign * 0.076 * h, eyes - 0.012))
        nose = (0.098 * h, 0, eyes - 0.002, 0.112 * h, 0, eyes - 0.034)
        self._drawn("head", "skin", "capsule", (0.0095, 0, 0), fromto=nose)
        self._drawn("head", "skin", "ellipsoid", (0.012, 0.018, 0.010), (0.106 * h, 0, eyes - 0.037))
        self._drawn("head", "lips", "ellipsoid", (0.010, 0.024, 0.007), (0.092 * h, 0, eyes - 0.063))
        self._hair(chin, h)
        if self.resident.wardrobe.glasses:
            self._glasses(eyes, h)

    def _hair(self, chin: float, h: float) -> None:
        style = self.resident.wardrobe.hair_style
        crown = chin + 0.150 * h
        if style == "bald":
            self._drawn("head", "hair", "ellipsoid", (0.070 * h, 0.079 * h, 0.042), (-0.034 * h, 0, crown - 0.035))
            return
        self._drawn("head", "hair", "ellipsoid", (0.104 * h, 0.086 * h, 0.086 * h), (-0.016 * h, 0, crown + 0.016))
        self._drawn("head", "hair", "ellipsoid", (0.080 * h, 0.083 * h, 0.088 * h), (-0.036 * h, 0, crown - 0.036))
        if style == "bun":
            self._drawn("head", "hair", "ellipsoid", (0.040, 0.042, 0.040), (-0.115 * h, 0, crown + 0.012))
        if style == "bob":
            for sign in (1.0, -1.0):
                place = (-0.012 * h, sign * 0.070 * h, crown - 0.060)
                self._drawn("head", "hair", "ellipsoid", (0.062, 0.024, 0.075), place)
            self._drawn("head", "hair", "ellipsoid", (0.045, 0.078, 0.080), (-0.060 * h, 0, crown - 0.060))

    def _glasses(self, eyes: float, h: float) -> None:
        x = 0.108 * h
        self._drawn(
            "head", "frame", "capsule", (0.0025, 0, 0), fromto=(x, 0.056 * h, eyes + 0.013, x, -0.056 * h, eyes + 0.013)
        )
        for sign in (1.0, -1.0):
            y = sign * 0.058 * h
            low = (x, sign * 0.012, eyes - 0.015, x, sign * 0.050, eyes - 0.015)
            self._drawn("head", "frame", "capsule", (0.0022, 0, 0), fromto=low)
            self._drawn(
                "head", "frame", "capsule", (0.0025, 0, 0), fromto=(x, y, eyes + 0.012, 0.0, 1.25 * y, eyes + 0.010)
            )

    def _arm(self, side: str) -> None:
        a, g = self.anatomy, self.anatomy.girth
        upper, fore = a.upper_arm_m, a.forearm_m
        self._drawn(f"{side}_upper_arm", "jacket", "ellipsoid", (0.058 * g, 0.050 * g, 0.056), (0, 0, -0.020))
        sleeve: list[Ring] = [
            (0.02, 0, 0, 0.022, 0.020),
            (-0.02, 0, 0, 0.053 * g, 0.048 * g),
            (-0.4 * upper, 0, 0, 0.052 * g, 0.050 * g),
            (-0.9 * upper, 0, 0, 0.043 * g, 0.043 * g),
            (-upper - 0.035, 0, 0, 0.026, 0.026),
        ]
        self._loft(f"{side}_upper_arm", "jacket", sleeve)
        self._loft(
            f"{side}_forearm",
            "jacket",
            [
                (0.038, 0, 0, 0.022, 0.022),
                (0.0, 0, 0, 0.043 * g, 0.043 * g),
                (-0.3 * fore, 0.003, 0, 0.043 * g, 0.042 * g),
                (-0.90 * fore, 0, 0, 0.034, 0.033),
                (-0.92 * fore, 0, 0, 0.024, 0.024),
            ],
        )
        self._loft(
            f"{side}_hand",
            "skin",
            [
                (0.05, 0, 0, 0.020, 0.019),
                (0.0, 0, 0, 0.026, 0.020),
                (-0.05, 0.004, 0, 0.041, 0.018),
                (-0.09, 0.004, 0, 0.040, 0.017),
                (-0.14, 0.004, 0, 0.030, 0.013),
                (-0.168, 0.002, 0, 0.012, 0.008),
            ],
        )
        inward = -1.0 if side == "left" else 1.0
        thumb = (0.028, inward * 0.008, -0.030, 0.060, inward * 0.020, -0.088)
        self._drawn(f"{side}_hand", "skin", "capsule", (0.0115, 0, 0), fromto=thumb)

    def _leg(self, side: str) -> None:
        a, g = self.anatomy, self.anatomy.girth
        thigh, shank = a.thigh_m, a.shank_m
        wide = 1.18 if self.resident.wardrobe.skirt else 1.0
        inward = -0.006 if side == "left" else 0.006
        self._loft(
            f"{side}_thigh",
            "trousers",
            [
                (0.07, 0, 0, 0.045, 0.040),
                (0.03, -0.004, 0, 0.088 * g, 0.080 * g),
                (-0.08, 0.0, inward, 0.092 * g, 0.083 * g),
                (-0.5 * thigh, 0.006, inward, 0.080 * g * wide, 0.074 * g * wide),
                (-0.92 * thigh, 0.004, 0, 0.064 * g * wide, 0.062 * g * wide),
                (-thigh - 0.055 * wide, 0.0, 0, 0.040 * wide, 0.040 * wide),
            ],
        )
        calf = "skin" if self.resident.wardrobe.skirt else "trousers"
        cuff = 0.046 if calf == "trousers" else 0.036
        self._loft(
            f"{side}_shank",
            calf,
            [
                (0.055, 0, 0, 0.030, 0.030),
                (0.01, 0.002, 0, 0.060 * g, 0.058 * g),
                (-0.25 * shank, -0.010, 0, 0.062 * g, 0.057 * g),
                (-0.6 * shank, -0.006, 0, 0.052, 0.049),
                (-0.93 * shank, -0.002, 0, cuff, cuff - 0.002),
                (-0.97 * shank, -0.002, 0, 0.026, 0.026),
            ],
        )
        self._shoe(side)

    def _shoe(self, side: str) -> None:
        a = self.anatomy
        floor, length = -a.ankle_height_m, a.foot_m
        body = f"{side}_foot"
        self._drawn(body, "skin", "capsule", (0.034, 0, 0), fromto=(-0.004, 0, 0.04, 0.0, 0, -0.02))
        self._drawn(body, "shoes", "ellipsoid", (0.055, 0.041, 0.044), (-0.018, 0, floor + 0.042))
        self._drawn(body, "shoes", "ellipsoid", (0.52 * length, 0.044, 0.036), (0.26 * length, 0, floor + 0.036))
        self._drawn(body, "shoes", "ellipsoid", (0.070, 0.047, 0.028), (0.52 * length, 0, floor + 0.029))
        self._drawn(body, "sole", "ellipsoid", (0.58 * length, 0.047, 0.012), (0.24 * length, 0, floor + 0.011))

    def _drawn(
        self,
        body: str,
        material: str,
        kind: str,
        size: Point,
        position: Point = (0, 0, 0),
        fromto: tuple[float, ...] = (),
    ) -> None:
        geom = self.bodies[body].add_geom(
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}"),
            size=size,
            pos=position,
            material=material,
            mass=0.0,
            group=SKIN_GROUP,
            contype=0,
            conaffinity=0,
        )
        if fromto:
            geom.fromto = fromto

    def _loft(self, body: str, material: str, rings: list[Ring]) -> None:
        vertices, faces = loft(rings)
        name = f"{body}_{material}"
        mesh = self.spec.add_mesh(name=name)
        mesh.uservert = vertices.ravel().tolist()
        mesh.userface = faces.ravel().tolist()
        self.bodies[body].add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=name,
            material=material,
            mass=0.0,
            group=SKIN_GROUP,
            contype=0,
            conaffinity=0,
        )

    # what is measured

    def _sites(self) -> None:
        """The seventeen COCO keypoints, where a person who labels a picture would click."""
        a = self.anatomy
        h = a.head_m / 0.215
        eyes = 0.02 * a.stature_m - 0.012 + 0.112 * h
        self._site("head", "nose", (0.118 * h, 0, eyes - 0.034))
        for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
            self._site("head", f"{side}_eye", (0.099 * h, sign * 0.031 * h, eyes))
            self._site("head", f"{side}_ear", (-0.002, sign * 0.083 * h, eyes - 0.012))
            self._site(f"{side}_upper_arm", f"{side}_shoulder", (0, 0, 0))
            self._site(f"{side}_forearm", f"{side}_elbow", (0, 0, 0))
            self._site(f"{side}_hand", f"{side}_wrist", (0, 0, 0))
            self._site(f"{side}_thigh", f"{side}_hip", (0, 0, 0.02))
            self._site(f"{side}_shank", f"{side}_knee", (0, 0, 0))
            self._site(f"{side}_foot", f"{side}_ankle", (0, 0, 0))

    def _site(self, body: str, name: str, position: Point) -> None:
        self.bodies[body].add_site(name=name, pos=position, size=(0.01, 0, 0), group=5)


def _passive_damping(stiffness: float) -> float:
    """What tissue alone dissipates: enough that an unconscious body does not flutter."""
    return 0.2 + stiffness / 900.0


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    r, g, b = ((1 - share) * one + share * two for one, two in zip(first, second, strict=True))
    return (r, g, b)
