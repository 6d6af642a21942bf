"""A place and an orientation in space."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from carebot.simulation.rotations import Vector, about_x, about_y, about_z, matrix


@dataclass(frozen=True, slots=True, eq=False)
class Pose3D:
    """Turns and moves points of one frame into another: `position` (3,) in metres, `rotation` a (3, 3) matrix."""

    position: Vector
    rotation: Vector

    def __matmul__(self, inner: Pose3D) -> Pose3D:
        """The pose of `inner`, which is given in this frame, in this frame's own parent."""
        return Pose3D(self.position + self.rotation @ inner.position, self.rotation @ inner.rotation)

    def inverse(self) -> Pose3D:
        back = self.rotation.T
        return Pose3D(-back @ self.position, back)

    def quaternion(self) -> Vector:
        """(w, x, y, z)."""
        result = np.zeros(4)
        mujoco.mju_mat2Quat(result, np.ascontiguousarray(self.rotation).ravel())
        return result

    @property
    def yaw_rad(self) -> float:
        """The heading of the x axis, seen from above."""
        return float(np.arctan2(self.rotation[1, 0], self.rotation[0, 0]))


IDENTITY = Pose3D(np.zeros(3), np.eye(3))


def from_euler(position: Vector, roll_rad: float, pitch_rad: float, yaw_rad: float) -> Pose3D:
    """Turned about the fixed x, then y, then z axis, as SDF and URDF have it."""
    return Pose3D(position, about_z(yaw_rad) @ about_y(pitch_rad) @ about_x(roll_rad))


def from_quaternion(position: Vector, w_x_y_z: Vector) -> Pose3D:
    """The quaternion may have any length but zero."""
    return Pose3D(position, matrix(w_x_y_z))


def towards(direction: Vector) -> Vector:
    """A rotation matrix whose z axis points along `direction`."""
    z = direction / np.linalg.norm(direction)
    aside = np.array((1.0, 0.0, 0.0)) if abs(z[0]) < 0.9 else np.array((0.0, 1.0, 0.0))
    x = aside - z * float(aside @ z)
    x /= np.linalg.norm(x)
    return np.stack((x, np.cross(z, x), z), axis=1)
