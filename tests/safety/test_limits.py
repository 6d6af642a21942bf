"""Dense sweeps around every limit: below, on it, and above, for many motions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from carebot.geometry import Twist2D
from carebot.safety.hazards import is_critical, touches
from carebot.safety.judge import judge
from carebot.safety.outline import outline
from carebot.safety.sensors import timeout_s
from carebot.safety.verdict import ZERO, ReasonCode
from carebot.safety.world import Battery, Bumper, Drive, Scan, Sensor, Site, Source, Tilt, World
from tests.safety.situations import EVERYTHING, NOTHING, NOW_S, P, codes, somebody, wish, world

SPEEDS = (-1.5, -0.8, -0.3, -0.05, 0.0, 0.01, 0.1, 0.25, 0.3, 0.31, 0.8, 1.0)
TURNS = (-2.0, -1.2, -0.4, 0.0, 0.05, 0.86, 1.2, 1.3)
TWISTS = [Twist2D(v, 0.0, w) for v, w in product(SPEEDS, TURNS)] + [Twist2D(0.2, v, 0.3) for v in SPEEDS]
OUTLINE = outline(P)


def around(limit: float) -> list[float]:
    """Both sides of a limit, and the limit."""
    steps = [10.0**-exponent for exponent in range(1, 10)]
    return sorted([limit, *(limit + step * limit for step in steps), *(limit - step * limit for step in steps)])


def assert_limited(twist: Twist2D, surroundings: World, limit_m_s: float) -> None:
    """The verdict on `twist` is on the same path, not faster than wished, and exactly as fast as allowed."""
    verdict = judge(wish(twist), surroundings, NOW_S)
    wished_m_s = OUTLINE.fastest_m_s(twist)
    most_m_s = min(limit_m_s, P.max_speed_m_s)
    if twist.yaw_rad_s:
        most_m_s = min(most_m_s, wished_m_s * P.max_yaw_rad_s / abs(twist.yaw_rad_s))
    expected_m_s = min(wished_m_s, most_m_s if most_m_s >= P.least_speed_m_s else 0.0)
    assert OUTLINE.fastest_m_s(verdict.twist) == pytest.approx(expected_m_s, abs=1e-9)
    for got, asked in zip(parts(verdict.twist), parts(twist), strict=True):
        assert abs(got) <= abs(asked)
        assert got * wished_m_s == pytest.approx(asked * expected_m_s, abs=1e-9)


def parts(twist: Twist2D) -> tuple[float, float, float]:
    return twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s


CAPS: list[tuple[str, float, Callable[[float], World], Callable[[float], float]]] = [
    ("person near", P.person_near_m, somebody, lambda d: 0.3 if d <= P.person_near_m else math.inf),
    ("person close", P.person_close_m, somebody, lambda d: 0.0 if d <= P.person_close_m else 0.3),
    (
        "tilt",
        P.tilt_limit_rad,
        lambda tilt: world(tilt=Tilt(NOW_S, tilt, 0.0)),
        lambda tilt: 0.0 if tilt > P.tilt_limit_rad else math.inf,
    ),
    (
        "battery",
        P.battery_critical,
        lambda charge: world(battery=Battery(NOW_S, charge)),
        lambda charge: 0.2 if charge <= P.battery_critical else math.inf,
    ),
    (
        "battery's last seconds",
        P.battery_finish_s,
        lambda since_s: world(critical_since_s=NOW_S - since_s),
        lambda since_s: 0.2 if NOW_S - (NOW_S - since_s) < P.battery_finish_s else 0.0,
    ),
    (
        "doorway",
        P.door_within_m,
        lambda distance_m: world(site=Site(NOW_S, False, distance_m)),
        lambda distance_m: 0.3 if distance_m <= P.door_within_m else math.inf,
    ),
    (
        "motor current",
        P.contact_current_a,
        lambda current_a: world(drive=Drive(NOW_S, False, current_a)),
        lambda current_a: 0.0 if current_a >= P.contact_current_a else math.inf,
    ),
    (
        "lost rays",
        P.lost_rays,
        lambda share: world(scan=Scan(NOW_S, NOTHING, share)),
        lambda share: 0.0 if share >= P.lost_rays else math.inf,
    ),
]


@pytest.mark.parametrize(("limit", "situation", "allowed"), [cap[1:] for cap in CAPS], ids=[cap[0] for cap in CAPS])
def test_on_both_sides_of_a_limit(
    limit: float, situation: Callable[[float], World], allowed: Callable[[float], float]
) -> None:
    for value in around(limit):
        for twist in (TWISTS[17], TWISTS[-1], Twist2D(0.8), Twist2D(0.0, 0.0, -1.0)):
            assert_limited(twist, situation(value), allowed(value))


@pytest.mark.parametrize("limit_m_s", [0.3, 0.2, 0.0, math.inf])
def test_every_motion_under_every_limit(limit_m_s: float) -> None:
    situation = {
        0.3: somebody(1.0),
        0.2: world(battery=Battery(NOW_S, 0.01)),
        0.0: world(bumper=Bumper(NOW_S, True)),
        math.inf: world(),
    }[limit_m_s]
    for twist in TWISTS:
        assert_limited(twist, situation, limit_m_s)


@pytest.mark.parametrize("sensor", list(Sensor))
def test_the_age_of_every_sensor(sensor: Sensor) -> None:
    limit_s = timeout_s(sensor, P)
    for age_s in [*around(limit_s), 0.0, -P.future_tolerance_s * 0.99, -P.future_tolerance_s * 1.01, -10.0]:
        reading = getattr(world(), sensor.value)
        aged = replace(world(), **{sensor.value: replace(reading, stamp_s=NOW_S - age_s)})
        real_age_s = NOW_S - (NOW_S - age_s)
        good = -P.future_tolerance_s <= real_age_s < limit_s
        for parameters in (P, EVERYTHING):
            verdict = judge(wish(), aged, NOW_S, parameters)
            if sensor is Sensor.SITE and parameters is P and real_age_s >= limit_s:
                assert (verdict.allowed_m_s, codes(verdict)) == (P.night_speed_m_s, [ReasonCode.SITE_SILENT])
                continue
            assert (verdict.twist != ZERO) == good, age_s
            assert verdict.has(ReasonCode.SENSOR_STALE) == (real_age_s >= limit_s)
            assert verdict.has(ReasonCode.SENSOR_FROM_FUTURE) == (real_age_s < -P.future_tolerance_s)


def test_the_sensors_time_limits() -> None:
    assert {sensor.value: timeout_s(sensor, P) for sensor in Sensor} == {
        **dict.fromkeys(("scan", "depth"), P.scan_timeout_s),
        **dict.fromkeys(("bumper", "tilt", "cliff", "drive", "button"), P.contact_timeout_s),
        **dict.fromkeys(("battery", "site"), P.state_timeout_s),
        "people": P.people_timeout_s,
    }
    different = replace(P, scan_timeout_s=0.1, contact_timeout_s=0.2, people_timeout_s=0.3, state_timeout_s=0.4)
    assert [timeout_s(sensor, different) for sensor in (Sensor.DEPTH, Sensor.BUTTON, Sensor.PEOPLE, Sensor.SITE)] == [
        *(0.1, 0.2, 0.3, 0.4),
    ]


def test_the_age_of_a_command() -> None:
    for age_s in [*around(0.25), 0.0, 0.1, -0.04, -0.0499, -0.0501, -1.0]:
        real_age_s = NOW_S - (NOW_S - age_s)
        verdict = judge(wish(age_s=age_s), world(), NOW_S)
        assert (verdict.twist != ZERO) == (-P.future_tolerance_s <= real_age_s < 0.25), age_s
    for age_s, code in ((0.0, None), (0.25, ReasonCode.COMMAND_EXPIRED), (-0.0625, ReasonCode.COMMAND_FROM_FUTURE)):
        assert codes(judge(wish(age_s=age_s), world(), NOW_S)) == ([code] if code else [])
    exact = replace(P, future_tolerance_s=0.0625)
    assert judge(wish(age_s=-0.0625), world(), NOW_S, exact).twist != ZERO
    assert judge(wish(), world(bumper=Bumper(NOW_S + 0.0625, False)), NOW_S, exact).twist != ZERO


def test_a_person_at_a_time_and_the_nearest_counts() -> None:
    assert judge(wish(), somebody(5.0, 2.0, 1.6), NOW_S).reasons == ()
    assert judge(wish(), somebody(1.5, 2.0), NOW_S).allowed_m_s == 0.3
    assert judge(wish(), somebody(None, 0.4), NOW_S).allowed_m_s == 0.0
    assert judge(wish(), somebody(), NOW_S).reasons == ()
    assert codes(judge(wish(), somebody(None), NOW_S)) == [ReasonCode.PERSON_UNSURE]


def test_below_the_least_speed_is_exactly_zero() -> None:
    for least in (0.02, 0.04):
        for speed in around(least):
            parameters = replace(P, least_speed_m_s=least, night_speed_m_s=speed)
            verdict = judge(wish(), world(site=Site(NOW_S, True)), NOW_S, parameters)
            assert verdict.twist == (Twist2D(0.8 * (speed / 0.8)) if speed >= least else ZERO)
            assert verdict.allowed_m_s == (speed if speed >= least else 0.0)


def test_a_slow_wish_passes_and_none_is_zero() -> None:
    slow = Twist2D(0.001)
    assert judge(wish(slow), world(), NOW_S).twist == slow
    assert judge(wish(Twist2D(0.9e-6)), world(), NOW_S).twist == ZERO
    assert judge(wish(Twist2D(1e-6)), world(), NOW_S).twist == Twist2D(1e-6)
    assert str(judge(wish(Twist2D(-0.0, -0.0, -0.0)), world(), NOW_S).twist) == str(ZERO)
    assert judge(wish(Twist2D(1e-320, 1e-320, 1e-320)), world(), NOW_S).twist == ZERO
    assert judge(wish(ZERO), world(scan=Scan(NOW_S, np.array([[0.0, 0.0]]))), NOW_S).reasons == ()


def test_what_counts_as_touch() -> None:
    assert not touches(world(), P)
    assert not touches(World(), P)
    assert touches(world(bumper=Bumper(NOW_S, True)), P)
    for current_a in around(P.contact_current_a):
        for sign in (-1, 1):
            assert touches(world(drive=Drive(NOW_S, False, sign * current_a)), P) == (current_a >= P.contact_current_a)


def test_a_critical_battery_recovers_later_than_it_became_so() -> None:
    for charge in around(P.battery_critical) + around(P.battery_recovered):
        assert is_critical(charge, False, P) == (charge <= P.battery_critical)
        assert is_critical(charge, True, P) == (charge <= P.battery_recovered)


def test_the_robots_own_limits() -> None:
    for speed in around(P.max_speed_m_s):
        assert judge(wish(Twist2D(speed)), world(), NOW_S).has(ReasonCode.SPEED_LIMIT) == (speed > P.max_speed_m_s)
    for yaw in around(P.max_yaw_rad_s):
        verdict = judge(wish(Twist2D(0.0, 0.0, -yaw)), world(), NOW_S)
        assert verdict.has(ReasonCode.YAW_LIMIT) == (yaw > P.max_yaw_rad_s)
        assert verdict.twist.yaw_rad_s == pytest.approx(-min(yaw, P.max_yaw_rad_s), abs=1e-9)


def test_teleop_and_navigation_have_the_same_limits() -> None:
    for source, twist in product((Source.TELEOP, Source.NAVIGATION), TWISTS):
        assert judge(wish(twist, source), somebody(1.0), NOW_S) == judge(wish(twist), somebody(1.0), NOW_S)
