"""How much room the lidar sees around the outline: straight ahead, straight back, and for turning."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.navigation.costmap import Shape
from carebot.navigation.room import SPARE_M, can_turn, room_m

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
    for share, is_free in ((0.99, False), (1.01, True)):
        away_m = share * (SHAPE.turning_m + SPARE_M)
        for angle in np.linspace(-np.pi, np.pi, 17):
            assert can_turn(SHAPE, away_m * np.array([[np.cos(angle), np.sin(angle)]])) is is_free


def test_where_nothing_is_seen_there_is_room():
    nothing = np.empty((0, 2))
    assert room_m(SHAPE, nothing, 1.0) == np.inf
    assert can_turn(SHAPE, nothing)
