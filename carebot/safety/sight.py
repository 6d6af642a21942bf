"""Whether the lidar looks where the robot would go."""

from __future__ import annotations

import math

import numpy as np

from carebot.geometry import Twist2D
from carebot.safety.outline import outline
from carebot.safety.parameters import SafetyParameters
from carebot.safety.world import Scan, World

ASIDE_RAD = 0.4
"""How far to both sides of the way must be looked: half an outline of 0.54 m, at 0.64 m, where a fast robot brakes."""

FULL_TURN_RAD = 2 * math.pi


def is_seen(twist: Twist2D, world: World, parameters: SafetyParameters) -> bool:
    """Whether the lidar looks to where `twist` goes; for turning on the spot, half a circle is enough.

    The robot turns on the spot where what it turns about lies beneath it.
    """
    scan = world.scan
    if scan is None:
        return False
    speed_m_s = math.hypot(twist.vx_m_s, twist.vy_m_s)
    reach_m = float(np.hypot(*outline(parameters).corners_m().T).max())
    if speed_m_s <= abs(twist.yaw_rad_s) * reach_m:
        return _seen_rad(scan) >= math.pi
    heading_rad = math.atan2(twist.vy_m_s, twist.vx_m_s)
    return _looks_to(scan, heading_rad) and not any(_overlaps(heading_rad, *hole) for hole in scan.holes_rad)


def _seen_rad(scan: Scan) -> float:
    """How much of the circle is measured."""
    return scan.seen_to_rad - scan.seen_from_rad - sum(to_rad - from_rad for from_rad, to_rad in scan.holes_rad)


def _looks_to(scan: Scan, heading_rad: float) -> bool:
    width_rad = scan.seen_to_rad - scan.seen_from_rad
    from_rad = heading_rad - ASIDE_RAD - scan.seen_from_rad
    return width_rad >= FULL_TURN_RAD or from_rad % FULL_TURN_RAD + 2 * ASIDE_RAD <= width_rad


def _overlaps(heading_rad: float, from_rad: float, to_rad: float) -> bool:
    """Whether the hole and what must be seen about `heading_rad` have anything in common."""
    begin_rad = heading_rad - ASIDE_RAD
    hole_after_rad = (from_rad - begin_rad) % FULL_TURN_RAD
    return hole_after_rad < 2 * ASIDE_RAD or hole_after_rad + to_rad - from_rad > FULL_TURN_RAD
