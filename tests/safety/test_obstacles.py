"""Driving towards things: by the formula, and by driving until the robot stands."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from carebot.geometry import Twist2D
from carebot.safety.judge import judge
from carebot.safety.obstacles import braking_time_s, obstacle_points, share_that_can_brake
from carebot.safety.outline import outline
from carebot.safety.verdict import ZERO, ReasonCode
from carebot.safety.world import Depth, Scan, World
from tests.safety.situations import NOW_S, P, codes, obstacles, wish, world
from tests.safety.test_sweep import is_inside, seen_after

MARGIN = outline(P).grown(P.margin_m)
DISTANCES_M = [*np.linspace(0.0, 1.2, 49), 1e-6, 1e-3, 5.0]


def allowed_by_formula(distance_m: float, deceleration: float = P.deceleration_m_s2) -> float:
    """v with v·latency + v²/(2a) = d."""
    return deceleration * (math.sqrt(P.latency_s**2 + 2 * distance_m / deceleration) - P.latency_s)


@pytest.mark.parametrize("distance_m", DISTANCES_M)
def test_straight_to_every_side_at_every_speed(distance_m: float) -> None:
    to_margin = {(1, 0): MARGIN.front_m, (-1, 0): -MARGIN.rear_m, (0, 1): MARGIN.left_m, (0, -1): -MARGIN.right_m}
    for ((x, y), margin_m), speed in product(to_margin.items(), (0.05, 0.3, 0.5, 0.8)):
        at_m = margin_m + distance_m + 1e-12
        verdict = judge(wish(Twist2D(speed * x, speed * y)), obstacles((at_m * x, at_m * y)), NOW_S)
        allowed = allowed_by_formula(distance_m)
        expected = min(speed, allowed) if allowed >= P.least_speed_m_s else 0.0
        assert verdict.twist.vx_m_s == pytest.approx(expected * x, abs=1e-6)
        assert verdict.twist.vy_m_s == pytest.approx(expected * y, abs=1e-6)
        assert verdict.has(ReasonCode.OBSTACLE) == (allowed < speed)


@pytest.mark.parametrize("angle_rad", np.linspace(0.02, 1.0, 12))
def test_turning_towards_something(angle_rad: float) -> None:
    """A thin post just inside the corner's circle is met after that angle; angles brake like distances."""
    corner_rad, radius_m = math.atan2(MARGIN.left_m, MARGIN.front_m), math.hypot(MARGIN.left_m, MARGIN.front_m) - 1e-7
    at_rad = corner_rad + angle_rad
    post = obstacles((radius_m * math.cos(at_rad), radius_m * math.sin(at_rad)))
    for yaw in (0.3, 0.9, 1.2):
        allowed = allowed_by_formula(angle_rad, P.yaw_deceleration_rad_s2)
        verdict = judge(wish(Twist2D(0.0, 0.0, yaw)), post, NOW_S)
        assert verdict.twist.yaw_rad_s == pytest.approx(min(yaw, allowed), abs=0.02)
        if yaw * outline(P).fastest_m_s(Twist2D(0, 0, 1)) > 0.02:
            assert judge(wish(Twist2D(0.0, 0.0, -yaw)), post, NOW_S).twist.yaw_rad_s < 0


@pytest.mark.parametrize("twist", [Twist2D(v, 0.0, w) for v, w in product((-0.8, 0.0, 0.3, 0.8), (-1.2, 0.0, 0.5))])
def test_a_robot_that_drives_as_told_comes_to_stand_before_it_touches(twist: Twist2D) -> None:
    """For many single posts: the latency at the allowed speed, then full braking along the path; the margin stays."""
    if twist == ZERO:
        return
    bare = outline(P)
    for x, y in product(np.linspace(-1.5, 1.5, 13), np.linspace(-1.5, 1.5, 13)):
        if bare.grown(P.margin_m).contains(np.array([(x, y)]))[0]:
            continue
        verdict = judge(wish(twist), obstacles((x, y)), NOW_S)
        whole = max(abs(twist.vx_m_s), abs(twist.yaw_rad_s))
        share = max(abs(verdict.twist.vx_m_s), abs(verdict.twist.yaw_rad_s)) / whole
        way_s = share * P.latency_s + share**2 * braking_time_s(twist, P) / 2
        places = seen_after(np.array([(x, y)]), twist, np.linspace(0.0, way_s, 60))
        assert not is_inside(bare.grown(P.margin_m - 1e-6), places).any(), (x, y, verdict)


def test_braking_along_an_arc_takes_as_long_as_its_slower_part() -> None:
    assert braking_time_s(Twist2D(0.8), P) == pytest.approx(1.0)
    assert braking_time_s(Twist2D(0.3, -0.4), P) == pytest.approx(0.5 / 0.8)
    assert braking_time_s(Twist2D(0.0, 0.0, -1.0), P) == pytest.approx(0.5)
    assert braking_time_s(Twist2D(0.8, 0.0, 1.0), P) == pytest.approx(1.0)
    assert braking_time_s(Twist2D(0.08, 0.0, 1.0), P) == pytest.approx(0.5)


