"""How much room the lidar sees around the outline: straight ahead, straight back, and for turning."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.geometry import Twist2D
from carebot.navigation.costmap import Shape
from carebot.navigation.room import SPARE_M, can_turn, clear_of, is_free, room_m

SHAPE = Shape(front_m=0.3, rear_m=0.2, side_m=0.2)


@pytest.mark.parametrize(
    ("point", "ahead_m", "back_m"),
    [
        ((0.8, 0.1), 0.5, np.inf),
        ((-0.5, -0.1), np.inf, 0.3),
        ((0.8, 0.2 + 2 * SPARE_M), np.inf, np.inf),
        ((0.1, 0.5), np.inf, np.inf),
    ],
)
def test_only_what_is_before_or_behind_the_outline_is_in_the_way(
    point: tuple[float, float], ahead_m: float, back_m: float
):
    points = np.array([point])
    assert room_m(SHAPE, points, 1.0) == pytest.approx(ahead_m)
    assert room_m(SHAPE, points, -1.0) == pytest.approx(back_m)


def test_it_can_turn_where_its_corners_pass_everything():
    for share, expected in ((0.99, False), (1.01, True)):
        away_m = share * (SHAPE.turning_m + SPARE_M)
        for angle in np.linspace(-np.pi, np.pi, 17):
            assert can_turn(SHAPE, away_m * np.array([[np.cos(angle), np.sin(angle)]])) is expected


def test_where_nothing_is_seen_there_is_room():
    nothing = np.empty((0, 2))
    assert room_m(SHAPE, nothing, 1.0) == np.inf
    assert can_turn(SHAPE, nothing)


@pytest.mark.parametrize(
    ("point", "twist", "expected"),
    [
        ((0.9, 0.0), Twist2D(0.5), True),  # 0.5 s of way to its front, and some more
        ((0.7, 0.0), Twist2D(0.5), False),
        ((0.7, 0.0), Twist2D(-0.5), True),
        ((0.45, 0.3), Twist2D(0.5), True),
        ((0.45, 0.3), Twist2D(0.5, 0.0, 0.8), False),  # its corner swings there
        ((0.45, 0.3), Twist2D(0.5, 0.0, -0.8), True),
        ((0.33, 0.1), Twist2D(-0.1), True),  # too near already: away, but no nearer
        ((0.33, 0.1), Twist2D(0.1), False),
        ((0.15, 0.28), Twist2D(yaw_rad_s=0.8), False),
    ],
)
def test_the_outline_sweeps_along_its_way(point: tuple[float, float], twist: Twist2D, expected: bool):
    assert is_free(SHAPE, np.array([point]), twist, 1.0 if point[0] > 0.8 else 0.8) is expected


@pytest.mark.parametrize("yaw_rad_s", [1e-9, 0.4, -1.1])
def test_a_bend_leads_where_small_steps_lead(yaw_rad_s: float):
    x = y = yaw = 0.0
    for _ in range(8000):
        x, y, yaw = x + 5e-5 * np.cos(yaw), y + 5e-5 * np.sin(yaw), yaw + 1e-4 * yaw_rad_s
    ahead = (x + 0.36 * np.cos(yaw), y + 0.36 * np.sin(yaw))
    beyond = (x + 0.5 * np.cos(yaw), y + 0.5 * np.sin(yaw))
    assert not is_free(SHAPE, np.array([ahead]) * 0.97, Twist2D(0.5, 0.0, yaw_rad_s), 0.8)
    assert is_free(SHAPE, np.array([beyond]), Twist2D(0.5, 0.0, yaw_rad_s), 0.8)


LEFT = Twist2D(0.5, 0.0, 0.8)


@pytest.mark.parametrize(
    ("points", "wish"),
    [
        ([], LEFT),
        ([(0.38, 0.0), (0.3, 0.26), (-0.3, 0.26), (0.3, -0.26), (-0.3, -0.26)], LEFT),  # nothing is free
        ([(0.9, 0.0)], Twist2D(0.5)),
        ([(0.15, 0.35)], Twist2D(yaw_rad_s=0.8)),
        ([(0.3, 0.0)], Twist2D(-0.2)),
    ],
)
def test_where_it_grazes_nothing_it_drives_as_it_wishes(points: list[tuple[float, float]], wish: Twist2D):
    assert clear_of(SHAPE, np.array(points).reshape(-1, 2), wish) == wish


@pytest.mark.parametrize(
    ("points", "wish", "least_m_s"),
    [
        ([(0.45, 0.3)], LEFT, 0.3),  # a door's frame beside its front
        ([(0.3, 0.3)], LEFT, 0.5),  # something beside it: first past that
        ([(-0.05, 0.26)], Twist2D(0.5, 0.0, -0.4), 0.5),  # its tail is still in the door
        ([(0.5, 0.26)], Twist2D(0.5, 0.0, 0.1), 0.5),
    ],
)
def test_it_bends_or_slows_where_a_corner_would_graze_something(
    points: list[tuple[float, float]], wish: Twist2D, least_m_s: float
):
    twist = clear_of(SHAPE, np.array(points), wish)
    assert twist != wish
    assert twist.vx_m_s >= least_m_s * 0.99
    assert is_free(SHAPE, np.array(points), twist, 0.8)


@pytest.mark.parametrize(("corner", "expected_m_s"), [((-0.2, 0.26), 0.2), ((0.3, 0.26), -0.2)])
def test_where_it_cannot_turn_it_first_leaves_what_is_beside_its_corner(
    corner: tuple[float, float], expected_m_s: float
):
    turn = Twist2D(yaw_rad_s=-1.2 if corner[0] < 0 else 1.2)
    assert clear_of(SHAPE, np.array([corner]), turn) == Twist2D(expected_m_s)
