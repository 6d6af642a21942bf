"""Why an alarm: the sentence and the numbers behind it."""

from __future__ import annotations

import math

from carebot.alerts import STILL_BL_S, FallStart, fall_start
from carebot.falls.person_state import Step

FROM = {FallStart.STANDING: "from standing ", FallStart.SEAT: "from a seat or bed ", FallStart.UNSEEN: ""}


def reason(step: Step) -> str:
    """The English sentence of a step, with its real numbers."""
    f = step.features
    fell = f"dropped {FROM[fall_start(evidence(step))]}to the floor in {f.drop_s:.1f} s"
    still = "has not moved since" if step.moved_bl_s < STILL_BL_S else "has not got up since"
    sentences = {
        "fell": fell,
        "found_lying": "lies on the floor; how the person got there was not seen as a fall",
        "lost_while_falling": f"went down at {f.peak_speed_bl_s:.1f} body lengths a second and vanished from sight",
        "stayed_down": f"{fell} and {still}",
        "moved_like_a_fall": "moved as in a fall and lies on the floor",
        "moved_like_a_fall_and_stayed": f"moved as in a fall, lies on the floor and {still}",
        "out_of_sight": f"vanished from sight while falling and was not seen upright for {step.down_s:.1f} s",
        "asked_for_help": "is on the floor and asked for help",
        "unclear_answer": "is on the floor and answered, but did not say that all is well",
        "no_answer": "is on the floor and did not answer when asked",
        "long_lie": f"has been on the floor for {step.down_s:.0f} s and does not move",
        "long_lie_unseen": f"went down {step.down_s:.0f} s ago, is out of sight and was not seen to get up",
        "up_again": f"is up again {step.down_s:.0f} s after the alarm",
    }
    return sentences[step.reason_code]


def beside(people: int) -> str:
    """What is added where others are on their feet in the same picture."""
    if not people:
        return ""
    others = "somebody is on their feet" if people == 1 else f"{people} others are on their feet"
    return f"; {others} beside them"


def evidence(step: Step) -> dict[str, float]:
    """The numbers behind a step; units in the names (bl: body lengths)."""
    f = step.features
    numbers = {
        "drop_bl": f.drop_bl,
        "drop_s": f.drop_s,
        "peak_speed_bl_s": f.peak_speed_bl_s,
        "torso_angle_deg": math.degrees(f.torso_angle_rad),
        "shoulder_height_bl": f.shoulder_height_bl,
        "hip_height_bl": f.hip_height_bl,
        "start_height_bl": f.trunk_height_bl + f.drop_bl if f.floor_is_seen else math.nan,
        "extent_bl": f.extent_bl,
        "since_suspected_s": step.down_s,
        "movement_bl_s": step.moved_bl_s,
        "fall_probability": step.fall_probability,
    }
    return {name: round(value, 3) for name, value in numbers.items() if math.isfinite(value)}


def confidence(step: Step) -> float:
    """How sure, 0..1: a deep and quick drop that ended level says more, and so does staying there."""
    f = step.features
    depth = min(f.drop_bl / 0.5, 1.0) * min(f.peak_speed_bl_s / 1.2, 1.0)
    seen = 0.5 if step.reason_code in ("found_lying", "lost_while_falling", "out_of_sight") else 1.0
    base = {"suspected": 0.4, "confirmed": 0.6, "recovered": 0.6}[step.kind.value]
    return round(base + (1.0 - base) * 0.9 * max(depth, 0.0) * seen * max(f.confidence, 0.0), 3)