def test_the_share_fills_the_way_exactly() -> None:
    for contact_s, twist in product((0.001, 0.1, 0.5, 0.9), (Twist2D(0.8), Twist2D(0.3, 0.0, 1.0), Twist2D(0, 0, 2.0))):
        share = share_that_can_brake(contact_s, twist, P.latency_s, P)
        way_s = share * P.latency_s + share**2 * braking_time_s(twist, P) / 2
        assert share == 1.0 or way_s == pytest.approx(contact_s)
        assert share < 1.0 or way_s <= contact_s
    assert share_that_can_brake(0.0, Twist2D(0.8), P.latency_s, P) == 0.0
    assert share_that_can_brake(math.inf, Twist2D(0.8), P.latency_s, P) == 1.0
    assert share_that_can_brake(1e9, Twist2D(0.8), P.latency_s, P) == 1.0


def test_boxed_in_it_creeps_out_and_only_out() -> None:
    walls = [(0.28, y) for y in np.linspace(-0.25, 0.25, 11)]
    walls += [(x, side) for x in np.linspace(-0.25, 0.28, 11) for side in (-0.25, 0.25)]
    boxed = obstacles(*walls)
    assert judge(wish(Twist2D(-0.5)), boxed, NOW_S).twist == Twist2D(-0.1)
    for stuck in (Twist2D(0.5), Twist2D(0.0, 0.2), Twist2D(0.0, -0.2), Twist2D(0, 0, 0.5), Twist2D(0, 0, -0.5)):
        assert judge(wish(stuck), boxed, NOW_S).twist == ZERO
    closed = obstacles(*walls, (-0.29, 0.0))
    assert judge(wish(Twist2D(-0.5)), closed, NOW_S).twist == ZERO


def test_on_the_margin_is_within_it() -> None:
    exact = replace(P, front_m=0.25, margin_m=0.0625)
    for x_m, creeps in ((0.3125, True), (0.3126, False)):
        verdict = judge(wish(Twist2D(-0.5)), obstacles((x_m, 0.0)), NOW_S, exact)
        assert verdict.has(ReasonCode.CREEP) == creeps
        assert verdict.twist.vx_m_s == pytest.approx(-0.1 if creeps else -0.5)


def test_inside_the_outline_only_the_nearest_way_out() -> None:
    inside = obstacles((0.2, 0.0))
    assert judge(wish(Twist2D(-0.5)), inside, NOW_S).twist == Twist2D(-0.1)
    assert judge(wish(Twist2D(0.5)), inside, NOW_S).twist == ZERO
    # Not nearer at first, but then across: 0.04 m from the left side, a curve brings the rear corner into it.
    beside = obstacles((-0.2, 0.25))
    assert judge(wish(Twist2D(0.5)), beside, NOW_S).twist == Twist2D(0.5 * (0.1 / 0.5))
    curve = judge(wish(Twist2D(-0.3, 0.0, -0.6)), beside, NOW_S)
    assert curve.twist == ZERO


def test_leaving_the_margin_into_the_outline_later_counts_as_well() -> None:
    """Within the margin in front of the right corner, gliding past the front at first, then met by the outline."""
    parameters = replace(P, margin_m=0.2, latency_s=0.5, deceleration_m_s2=0.05)
    point = obstacles((0.26, 0.0))
    glide = judge(wish(Twist2D(0.0, 0.3, 0.0)), point, NOW_S, parameters)
    assert codes(glide) == [ReasonCode.CREEP]
    swing = judge(wish(Twist2D(-0.02, 0.1, 0.4)), obstacles((0.3, -0.3)), NOW_S, parameters)
    assert ReasonCode.CREEP in codes(swing)


def test_scan_and_depth_both_count() -> None:
    one, other = np.array([(0.5, 0.0)]), np.array([(0.4, 0.0)])
    both = world(scan=Scan(NOW_S, one), depth=Depth(NOW_S, other))
    assert obstacle_points(both).tolist() == [[0.5, 0.0], [0.4, 0.0]]
    assert obstacle_points(World()).shape == (0, 2)
    at = [judge(wish(), each, NOW_S).allowed_m_s for each in (world(scan=Scan(NOW_S, one)), both)]
    assert at == pytest.approx([allowed_by_formula(0.2), allowed_by_formula(0.1)])


def test_the_stricter_of_scan_and_depth_picture_counts_once() -> None:
    """The older one shows something farther, but the robot has come on since."""
    older = Scan(NOW_S - 0.3, np.array([(0.55, 0.0)]))
    verdict = judge(wish(), world(scan=older, depth=Depth(NOW_S, np.array([(0.5, 0.0)]))), NOW_S)
    [reason] = [each for each in verdict.reasons if each.code is ReasonCode.OBSTACLE]
    late_s = P.latency_s + 0.3
    assert reason.allowed_m_s == pytest.approx(0.8 * (math.sqrt(late_s**2 + 2 * 0.25 / 0.8) - late_s))


def test_a_picture_from_the_near_future_is_as_good_as_one_of_now() -> None:
    early = world(scan=Scan(NOW_S + 0.04, np.array([(0.5, 0.0)])))
    assert judge(wish(), early, NOW_S).allowed_m_s == pytest.approx(allowed_by_formula(0.2))


def test_the_nearest_of_many_counts() -> None:
    many = obstacles((3.0, 0.0), (0.5, 0.1), (0.9, -0.1), (-0.4, 0.0))
    assert judge(wish(), many, NOW_S).allowed_m_s == pytest.approx(allowed_by_formula(0.2))
