"""How fast the robot may go along its way, so that it can always brake before what lies there.

Braking: v·latency + v²/(2a) + margin must fit in front of the obstacle. Along an arc, v and the rate of turning shrink
together, so the same is reckoned in shares of the wish: a share k of it, held for the latency and then braked at
`rate` shares per second, covers k·latency + k²/(2·rate) of the wish's seconds. The margin is around the outline.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from carebot.geometry import Twist2D
from carebot.safety.outline import outline
from carebot.safety.parameters import SafetyParameters
from carebot.safety.sweep import Floats, approaches, first_contact_s
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import MotionRequest, Points, World


def obstacle_limits(
    request: MotionRequest, world: World, speed_m_s: float, parameters: SafetyParameters
) -> Iterator[Reason]:
    """What lidar and depth camera leave of a wish for `speed_m_s` (of the outline's fastest point)."""
    points_m = obstacle_points(world)
    contact_s = float(_contacts_s(points_m, request.twist, parameters).min(initial=math.inf))
    allowed_m_s = speed_m_s * share_that_can_brake(contact_s, request.twist, parameters)
    if allowed_m_s < speed_m_s:
        distance_m = contact_s * speed_m_s
        words = f"An obstacle is in the way after {distance_m:.2f} m."
        yield Reason(ReasonCode.OBSTACLE, words, allowed_m_s, {"distance_m": distance_m})
    if outline(parameters).grown(parameters.margin_m).contains(points_m).any():
        words = f"Something is closer than {parameters.margin_m:.2f} m: the robot only creeps away from it."
        yield Reason(ReasonCode.CREEP, words, parameters.creep_speed_m_s, {"margin_m": parameters.margin_m})
    if not is_seen(request.twist, world):
        yield Reason(ReasonCode.UNSEEN, "No lidar looks where the robot would go.", parameters.creep_speed_m_s)


def obstacle_points(world: World) -> Points:
    """All obstacles, (n, 2)."""
    seen = [each.points_m for each in (world.scan, world.depth) if each is not None]
    return np.concatenate([np.empty((0, 2)), *(np.asarray(points, dtype=np.float64).reshape(-1, 2) for points in seen)])


def share_that_can_brake(contact_s: float, twist: Twist2D, parameters: SafetyParameters) -> float:
    """The share of `twist`, at most 1, from which the robot comes to stand within `contact_s` of the way at `twist`."""
    if math.isinf(contact_s):
        return 1.0
    brakes_s = braking_time_s(twist, parameters)
    latency_s = parameters.latency_s
    return min(1.0, 2 * contact_s / (latency_s + math.sqrt(latency_s**2 + 2 * contact_s * brakes_s)))


def braking_time_s(twist: Twist2D, parameters: SafetyParameters) -> float:
    """How long the brakes need from `twist` to zero."""
    speed_m_s = math.hypot(twist.vx_m_s, twist.vy_m_s)
    return max(speed_m_s / parameters.deceleration_m_s2, abs(twist.yaw_rad_s) / parameters.yaw_deceleration_rad_s2)


def is_seen(twist: Twist2D, world: World) -> bool:
    """Whether the lidar looks to where `twist` goes; for turning in place, half a circle is enough."""
    if world.scan is None:
        return False
    width_rad = world.scan.seen_to_rad - world.scan.seen_from_rad
    if math.hypot(twist.vx_m_s, twist.vy_m_s) == 0:
        return width_rad >= math.pi
    heading_rad = math.atan2(twist.vy_m_s, twist.vx_m_s)
    return width_rad >= 2 * math.pi or (heading_rad - world.scan.seen_from_rad) % (2 * math.pi) <= width_rad


def _contacts_s(points_m: Points, twist: Twist2D, parameters: SafetyParameters) -> Floats:
    """For each point, the time until the outline with its margin meets it.

    A point within the margin is met at once if the motion brings it nearer; else it may come to the outline itself
    later. So the robot gets away from what is too near, and never nearer.
    """
    bare = outline(parameters)
    kept = bare.grown(parameters.margin_m)
    contacts_s = first_contact_s(kept, points_m, twist)
    too_near = kept.contains(points_m)
    near_m = points_m[too_near]
    later_s = np.where(bare.contains(near_m), np.inf, first_contact_s(bare, near_m, twist))
    contacts_s[too_near] = np.where(approaches(bare, near_m, twist), 0.0, later_s)
    return contacts_s
