"""How far the robot leans, from what inertial sensors tell."""

from __future__ import annotations

import math

from carebot.safety.world import Tilt


def tilt_from_quaternion(x: float, y: float, z: float, w: float, stamp_s: float) -> Tilt:
    """Roll and pitch of a unit quaternion (REP-103); NaN where it is none."""
    norm = math.sqrt(x * x + y * y + z * z + w * w)
    if not 0.9 <= norm <= 1.1:
        return Tilt(stamp_s, math.nan, math.nan)
    x, y, z, w = x / norm, y / norm, z / norm, w / norm
    roll_rad = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch_rad = math.asin(min(1.0, max(-1.0, 2 * (w * y - z * x))))
    return Tilt(stamp_s, roll_rad, pitch_rad)


def tilt_from_acceleration(x_m_s2: float, y_m_s2: float, z_m_s2: float, stamp_s: float) -> Tilt:
    """Roll and pitch from what an accelerometer feels of gravity; NaN in free fall or in a crash."""
    if not 5.0 <= math.sqrt(x_m_s2**2 + y_m_s2**2 + z_m_s2**2) <= 20.0:
        return Tilt(stamp_s, math.nan, math.nan)
    return Tilt(stamp_s, math.atan2(y_m_s2, z_m_s2), math.atan2(-x_m_s2, math.hypot(y_m_s2, z_m_s2)))
