"""Where a leg's ankle is for given joint angles, and which angles bring it there: both in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, atan2, cos, hypot, sin, sqrt

import numpy as np

from carebot.geometry import wrapped_rad
from carebot.simulation.anatomy import Anatomy
from carebot.simulation.rotations import Vector, about_x, about_y, about_z, matrix

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
    """The six angles, in the order of LEG_JOINTS, that put the foot there, or as near as the leg reaches.

    In plain numbers: this runs for both legs in every hundredth of a second, and arrays of three cost more than sums.
    """
    rotation = _rows(pelvis_q)
    sign = _sign(side)
    across, along, up = _into(rotation, (foot.ankle_m - pelvis_m).tolist())
    along -= sign * anatomy.hip_half_width_m
    knee = _knee(anatomy, sqrt(across * across + along * along + up * up))
    twist = max(-0.6, min(0.6, sign * wrapped_rad(atan2(rotation[1][0], rotation[0][0]) - foot.yaw_rad)))
    c_twist, s_twist = cos(twist), -sign * sin(twist)
    back, down = -anatomy.shank_m * sin(knee), -anatomy.thigh_m - anatomy.shank_m * cos(knee)
    spread = _abduction(s_twist * back, down, along)
    c_spread, s_spread = cos(spread), sin(spread)
    flexion = -wrapped_rad(atan2(s_spread * s_twist * back + c_spread * down, c_twist * back) - atan2(up, across))
    x, y, z = _into(rotation, _sole_up(foot))
    x, z = cos(flexion) * x + sin(flexion) * z, cos(flexion) * z - sin(flexion) * x
    y, z = c_spread * y + s_spread * z, c_spread * z - s_spread * y
    x, y = c_twist * x + s_twist * y, c_twist * y - s_twist * x
    x, z = cos(knee) * x - sin(knee) * z, sin(knee) * x + cos(knee) * z
    return np.array((flexion, sign * spread, twist, knee, -atan2(x, z), -sign * atan2(-y, hypot(x, z))))


def _rows(q: Vector) -> list[list[float]]:
    """The rotation matrix of a quaternion, as plain numbers."""
    rows: list[list[float]] = matrix(q).tolist()
    return rows


def _into(rotation: list[list[float]], vector: Sequence[float]) -> tuple[float, float, float]:
    """A direction of the room as the turned body has it."""
    (a, b, c), (d, e, f), (g, h, i) = rotation
    x, y, z = vector
    return a * x + d * y + g * z, b * x + e * y + h * z, c * x + f * y + i * z


def _sole_up(foot: Foot) -> tuple[float, float, float]:
    """The direction in the room that is straight up from the sole."""
    return cos(foot.yaw_rad) * sin(foot.pitch_rad), sin(foot.yaw_rad) * sin(foot.pitch_rad), cos(foot.pitch_rad)


def _knee(anatomy: Anatomy, distance_m: float) -> float:
    """The knee's flexion at a distance between hip and ankle, by the law of cosines."""
    a, b = anatomy.thigh_m, anatomy.shank_m
    c = min(distance_m, STRAIGHTEST * (a + b))
    return acos(max(-0.85, min(1.0, (c * c - a * a - b * b) / (2 * a * b))))


def _abduction(leg_y: float, leg_z: float, sideways_m: float) -> float:
    """The turn about x that gives the leg the sideways part of its reach."""
    length = hypot(leg_y, leg_z)
    sideways = max(-0.95 * length, min(0.95 * length, sideways_m))
    down = -sqrt(length * length - sideways * sideways)
    return wrapped_rad(atan2(down, sideways) - atan2(leg_z, leg_y))


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
