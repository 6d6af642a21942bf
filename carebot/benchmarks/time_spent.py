"""Where a trip's time goes: driving, and what keeps the robot from driving at its full speed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carebot.geometry import Twist2D
from carebot.navigation.navigator import Phase, Progress

DRIVING, SLOWLY, TURNING = "driving at full speed", "driving more slowly", "turning in place"
HELD, JUDGED, WAITING, FREEING = "held before somebody", "held by the judge, gaining speed", "waiting", "freeing itself"
KINDS = (DRIVING, SLOWLY, TURNING, HELD, JUDGED, WAITING, FREEING)
HALF, STANDS_M_S = 0.5, 0.02
_PHASES = {
    Phase.WAITING: WAITING,
    Phase.GIVING_WAY: WAITING,
    Phase.MAKING_ROOM: FREEING,
    Phase.TURNING: FREEING,
}


def shares(progress: Progress, allowed: Twist2D, speed_m_s: float, full_m_s: float) -> dict[str, float]:
    """What a moment is spent with, in shares of it; `allowed` is what the safety judge lets through.

    What is driven below the full speed counts in part as driving at it, as far as the way got shorter.
    """
    if progress.phase in _PHASES:
        return {_PHASES[progress.phase]: 1.0}
    wish = progress.twist
    if abs(wish.vx_m_s) < STANDS_M_S and not wish.yaw_rad_s:
        return {HELD: 1.0}
    is_turning = not wish.vx_m_s
    wished, got = (wish.yaw_rad_s, allowed.yaw_rad_s) if is_turning else (wish.vx_m_s, allowed.vx_m_s)
    if abs(got) < HALF * abs(wished) and abs(speed_m_s) < HALF * abs(wish.vx_m_s) + STANDS_M_S:
        return {JUDGED: 1.0}
    if is_turning:
        return {TURNING: 1.0}
    driven = min(1.0, max(0.0, speed_m_s) / full_m_s)
    return {DRIVING: driven, SLOWLY: 1.0 - driven}


def summed(each: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Seconds of each kind, the most first."""
    found = dict.fromkeys(KINDS, 0.0)
    for spent_s in each:
        for kind, seconds in spent_s.items():
            found[kind] += seconds
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))
