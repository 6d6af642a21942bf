"""The exact first contact against a brute-force one, and against what can be reckoned by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.geometry import Twist2D
from carebot.safety.sweep import Box, Points, approaches, first_contact_s

BOX = Box(-0.3, 0.4, -0.2, 0.25)
ROOM_M = np.array([(x, y) for x in np.linspace(-1.5, 1.5, 21) for y in np.linspace(-1.5, 1.5, 21)])
TWISTS = [
    Twist2D(vx, vy, yaw)
    for vx, vy, yaw in product((-0.7, 0.0, 0.5), (-0.3, 0.0, 0.4), (-1.1, -0.2, 0.0, 0.6, 2.0))
    if (vx, vy, yaw) != (0.0, 0.0, 0.0)
]


def seen_after(points_m: Points, twist: Twist2D, times_s: np.ndarray) -> np.ndarray:
    """(times, n, 2): where points that stand still are in the robot's frame, by the matrix exponential of the twist."""
    if twist.yaw_rad_s == 0:
        moved = np.outer(times_s, [twist.vx_m_s, twist.vy_m_s])
        return points_m[None] - moved[:, None]
    yaw = twist.yaw_rad_s * times_s
    sine, cosine = np.sin(yaw), np.cos(yaw)
    x = (twist.vx_m_s * sine - twist.vy_m_s * (1 - cosine)) / twist.yaw_rad_s
    y = (twist.vx_m_s * (1 - cosine) + twist.vy_m_s * sine) / twist.yaw_rad_s
    dx, dy = points_m[None, :, 0] - x[:, None], points_m[None, :, 1] - y[:, None]
    turned_x = cosine[:, None] * dx + sine[:, None] * dy
    turned_y = cosine[:, None] * dy - sine[:, None] * dx
    return np.stack([turned_x, turned_y], axis=-1)


def is_inside(box: Box, points_m: np.ndarray) -> np.ndarray:
    x, y = points_m[..., 0], points_m[..., 1]
    return (x >= box.rear_m) & (x <= box.front_m) & (y >= box.right_m) & (y <= box.left_m)


@pytest.mark.parametrize("twist", TWISTS, ids=str)
def test_first_contact_is_that_of_brute_force(twist: Twist2D) -> None:
    contacts_s = first_contact_s(BOX, ROOM_M, twist)
    times_s = np.arange(0.0, 2 * math.pi / max(abs(twist.yaw_rad_s), 0.5), 0.004)
    smaller, larger = BOX.grown(-0.003), BOX.grown(0.003)
    places = seen_after(ROOM_M, twist, times_s)
    for number, contact_s in enumerate(contacts_s):
        inside = is_inside(smaller, places[:, number])
        if inside.any():
            assert contact_s <= times_s[inside.argmax()]
        if contact_s < times_s[-1]:
            [[place]] = seen_after(ROOM_M[number : number + 1], twist, np.array([contact_s]))
            assert is_inside(larger, place)
            assert not is_inside(smaller, places[times_s < contact_s, number]).any()


def test_ahead_behind_and_aside_by_hand() -> None:
    points_m = np.array([(1.4, 0.0), (-1.3, 0.0), (1.4, 0.25), (1.4, 0.2501), (0.0, 1.0), (0.4, 0.0), (0.0, 0.0)])
    forward = first_contact_s(BOX, points_m, Twist2D(0.5))
    assert forward == pytest.approx([2.0, math.inf, 2.0, math.inf, math.inf, 0.0, 0.0])
    assert first_contact_s(BOX, points_m, Twist2D(-0.5))[:2] == pytest.approx([math.inf, 2.0])
    assert first_contact_s(BOX, points_m, Twist2D(0.0, 0.25))[4] == pytest.approx(3.0)
    assert first_contact_s(BOX, points_m, Twist2D(0.0, -0.25))[4] == math.inf


def test_the_corner_that_sweeps_by_hand() -> None:
    corner_rad, radius_m = math.atan2(0.25, 0.4), math.hypot(0.4, 0.25)
    at = radius_m * 0.9999
    for ahead_rad, turn in ((0.3, 1.0), (0.5, 2.0)):
        point = np.array([(at * math.cos(corner_rad + ahead_rad), at * math.sin(corner_rad + ahead_rad))])
        contact_s = first_contact_s(BOX, point, Twist2D(0.0, 0.0, turn))
        assert contact_s[0] == pytest.approx(ahead_rad / turn, abs=0.02)
        assert contact_s[0] <= ahead_rad / turn + 1e-9
    outside = np.array([(0.0, radius_m * 1.0001)])
    assert first_contact_s(BOX, outside, Twist2D(0.0, 0.0, 1.0))[0] == math.inf
    assert first_contact_s(BOX, outside, Twist2D(0.0, 0.0, -1.0))[0] == math.inf


