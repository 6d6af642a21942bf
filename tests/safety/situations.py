"""A robot in an empty, healthy world, and what may be different in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from carebot.geometry import Twist2D
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import ReasonCode, Verdict
from carebot.safety.world import (
    Approach,
    Battery,
    Bumper,
    Button,
    Cliff,
    Depth,
    Drive,
    MotionRequest,
    PeopleNear,
    Scan,
    Sensor,
    Site,
    Source,
    Tilt,
    World,
)

NOW_S = 1000.0
P = SafetyParameters()
EVERYTHING = replace(P, fitted=tuple(Sensor))
AHEAD = Twist2D(vx_m_s=0.8)
NOTHING = np.empty((0, 2))


def wish(twist: Twist2D = AHEAD, source: Source = Source.NAVIGATION, age_s: float = 0.0) -> MotionRequest:
    return MotionRequest(source, twist, NOW_S - age_s, "Anna")


def world(now_s: float = NOW_S, **different: Any) -> World:
    """All sensors fresh, nothing near; `different` replaces fields."""
    healthy = World(
        scan=Scan(now_s, NOTHING),
        depth=Depth(now_s, NOTHING),
        bumper=Bumper(now_s, False),
        people=PeopleNear(now_s),
        tilt=Tilt(now_s, 0.0, 0.0),
        cliff=Cliff(now_s, False),
        battery=Battery(now_s, 0.8),
        drive=Drive(now_s),
        button=Button(now_s, False),
        site=Site(now_s),
    )
    return replace(healthy, **different)


def obstacles(*points_m: tuple[float, float], now_s: float = NOW_S) -> World:
    return world(now_s, scan=Scan(now_s, np.array(points_m, dtype=np.float64).reshape(-1, 2)))


def somebody(*distances_m: float | None, approach: str = "") -> World:
    permit = Approach(NOW_S, approach) if approach else None
    return world(people=PeopleNear(NOW_S, distances_m), approach=permit)


def codes(verdict: Verdict) -> list[ReasonCode]:
    return [reason.code for reason in verdict.reasons]
