"""How fast the robot may go along its way, so that it can always brake before what lies there.

Braking: v·latency + v²/(2a) + margin must fit in front of the obstacle; the age of the scan or depth picture that shows
it is part of the latency. Along an arc, v and the rate of turning shrink
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
from carebot.safety.sight import is_seen
from carebot.safety.sweep import Floats, approaches, first_contact_s
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import Depth, MotionRequest, Points, Scan, World


def obstacle_limits(
    request: MotionRequest, world: World, speed_m_s: float, now_s: float, parameters: SafetyParameters
) -> Iterator[Reason]:
    """What lidar and depth camera leave of a wish for `speed_m_s` (of the outline's fastest point)."""
    seen = (each for each in (world.scan, world.depth) if each is not None)
    in_the_way = [reason for each in seen for reason in _in_the_way(request.twist, each, speed_m_s, now_s, parameters)]
    yield from sorted(in_the_way, key=lambda reason: reason.allowed_m_s)[:1]
    points_m = obstacle_points(world)
    if outline(parameters).grown(parameters.margin_m).contains(points_m).any():
        words = f"Something is closer than {parameters.margin_m:.2f} m: the robot only creeps away from it."
        yield Reason(ReasonCode.CREEP, words, parameters.creep_speed_m_s, {"margin_m": parameters.margin_m})
    if not is_seen(request.twist, world, parameters):
        yield Reason(ReasonCode.UNSEEN, "No lidar looks where the robot would go.", parameters.creep_speed_m_s)


def _in_the_way(
    twist: Twist2D, seen: Scan | Depth, speed_m_s: float, now_s: float, parameters: SafetyParameters
) -> Iterator[Reason]:
    contact_s = float(_contacts_s(_points(seen), twist, parameters).min(initial=math.inf))
    latency_s = parameters.latency_s + max(0.0, now_s - seen.stamp_s)
    allowed_m_s = speed_m_s * share_that_can_brake(contact_s, twist, latency_s, parameters)
    if allowed_m_s < speed_m_s:
        distance_m = contact_s * speed_m_s
        words = f"An obstacle is in the way after {distance_m:.2f} m."
        yield Reason(ReasonCode.OBSTACLE, words, allowed_m_s, {"distance_m": distance_m})


def obstacle_points(world: World) -> Points:
    """All obstacles, (n, 2)."""
    seen = (each for each in (world.scan, world.depth) if each is not None)
    return np.concatenate([np.empty((0, 2)), *map(_points, seen)])


def share_that_can_brake(contact_s: float, twist: Twist2D, latency_s: float, parameters: SafetyParameters) -> float:
    """The share of `twist`, at most 1, from which the robot comes to stand within `contact_s` of the way at `twist`."""
    if math.isinf(contact_s):
        return 1.0
    brakes_s = braking_time_s(twist, parameters)
    return min(1.0, 2 * contact_s / (latency_s + math.sqrt(latency_s**2 + 2 * contact_s * brakes_s)))


def braking_time_s(twist: Twist2D, parameters: SafetyParameters) -> float:
    """How long the brakes need from `twist` to zero."""
    speed_m_s = math.hypot(twist.vx_m_s, twist.vy_m_s)
    return max(speed_m_s / parameters.deceleration_m_s2, abs(twist.yaw_rad_s) / parameters.yaw_deceleration_rad_s2)


def _points(seen: Scan | Depth) -> Points:
    return np.asarray(seen.points_m, dtype=np.float64).reshape(-1, 2)


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
