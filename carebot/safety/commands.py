"""What makes a command void: nobody gave it, it holds nonsense, it is too old, or it comes from the future."""

from __future__ import annotations

import math

from carebot.geometry import Twist2D
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import MotionRequest

FASTEST_MEANT = 100.0
"""A speed beyond this, in m/s or rad/s, is no speed but a fault."""


def command_faults(request: MotionRequest | None, now_s: float, parameters: SafetyParameters) -> tuple[Reason, ...]:
    """The reason why `request` is void at `now_s`, or nothing."""
    if request is None:
        return (Reason(ReasonCode.NO_COMMAND, "Nobody commands a motion."),)
    if not (is_speed(request.twist) and math.isfinite(request.stamp_s)):
        words = f"The command from {request.source.value} holds a number that is none."
        return (Reason(ReasonCode.COMMAND_NOT_FINITE, words, about=request.source.value),)
    return _age_faults(request, now_s - request.stamp_s, parameters)


def is_speed(twist: Twist2D) -> bool:
    """Whether all numbers are finite and could be meant."""
    return all(abs(value) <= FASTEST_MEANT for value in (twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s))


def _age_faults(request: MotionRequest, age_s: float, parameters: SafetyParameters) -> tuple[Reason, ...]:
    source, lifetime_s = request.source.value, parameters.command_lifetime_s
    if age_s >= lifetime_s:
        words = f"The command from {source} is {age_s:.2f} s old; commands are void after {lifetime_s:.2f} s."
        return (Reason(ReasonCode.COMMAND_EXPIRED, words, 0.0, {"age_s": age_s}, source),)
    if age_s < -parameters.future_tolerance_s:
        words = f"The command from {source} is stamped {-age_s:.2f} s in the future: set the clocks right."
        return (Reason(ReasonCode.COMMAND_FROM_FUTURE, words, 0.0, {"ahead_s": -age_s}, source),)
    return ()
