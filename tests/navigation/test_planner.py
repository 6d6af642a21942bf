"""Paths: through doors, around what is forbidden, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.grid_map import FREE, GridMap
from carebot.navigation.planner import NoWay, Path, plan, quickest_s
from tests.navigation.homes import box, two_rooms

SHAPE = Shape()
START = Pose2D(1.0, 2.0, 0.0)


@dataclass(frozen=True)
class Area:
    kind: str
    polygon: tuple[tuple[float, float], ...]
    max_speed_m_s: float | None = None


def square(x: float, y: float, half: float) -> tuple[tuple[float, float], ...]:
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def test_through_the_middle_of_the_door():
    costmap = Costmap(two_rooms(), SHAPE)
    path = plan(costmap, START, (5.0, 3.5), 1.0)
    assert isinstance(path, Path)
    assert path.end_m == (5.0, 3.5)
    assert path.yaw_rad == 1.0
    assert costmap.clearances_m(path.points_m).min() >= SHAPE.passing_m
    in_door = path.points_m[np.argmin(np.abs(path.points_m[:, 0] - 3.0))]
    assert in_door[1] == pytest.approx(1.95, abs=0.1)
    assert path.length_m < 1.15 * 0.5 * quickest_s(costmap, (1.0, 2.0), (5.0, 3.5), 0.5)


def test_a_door_that_is_too_narrow():
    costmap = Costmap(two_rooms((1.5, 2.0)), SHAPE)
    found = plan(costmap, START, (5.0, 3.5))
    assert isinstance(found, NoWay)
    assert "too narrow" in found.reason
    assert not costmap.is_connected((1.0, 2.0), (5.0, 3.5))
    assert np.isinf(quickest_s(costmap, (1.0, 2.0), (5.0, 3.5), 0.5))


@pytest.mark.parametrize(
    ("goal", "words"),
    [((3.0, 3.5), "inside of something"), ((9.0, 1.0), "outside of the map"), ((0.0, 0.0), "inside of something")],
)
def test_a_goal_inside_a_wall_or_off_the_map(goal: tuple[float, float], words: str):
    found = plan(Costmap(two_rooms(), SHAPE), START, goal)
    assert isinstance(found, NoWay)
    assert words in found.reason


def test_a_robot_that_is_off_the_map():
    found = plan(Costmap(two_rooms(), SHAPE), Pose2D(-3.0, 0.0), (1.0, 1.0))
    assert isinstance(found, NoWay)
    assert "the robot is at -3.00, 0.00, outside" in found.reason


def test_a_goal_beside_a_wall_becomes_the_nearest_place_with_room():
    path = plan(Costmap(two_rooms(), SHAPE), START, (0.15, 2.0))
    assert isinstance(path, Path)
    assert path.end_m[0] == pytest.approx(0.15 + 0.15, abs=0.06)


def test_a_robot_beside_a_wall_gets_away_from_it():
    path = plan(Costmap(two_rooms(), SHAPE), Pose2D(0.2, 2.0), (2.0, 2.0))
    assert isinstance(path, Path)


def test_forbidden_zones_are_never_entered():
    zone = Area("forbidden", square(1.9, 2.0, 0.4))
    costmap = Costmap(two_rooms(), SHAPE, [zone])
    path = plan(costmap, START, (5.0, 2.0))
    assert isinstance(path, Path)
    x, y = path.points_m.T
    assert not np.any(np.hypot(np.maximum(0, abs(x - 1.9) - 0.4), np.maximum(0, abs(y - 2.0) - 0.4)) < SHAPE.side_m)
    assert isinstance(plan(costmap, START, (1.9, 2.0)), NoWay)


def test_slow_zones_have_their_speed():
    costmap = Costmap(two_rooms(), SHAPE, [Area("slow", square(2.0, 2.0, 0.5), 0.2), Area("bed", square(1, 1, 0.5))])
    assert costmap.speed_limit_at(2.0, 2.0) == 0.2
    assert np.isinf(costmap.speed_limit_at(1.0, 1.0))


def test_what_is_seen_closes_the_door():
    costmap = Costmap(two_rooms(), SHAPE)
    seen = np.zeros(costmap.grid.cells.shape, dtype=np.bool_)
    rows, columns, _ = costmap.grid.indices_of(box(3.0, 1.95))
    seen[rows, columns] = True
    nothing = np.zeros_like(seen)
    costmap.see(nothing, seen)
    assert isinstance(plan(costmap, START, (5.0, 2.0)), NoWay)
    costmap.see(seen, nothing)
    assert isinstance(plan(costmap, START, (5.0, 2.0)), NoWay)
    costmap.see(nothing, nothing)
    assert isinstance(plan(costmap, START, (5.0, 2.0)), Path)


def test_what_grazes_a_wall_is_dear_and_a_hand_further_cheap():
    costmap = Costmap(two_rooms(), Shape())
    costs = costmap.costs()
    row = costmap.grid.cell_of(1.5, 2.0)[0]
    near, further = (costs[row, costmap.clearance_m[row].searchsorted(away_m)] for away_m in (0.29, 0.59))
    assert near > 5.0
    assert 1.0 < further < 1.15


def test_somebody_is_passed_with_a_wide_berth_and_a_chair_closely():
    costmap = Costmap(GridMap(np.full((120, 120), FREE), 0.05, (0.0, 0.0)), Shape())
    there, nothing = np.zeros((2, 120, 120), np.bool_)
    there[costmap.grid.cell_of(3.0, 2.8)] = True
    away_m = []
    for seen in ((there, nothing), (nothing, there)):
        costmap.see(*seen)
        path = plan(costmap, Pose2D(1.0, 3.0), (5.0, 3.0))
        assert isinstance(path, Path)
        away_m.append(np.hypot(*(path.points_m - (3.0, 2.8)).T).min())
    person, chair = away_m
    assert chair < 0.6
    assert person > chair + 0.15
