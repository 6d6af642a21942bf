"""A heading on the floor as the quaternion of a message, and back."""

from __future__ import annotations

import math

from geometry_msgs.msg import Quaternion


def heading(yaw_rad: float) -> Quaternion:
    """A turn about the vertical."""
    return Quaternion(z=math.sin(yaw_rad / 2), w=math.cos(yaw_rad / 2))


def yaw_of(turned: Quaternion) -> float:
    """How far it turns about the vertical, in rad."""
    return math.atan2(2 * (turned.w * turned.z + turned.x * turned.y), 1 - 2 * (turned.y**2 + turned.z**2))
