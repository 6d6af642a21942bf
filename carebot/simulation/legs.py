"""Where a leg's ankle is for given joint angles, and which angles bring it there: both in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, atan2, cos, hypot, sin, sqrt

import numpy as np

from carebot.simulation.anatomy import Anatomy
from carebot.simulation.rotations import Vector, about_x, about_y, about_z, matrix, wrapped

STRAIGHTEST = 0.999
"""The most of its full length that a leg uses: a knee never locks."""


@dataclass(frozen=True, slots=True, eq=False)
class Foot:
    """An ankle in the room: position in metres, heading and pitch (toes down positive) of the sole in radians."""

    ankle_m: Vector
    yaw_rad: float
    pitch_rad: float = 0.0

    def as_array(self) -> Vector:
        return np.array((*self.ankle_m, self.yaw_rad, self.pitch_rad))

    @staticmethod
    def from_array(values: Vector) -> Foot:
        return Foot(values[:3].copy(), float(values[3]), float(values[4]))


def _sign(side: str) -> float:
    return 1.0 if side == "left" else -1.0


def hip_position(anatomy: Anatomy, side: str, pelvis_m: Vector, pelvis_rotation: Vector) -> Vector:
    """The hip joint in the room."""
    offset = np.array((0.0, _sign(side) * anatomy.hip_half_width_m, 0.0))
    return np.asarray(pelvis_m + pelvis_rotation @ offset)


def leg_angles(anatomy: Anatomy, side: str, pelvis_m: Vector, pelvis_q: Vector, foot: Foot) -> Vector:
    """The six angles, in the order of LEG_JOINTS, that put the foot there, or as near as the leg reaches."""
    rotation = matrix(pelvis_q)
    sign = _sign(side)
    reach = rotation.T @ (foot.ankle_m - hip_position(anatomy, side, pelvis_m, rotation))
    knee = _knee(anatomy, float(np.linalg.norm(reach)))
    twist = max(-0.6, min(0.6, sign * wrapped(atan2(rotation[1, 0], rotation[0, 0]) - foot.yaw_rad)))
    spin = about_z(-sign * twist)
    leg = spin @ np.array((-anatomy.shank_m * sin(knee), 0.0, -anatomy.thigh_m - anatomy.shank_m * cos(knee)))
    abduction = sign * _abduction(leg, reach)
    spread = about_x(sign * abduction)
    swung = spread @ leg
    flexion = wrapped(atan2(swung[2], swung[0]) - atan2(reach[2], reach[0])) * -1.0
    shank = rotation @ about_y(-flexion) @ spread @ spin @ about_y(knee)
    sole = shank.T @ about_z(foot.yaw_rad) @ about_y(foot.pitch_rad)
    ankle = -atan2(sole[0, 2], sole[2, 2])
    inversion = -sign * atan2(-sole[1, 2], hypot(sole[0, 2], sole[2, 2]))
    return np.array((flexion, abduction, twist, knee, ankle, inversion))


def _knee(anatomy: Anatomy, distance_m: float) -> float:
    """The knee's flexion at a distance between hip and ankle, by the law of cosines."""
    a, b = anatomy.thigh_m, anatomy.shank_m
    c = min(distance_m, STRAIGHTEST * (a + b))
    return acos(max(-0.85, min(1.0, (c * c - a * a - b * b) / (2 * a * b))))


def _abduction(leg: Vector, reach: Vector) -> float:
    """The turn about x that gives `leg` the sideways part of `reach`."""
    length = hypot(leg[1], leg[2])
    sideways = max(-0.95 * length, min(0.95 * length, float(reach[1])))
    down = -sqrt(length * length - sideways * sideways)
    return wrapped(atan2(down, sideways) - atan2(leg[2], leg[1]))


def foot_of(anatomy: Anatomy, side: str, pelvis_m: Vector, pelvis_q: Vector, angles: Vector) -> Foot:
    """The foot that six angles in the order of LEG_JOINTS give: the inverse of `leg_angles`."""
    flexion, abduction, twist, knee, ankle, inversion = angles
    sign = _sign(side)
    rotation = matrix(pelvis_q)
    thigh = rotation @ about_y(-flexion) @ about_x(sign * abduction) @ about_z(-sign * twist)
    shank = thigh @ about_y(knee)
    position = hip_position(anatomy, side, pelvis_m, rotation)
    position = position + thigh @ (0.0, 0.0, -anatomy.thigh_m) + shank @ (0.0, 0.0, -anatomy.shank_m)
    sole = shank @ about_y(-ankle) @ about_x(-sign * inversion)
    return Foot(position, atan2(sole[1, 0], sole[0, 0]), atan2(-sole[2, 0], hypot(sole[0, 0], sole[1, 0])))
