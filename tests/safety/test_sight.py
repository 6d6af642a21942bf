"""Where the lidar looks, and where it cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carebot.geometry import Pose2D, Twist2D
from carebot.safety.judge import judge
from carebot.safety.parameters import SafetyParameters
from carebot.safety.scan import HOLE_RAD, scan_from_ranges
from carebot.safety.sight import ASIDE_RAD, is_seen
from carebot.safety.verdict import ReasonCode
from carebot.safety.world import Scan, World
from tests.safety.situations import NOTHING, NOW_S, P, wish, world

AHEAD, LEFT, TURN = Twist2D(0.5), Twist2D(0.0, 0.5), Twist2D(0.0, 0.0, 1.0)
DEGREE = math.radians(1.0)


def looking(seen_from_rad: float, seen_to_rad: float, *holes_rad: tuple[float, float]) -> World:
    return world(scan=Scan(NOW_S, NOTHING, 0.0, seen_from_rad, seen_to_rad, holes_rad))


def with_lost(first: int, count: int, turned_rad: float = 0.0, step_rad: float = DEGREE) -> Scan:
    """360 rays from -180 degrees on; `count` of them, from `first` on over the end, are lost."""
    ranges = np.full(360, np.inf)
    ranges[(first + np.arange(count)) % 360] = np.nan
    return scan_from_ranges(
        ranges, -math.copysign(math.pi, step_rad), step_rad, 0.1, 8.0, Pose2D(0, 0, turned_rad), 0.0
    )


def test_where_no_lidar_looks_the_robot_creeps() -> None:
    front = looking(-2.0, 2.0)
    for heading_rad in np.linspace(-math.pi, math.pi, 73):
        is_dark = abs(heading_rad) > 2.0 - ASIDE_RAD
        twist = Twist2D(0.5 * math.cos(heading_rad), 0.5 * math.sin(heading_rad))
        verdict = judge(wish(twist), front, NOW_S)
        assert verdict.has(ReasonCode.UNSEEN) == is_dark
        speed = math.hypot(verdict.twist.vx_m_s, verdict.twist.vy_m_s)
        assert speed == pytest.approx(0.1 if is_dark else 0.5)


def test_the_way_and_what_is_beside_it_must_be_looked_at() -> None:
    assert is_seen(AHEAD, looking(-0.4, 1.0), P)
    assert not is_seen(AHEAD, looking(-0.399, 1.0), P)
    assert is_seen(AHEAD, looking(-1.0, 0.4), P)
    assert not is_seen(AHEAD, looking(-1.0, 0.399), P)
    assert is_seen(LEFT, looking(1.1, math.pi), P)
    assert not is_seen(LEFT, looking(-math.pi / 2, math.pi / 2), P), "half of what is there"
    assert not is_seen(LEFT, looking(-math.pi, 0.0), P)
    assert is_seen(LEFT, looking(-math.pi, math.pi), P)
    assert is_seen(LEFT, looking(7.0, 7.0 + 2 * math.pi), P)
    behind_right = Twist2D(math.cos(-2.5), math.sin(-2.5))
    assert is_seen(behind_right, looking(2.0, 4.2), P)
    assert not is_seen(behind_right, looking(2.0, 4.1), P)
    assert not is_seen(AHEAD, World(), P)


def test_turning_on_the_spot_wants_half_a_circle_whatever_little_it_drives() -> None:
    narrow = looking(-1.0, 1.0)
    assert is_seen(TURN, looking(0.0, math.pi), P)
    assert not is_seen(TURN, looking(0.0, 3.1), P)
    reach_m = math.hypot(P.front_m, P.left_m)
    for radius_m, seen in ((1e-9, False), (reach_m - 1e-3, False), (reach_m + 1e-3, True)):
        for turn in (1.0, -1.0):
            assert is_seen(Twist2D(radius_m, 0.0, turn), narrow, P) == seen
    longer = SafetyParameters(rear_m=0.6)
    assert not is_seen(Twist2D(reach_m + 1e-3, 0.0, 1.0), narrow, longer)


def test_a_hole_in_the_scan_is_not_driven_into() -> None:
    for middle_rad in np.linspace(-math.pi, math.pi, 73):
        hole = (middle_rad - 0.1, middle_rad + 0.1)
        for whole_turns in (-1, 0, 1):
            turned = (hole[0] + whole_turns * 2 * math.pi, hole[1] + whole_turns * 2 * math.pi)
            assert is_seen(AHEAD, looking(-math.pi, math.pi, turned), P) == (abs(middle_rad) >= 0.5)
    everywhere = looking(-math.pi, math.pi, (0.5, 6.0))
    assert not is_seen(Twist2D(-0.5), everywhere, P)
    assert is_seen(AHEAD, looking(-math.pi, math.pi, (0.5, 5.7)), P)
    assert not is_seen(AHEAD, looking(-math.pi, math.pi, (1.0, 1.2), (0.0, 0.2)), P)


def test_holes_count_against_the_half_circle() -> None:
    assert is_seen(TURN, looking(-math.pi, math.pi, (0.0, 1.5), (2.0, 3.6)), P)
    assert not is_seen(TURN, looking(-math.pi, math.pi, (0.0, 1.5), (2.0, 3.7)), P)


def test_lost_rays_side_by_side_are_a_hole() -> None:
    assert with_lost(175, 9).holes_rad == ()
    [hole] = with_lost(175, 10).holes_rad
    assert hole == pytest.approx((-5 * DEGREE, 5 * DEGREE))
    assert hole[1] - hole[0] > HOLE_RAD
    apart = scan_from_ranges(np.tile([1.0, np.nan], 180), -math.pi, DEGREE, 0.1, 8.0, Pose2D(), 0.0)
    assert apart.holes_rad == ()


def test_a_hole_over_the_circles_end_is_one() -> None:
    for first in (350, 353, 358):
        [hole] = with_lost(first, 12).holes_rad
        assert hole == pytest.approx(((first - 180) * DEGREE, (first - 168) * DEGREE))
    half = scan_from_ranges(np.r_[[np.nan] * 8, [1.0] * 164, [np.nan] * 8], -1.5, DEGREE, 0.1, 8.0, Pose2D(), 0.0)
    assert half.holes_rad == (), "the ends of half a circle are no neighbours"


def test_holes_turn_with_the_lidar_and_with_its_sense() -> None:
    [hole] = with_lost(180, 20, turned_rad=1.0).holes_rad
    assert hole == pytest.approx((1.0, 1.0 + 20 * DEGREE))
    [clockwise] = with_lost(180, 20, step_rad=-DEGREE).holes_rad
    assert clockwise == pytest.approx((-20 * DEGREE, 0.0))


def test_a_hole_straight_ahead_slows_though_most_rays_are_well() -> None:
    scan = with_lost(165, 30)
    assert scan.lost_rays < P.lost_rays
    stamped = Scan(NOW_S, scan.points_m, scan.lost_rays, scan.seen_from_rad, scan.seen_to_rad, scan.holes_rad)
    verdict = judge(wish(AHEAD), world(scan=stamped), NOW_S)
    assert verdict.has(ReasonCode.UNSEEN)
    assert verdict.twist.vx_m_s == pytest.approx(P.creep_speed_m_s)
    assert judge(wish(Twist2D(-0.5)), world(scan=stamped), NOW_S).twist == Twist2D(-0.5)


def test_a_scan_that_lost_everything_or_has_no_rays_has_no_edge_to_trip_over() -> None:
    [hole] = with_lost(0, 360).holes_rad
    assert hole == pytest.approx((-math.pi, math.pi))
    assert scan_from_ranges(np.empty(0), 0.0, DEGREE, 0.1, 8.0, Pose2D(), 0.0).holes_rad == ()
