from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drive.kinematics import differential
from carebot.drive.limits import Limiter
from carebot.geometry import Twist2D
from carebot.robot import MotionLimits
from tests.drive.strategies import bases, twists

DT_S = 0.02
LIMITS = MotionLimits()
BASE = differential(0.0625, 0.34)


def limiter() -> Limiter:
    return Limiter(BASE, LIMITS)


def run(one: Limiter, wanted: Twist2D, seconds: float) -> list[Twist2D]:
    return [one.step(wanted, DT_S) for _ in range(round(seconds / DT_S))]


def fastest_wheel(base, twist: Twist2D) -> float:
    return max(map(abs, base.wheel_speeds(twist)))


def linear(twist: Twist2D) -> complex:
    return complex(twist.vx_m_s, twist.vy_m_s)


@given(bases, twists, st.floats(0.1, 3.0), st.floats(0.1, 6.0), st.floats(1.0, 50.0))
def test_no_limit_is_ever_exceeded_and_the_path_keeps_its_shape(base, wanted, speed, yaw, wheel) -> None:
    limits = MotionLimits(max_speed_m_s=speed, max_yaw_rad_s=yaw, max_wheel_rad_s=wheel)
    allowed, full = Limiter(base, limits).allowed(wanted), base.feasible(wanted)
    assert abs(linear(allowed)) <= speed * (1 + 1e-9)
    assert abs(allowed.yaw_rad_s) <= yaw * (1 + 1e-9)
    assert fastest_wheel(base, allowed) <= wheel * (1 + 1e-9)
    assert allowed.vx_m_s * full.yaw_rad_s == pytest.approx(full.vx_m_s * allowed.yaw_rad_s, abs=1e-9)
    assert allowed.vx_m_s * full.vx_m_s >= 0
    inside = abs(linear(full)) <= speed and abs(full.yaw_rad_s) <= yaw and fastest_wheel(base, full) <= wheel
    assert (allowed == full) == inside


@given(bases, st.lists(st.tuples(twists, st.floats(0.0, 0.3)), max_size=30))
def test_whatever_is_wanted_acceleration_and_wheels_stay_within_limits(base, wishes) -> None:
    one = Limiter(base, LIMITS)
    before = one.twist
    for wanted, duration_s in wishes:
        now = one.step(wanted, duration_s)
        step_s = min(duration_s, 0.1)
        gained = abs(linear(now)) - abs(linear(before))
        assert gained <= LIMITS.acceleration_m_s2 * step_s + 1e-9
        assert -gained <= LIMITS.deceleration_m_s2 * step_s + 1e-9
        assert abs(now.yaw_rad_s - before.yaw_rad_s) <= LIMITS.yaw_deceleration_rad_s2 * step_s + 1e-9
        assert fastest_wheel(base, now) <= LIMITS.max_wheel_rad_s * (1 + 1e-6)
        before = now


@given(twists, st.integers(1, 200))
def test_a_stop_takes_no_longer_than_full_deceleration_needs(wanted, steps) -> None:
    one = limiter()
    for _ in range(steps):
        moving = one.step(wanted, DT_S)
    needed_s = max(
        abs(linear(moving)) / LIMITS.deceleration_m_s2, abs(moving.yaw_rad_s) / LIMITS.yaw_deceleration_rad_s2
    )
    curve = moving.vx_m_s, moving.yaw_rad_s
    for _ in range(math.ceil(needed_s / DT_S + 1e-9)):
        braking = one.step(Twist2D(), DT_S)
        assert braking.vx_m_s * curve[1] == pytest.approx(curve[0] * braking.yaw_rad_s, abs=1e-9)
    assert one.twist == Twist2D()


@pytest.mark.parametrize("speed_m_s", [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
def test_straight_braking_uses_all_of_the_deceleration(speed_m_s) -> None:
    one = limiter()
    run(one, Twist2D(speed_m_s), 5.0)
    assert one.twist.vx_m_s == pytest.approx(speed_m_s)
    assert one.step(Twist2D(), DT_S).vx_m_s == pytest.approx(max(0.0, speed_m_s - LIMITS.deceleration_m_s2 * DT_S))


def test_braking_is_not_held_back_by_a_turn_that_begins() -> None:
    one = limiter()
    run(one, Twist2D(0.6), 5.0)
    after = one.step(Twist2D(0.0, 0.0, 1.5), DT_S)
    assert after.vx_m_s == pytest.approx(0.6 - LIMITS.deceleration_m_s2 * DT_S)
    assert after.yaw_rad_s > 0


def test_turning_round_stops_first() -> None:
    one = limiter()
    run(one, Twist2D(0.6), 5.0)
    passed = [twist.vx_m_s for twist in run(one, Twist2D(-0.6), 5.0)]
    assert 0.0 in passed
    assert passed[-1] == pytest.approx(-0.6)
    assert passed.index(0.0) == pytest.approx(0.6 / LIMITS.deceleration_m_s2 / DT_S, abs=1)


def test_speeding_up_has_no_jerk() -> None:
    one = limiter()
    speeds = [0.0, *(twist.vx_m_s for twist in run(one, Twist2D(0.6), 4.0))]
    rates = [0.0, *((after - before) / DT_S for before, after in itertools.pairwise(speeds))]
    changes = [(after - before) / DT_S for before, after in itertools.pairwise(rates)]
    assert speeds[-1] == pytest.approx(0.6)
    assert max(rates) == pytest.approx(LIMITS.acceleration_m_s2)
    assert max(changes) <= LIMITS.jerk_m_s3 + 1e-6
    assert min(changes) >= -2.5 * LIMITS.jerk_m_s3


def test_a_curve_is_the_same_curve_from_standstill_on() -> None:
    one = limiter()
    for twist in run(one, Twist2D(0.5, 0.0, 1.0), 3.0):
        assert twist.yaw_rad_s == pytest.approx(2.0 * twist.vx_m_s)


def test_a_pause_of_the_loop_makes_no_leap() -> None:
    one = limiter()
    assert one.step(Twist2D(0.6), 10.0).vx_m_s <= LIMITS.acceleration_m_s2 * 0.1
    assert one.step(Twist2D(0.6), -1.0) == one.twist


def test_after_a_reset_it_starts_from_standstill() -> None:
    one = limiter()
    run(one, Twist2D(0.6), 5.0)
    one.reset()
    assert one.twist == Twist2D()
    assert one.step(Twist2D(0.6), DT_S).vx_m_s <= LIMITS.jerk_m_s3 * DT_S * DT_S + 1e-12


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(bad) -> None:
    for twist in (Twist2D(bad), Twist2D(0.0, bad), Twist2D(0.0, 0.0, bad)):
        one = limiter()
        with pytest.raises(ValueError, match="finite"):
            one.step(twist, DT_S)
        assert one.twist == Twist2D()
