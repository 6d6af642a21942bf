"""Speeding up takes time; braking does not."""

from __future__ import annotations

from carebot.geometry import Twist2D
from carebot.safety.parameters import SafetyParameters

LONGEST_STEP_S = 0.1
"""A longer pause between two ticks gains no more speed than this one."""


def ramped(wish: Twist2D, moving: Twist2D, step_s: float, parameters: SafetyParameters) -> Twist2D:
    """What of `wish` can be reached `step_s` after `moving`: each part gains by its acceleration, and may lose all.

    To the other direction a part starts from zero. No part is ever larger than wished.
    """
    lasts_s = min(max(step_s, 0.0), LONGEST_STEP_S)
    linear, turning = parameters.acceleration_m_s2 * lasts_s, parameters.yaw_acceleration_rad_s2 * lasts_s
    return Twist2D(
        _part(wish.vx_m_s, moving.vx_m_s, linear),
        _part(wish.vy_m_s, moving.vy_m_s, linear),
        _part(wish.yaw_rad_s, moving.yaw_rad_s, turning),
    )


def _part(wish: float, moving: float, gain: float) -> float:
    if wish < 0:
        return -_part(-wish, -moving, gain)
    return min(wish, max(moving, 0.0) + gain)
