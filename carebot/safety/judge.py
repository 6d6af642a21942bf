"""The judge: a wish and a world in, the allowed motion and its reasons out. No memory, no clock, no device."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from carebot.safety.commands import command_faults
from carebot.safety.hazards import hazards
from carebot.safety.obstacles import obstacle_limits
from carebot.safety.outline import outline
from carebot.safety.parameters import SafetyParameters
from carebot.safety.sensors import sensor_faults
from carebot.safety.verdict import ZERO, Reason, ReasonCode, Verdict
from carebot.safety.world import MotionRequest, Sensor, World

DEFAULTS = SafetyParameters()
STANDING_M_S = 1e-6
"""A wish slower than this is a wish to stand."""


def judge(
    request: MotionRequest | None, world: World, now_s: float, parameters: SafetyParameters = DEFAULTS
) -> Verdict:
    """What of `request` is allowed in `world` at `now_s`.

    The verdict's twist is the request's at the same or a lower speed (the path stays), or exactly zero. It never
    exceeds what any of its reasons allows.
    """
    if not math.isfinite(now_s):
        return stop(Reason(ReasonCode.CLOCK, "The clock does not tell a time: nothing can be judged."))
    faults = sensor_faults(world, now_s, parameters)
    sound = _without(world, faults)
    wrong = command_faults(request, now_s, parameters)
    reasons = [*faults.values(), *wrong, *hazards(request, sound, now_s, parameters)]
    if request is None or wrong or faults:
        return stop(*reasons)
    return _limited(request, [*reasons, *_motion_limits(request, sound, now_s, parameters)], parameters)


def stop(*reasons: Reason) -> Verdict:
    """No motion, for `reasons`."""
    return Verdict(ZERO, 0.0, _strictest_first(reasons))


def _without(world: World, sensors: Iterable[Sensor]) -> World:
    nothing: dict[str, Any] = {sensor.value: None for sensor in sensors}
    return replace(world, **nothing)


def _motion_limits(
    request: MotionRequest, world: World, now_s: float, parameters: SafetyParameters
) -> Iterator[Reason]:
    speed_m_s = outline(parameters).fastest_m_s(request.twist)
    if speed_m_s < STANDING_M_S:
        return
    yield from _own_limits(request, speed_m_s, parameters)
    yield from obstacle_limits(request, world, speed_m_s, now_s, parameters)


def _own_limits(request: MotionRequest, speed_m_s: float, parameters: SafetyParameters) -> Iterator[Reason]:
    most_m_s, most_rad_s = parameters.max_speed_m_s, parameters.max_yaw_rad_s
    yaw_rad_s = abs(request.twist.yaw_rad_s)
    if speed_m_s > most_m_s:
        words = f"The robot never moves faster than {most_m_s:.2f} m/s."
        yield Reason(ReasonCode.SPEED_LIMIT, words, most_m_s, {"wished_m_s": speed_m_s})
    if yaw_rad_s > most_rad_s:
        words = f"The robot never turns faster than {most_rad_s:.2f} rad/s."
        yield Reason(ReasonCode.YAW_LIMIT, words, speed_m_s * most_rad_s / yaw_rad_s, {"wished_rad_s": yaw_rad_s})


def _limited(request: MotionRequest, reasons: list[Reason], parameters: SafetyParameters) -> Verdict:
    allowed_m_s = min([parameters.max_speed_m_s, *(reason.allowed_m_s for reason in reasons)])
    if allowed_m_s < parameters.least_speed_m_s:
        return stop(*reasons)
    speed_m_s = outline(parameters).fastest_m_s(request.twist)
    twist = ZERO if speed_m_s < STANDING_M_S else request.twist.scaled(min(1.0, allowed_m_s / speed_m_s))
    return Verdict(twist, allowed_m_s, _strictest_first(reasons))


def _strictest_first(reasons: tuple[Reason, ...] | list[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: reason.allowed_m_s))
