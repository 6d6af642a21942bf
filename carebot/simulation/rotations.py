"""Small rotations: matrices and quaternions (w, x, y, z) as numpy arrays, without the overhead of a general library."""

from __future__ import annotations

from math import cos, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def about_x(angle_rad: float) -> Vector:
    c, s = cos(angle_rad), sin(angle_rad)
    return np.array(((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c)))


def about_y(angle_rad: float) -> Vector:
    c, s = cos(angle_rad), sin(angle_rad)
    return np.array(((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)))


def about_z(angle_rad: float) -> Vector:
    c, s = cos(angle_rad), sin(angle_rad)
    return np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))


def quaternion(yaw_rad: float, pitch_rad: float = 0.0, roll_rad: float = 0.0) -> Vector:
    """Yaw about z, then pitch (forward positive) about the new y, then roll about the new x."""
    cy, sy = cos(yaw_rad / 2), sin(yaw_rad / 2)
    cp, sp = cos(pitch_rad / 2), sin(pitch_rad / 2)
    cr, sr = cos(roll_rad / 2), sin(roll_rad / 2)
    return np.array(
        (
            cy * cp * cr + sy * sp * sr,
            cy * cp * sr - sy * sp * cr,
            cy * sp * cr + sy * cp * sr,
            sy * cp * cr - cy * sp * sr,
        )
    )


def matrix(q: Vector) -> Vector:
    """The rotation matrix of a quaternion of any length but zero."""
    w, x, y, z = q.tolist()
    scale = 1.0 / sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w * scale, x * scale, y * scale, z * scale
    return np.array(
        (
            (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
            (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
            (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
        )
    )


def heading(q: Vector) -> float:
    """The compass direction of the body's x axis, in radians."""
    forward = matrix(q)[:, 0]
    return float(np.arctan2(forward[1], forward[0]))


def minimum_jerk(fraction: float) -> float:
    """0..1 as a person's hand moves: T. Flash and N. Hogan, The coordination of arm movements (1985)."""
    s = min(max(fraction, 0.0), 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)