def test_a_point_at_the_centre_of_the_turn_stays_there() -> None:
    centre = np.array([(0.0, 1.0)])
    assert first_contact_s(BOX, centre, Twist2D(0.5, 0.0, 0.5))[0] == math.inf
    on_edge = Box(0.0, 1.0, 0.0, 1.0)
    assert first_contact_s(on_edge, np.array([(0.0, 0.0)]), Twist2D(0.0, 0.0, 1.0))[0] == 0.0


def test_almost_straight_is_straight() -> None:
    """Across the border between the two ways of reckoning, nothing jumps."""
    points_m = np.array([(2.4, 0.1), (2.4, -0.19), (-2.0, 0.0)])
    for vx in (0.5, -0.5):
        straight = first_contact_s(BOX, points_m, Twist2D(vx))
        for yaw in (1e-9, 4.9e-6, 5.1e-6, 1e-5, -4.9e-6, -5.1e-6):
            contacts_s = first_contact_s(BOX, points_m, Twist2D(vx, 0.0, yaw))
            around_the_world = contacts_s > 1e5
            assert np.where(around_the_world, np.inf, contacts_s) == pytest.approx(straight, abs=1e-3)


def test_a_wide_arc_is_no_straight_line() -> None:
    point = np.array([(5.0, 1.0)])
    assert first_contact_s(BOX, point, Twist2D(0.5))[0] == math.inf
    assert first_contact_s(BOX, point, Twist2D(0.5, 0.0, 0.04))[0] < 10.0


@given(st.floats(-1e-9, 1e-9), st.sampled_from([-1.0, 1.0]))
def test_a_point_on_the_border_is_met_at_once(noise: float, turn: float) -> None:
    """Rounding never turns a contact now into one after a whole circle."""
    side = np.array([(0.39, 0.25 + noise) if turn > 0 else (-0.29, 0.25 + noise)])
    assert first_contact_s(BOX, side, Twist2D(0.0, 0.0, turn))[0] < 1e-6


def test_nearer_or_farther() -> None:
    points_m = np.array([(0.45, 0.0), (-0.35, 0.0), (0.0, 0.3), (0.45, 0.3), (0.0, -0.25), (-0.35, -0.25)])
    assert approaches(BOX, points_m, Twist2D(0.1)).tolist() == [True, False, False, True, False, False]
    assert approaches(BOX, points_m, Twist2D(-0.1)).tolist() == [False, True, False, False, False, True]
    assert approaches(BOX, points_m, Twist2D(0.0, 0.1)).tolist() == [False, False, True, True, False, False]
    assert approaches(BOX, points_m, Twist2D(0.0, -0.1)).tolist() == [False, False, False, False, True, True]
    assert approaches(BOX, np.array([(0.38, 0.3), (-0.28, 0.3)]), Twist2D(0, 0, 1.0)).tolist() == [True, False]
    assert approaches(BOX, np.array([(0.38, 0.3), (-0.28, 0.3)]), Twist2D(0, 0, -1.0)).tolist() == [False, True]
    assert approaches(BOX, np.array([(0.45, 0.2), (0.45, -0.15)]), Twist2D(0, 0, 1.0)).tolist() == [False, True]


def test_inside_the_nearest_edge_is_the_way_out() -> None:
    points_m = np.array([(0.35, 0.0), (-0.25, 0.0), (0.0, 0.2), (0.0, -0.15)])
    assert approaches(BOX, points_m, Twist2D(0.1)).tolist() == [True, False, False, False]
    assert approaches(BOX, points_m, Twist2D(-0.1)).tolist() == [False, True, False, False]
    assert approaches(BOX, points_m, Twist2D(0.0, 0.1)).tolist() == [False, False, True, False]
    assert approaches(BOX, points_m, Twist2D(0.0, -0.1)).tolist() == [False, False, False, True]


def test_boxes() -> None:
    assert BOX.grown(0.1) == Box(-0.4, 0.5, pytest.approx(-0.3), pytest.approx(0.35))
    edges = np.array([(-0.3, 0.0), (0.4, 0.0), (0.0, -0.2), (0.0, 0.25), (-0.3, -0.2), (0.4, 0.25)])
    assert BOX.contains(edges).all()
    assert not BOX.contains(edges * 1.001).any()
    assert sorted(map(tuple, BOX.corners_m().tolist())) == [(-0.3, -0.2), (-0.3, 0.25), (0.4, -0.2), (0.4, 0.25)]
    assert BOX.fastest_m_s(Twist2D(0.3, 0.4)) == pytest.approx(0.5)
    assert BOX.fastest_m_s(Twist2D(0.0, 0.0, -2.0)) == pytest.approx(2 * math.hypot(0.4, 0.25))
    assert BOX.fastest_m_s(Twist2D(0.5, 0.0, 1.0)) == pytest.approx(math.hypot(0.5 + 0.2, 0.4))
    assert BOX.fastest_m_s(Twist2D(0.0, 0.5, 1.0)) == pytest.approx(math.hypot(0.5 + 0.4, 0.25))
