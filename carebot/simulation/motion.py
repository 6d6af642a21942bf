"""Postures in time: one pose of the whole body, and smooth movement through a list of key poses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from carebot.simulation.anatomy import Anatomy
from carebot.simulation.joints import INDEX, LEG_JOINTS, SIDES
from carebot.simulation.legs import Foot, foot_of, leg_angles
from carebot.simulation.rotations import Vector, about_z, quaternion

TICK_S = 0.01
"""How often a new pose is commanded."""

LEGS = {side: np.array([INDEX[f"{side}_{joint}"] for joint in LEG_JOINTS]) for side in SIDES}


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Pelvis in the room (metres, quaternion), the angle of every joint, and where the feet are because of them."""

    pelvis_m: Vector
    pelvis_q: Vector
    angles: Vector
    left: Foot
    right: Foot
    feet_lead: bool = True
    """Whether the feet's places decide the legs' angles, or the other way round."""

    def foot(self, side: str) -> Foot:
        return self.left if side == "left" else self.right

    def as_array(self) -> Vector:
        return np.concatenate((self.pelvis_m, self.pelvis_q, self.angles, self.left.as_array(), self.right.as_array()))


def on_feet(anatomy: Anatomy, pelvis_m: Vector, pelvis_q: Vector, angles: Vector, left: Foot, right: Foot) -> Pose:
    """The pose whose legs reach from the pelvis to these feet."""
    angles = angles.copy()
    for side, foot in zip(SIDES, (left, right), strict=True):
        angles[LEGS[side]] = leg_angles(anatomy, side, pelvis_m, pelvis_q, foot)
    return Pose(pelvis_m, pelvis_q, angles, left, right)


def from_angles(anatomy: Anatomy, pelvis_m: Vector, pelvis_q: Vector, angles: Vector) -> Pose:
    """The pose whose feet are where the legs' angles put them."""
    left, right = (foot_of(anatomy, side, pelvis_m, pelvis_q, angles[LEGS[side]]) for side in SIDES)
    return Pose(pelvis_m, pelvis_q, angles, left, right, feet_lead=False)


def _from_array(anatomy: Anatomy, values: Vector, feet_lead: bool) -> Pose:
    joints = len(INDEX)
    pelvis_m, q = values[:3], values[3:7] / np.linalg.norm(values[3:7])
    angles, feet = values[7 : 7 + joints], values[7 + joints :]
    if not feet_lead:
        return from_angles(anatomy, pelvis_m, q, angles)
    return on_feet(anatomy, pelvis_m, q, angles, Foot.from_array(feet[:5]), Foot.from_array(feet[5:]))


@dataclass(frozen=True, slots=True)
class Frame:
    """A place on the floor and a heading, to which key poses are relative."""

    x_m: float
    y_m: float
    yaw_rad: float

    def place(self, forward_m: float, left_m: float, height_m: float) -> Vector:
        offset = about_z(self.yaw_rad) @ (forward_m, left_m, 0.0)
        return np.array((self.x_m + offset[0], self.y_m + offset[1], height_m))


@dataclass(frozen=True, slots=True)
class Key:
    """A posture to be in `after_s` seconds after the one before.

    The pelvis is at `forward_m`, `left_m` and `height_m` of the frame, turned by yaw, then pitch, then roll. `joints`
    are angles in radians that differ from the standing posture; a name without `left_` or `right_` means both sides.
    With `planted` the feet stay on the floor where they are; else the legs take the angles of `joints`.
    """

    after_s: float
    forward_m: float
    left_m: float
    height_m: float
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    roll_rad: float = 0.0
    joints: Mapping[str, float] = field(default_factory=dict)
    planted: bool = True

    def slower(self, factor: float) -> Key:
        return replace(self, after_s=self.after_s * factor)


def set_joints(angles: Vector, joints: Mapping[str, float]) -> Vector:
    """A copy of `angles` with these changed; a name without a side sets both."""
    changed = angles.copy()
    for name, value in joints.items():
        for full in (name,) if name in INDEX else (f"left_{name}", f"right_{name}"):
            changed[INDEX[full]] = value
    return changed


def _posed(anatomy: Anatomy, key: Key, frame: Frame, standing: Vector, feet: tuple[Foot, Foot]) -> Pose:
    pelvis_m = frame.place(key.forward_m, key.left_m, key.height_m)
    pelvis_q = quaternion(frame.yaw_rad + key.yaw_rad, key.pitch_rad, key.roll_rad)
    angles = set_joints(standing, key.joints)
    if key.planted:
        return on_feet(anatomy, pelvis_m, pelvis_q, angles, *feet)
    return from_angles(anatomy, pelvis_m, pelvis_q, angles)


def planted(anatomy: Anatomy, foot: Foot) -> Foot:
    """The same foot flat on the floor."""
    return Foot(np.array((*foot.ankle_m[:2], anatomy.ankle_height_m)), foot.yaw_rad)


def move_through(anatomy: Anatomy, start: Pose, keys: list[Key], frame: Frame, standing: Vector) -> Iterator[Pose]:
    """A pose for every tick from after `start` to the last key, without a stop at the keys between."""
    poses, times = [start], [0.0]
    for key in keys:
        feet = (planted(anatomy, poses[-1].left), planted(anatomy, poses[-1].right))
        poses.append(_posed(anatomy, key, frame, standing, feet))
        times.append(times[-1] + key.after_s)
    curve = PchipInterpolator(np.array(times), _aligned(poses))
    for tick in range(1, round(times[-1] / TICK_S) + 1):
        now = min(tick * TICK_S, times[-1])
        segment = min(int(np.searchsorted(times, now)), len(poses) - 1)
        lead = poses[segment - 1].feet_lead and poses[segment].feet_lead
        yield _from_array(anatomy, np.asarray(curve(now)), lead)


def _aligned(poses: list[Pose]) -> Vector:
    """Poses as rows; quaternions and headings take the short way from each row to the next."""
    rows = [pose.as_array() for pose in poses]
    yaws = (7 + len(INDEX) + 3, 7 + len(INDEX) + 8)
    for before, row in pairwise(rows):
        if np.dot(before[3:7], row[3:7]) < 0:
            row[3:7] *= -1.0
        for column in yaws:
            row[column] += 2 * np.pi * np.round((before[column] - row[column]) / (2 * np.pi))
    return np.stack(rows)
