"""What the lidar sees that the map does not know: people, who go, and things, which stay."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.obstacles import FORGET_S, GONE_AFTER, MOVING_S, PASSES_S, SETTLED_S, Obstacles, Sweep
from tests.navigation.homes import two_rooms

ROBOT = Pose2D(1.0, 2.0, 0.0)
NOTHING = np.empty((0, 2))


def wall_of_points(x_m: float) -> np.ndarray:
    return np.column_stack((np.full(9, x_m), np.linspace(-0.2, 0.2, 9)))


@pytest.fixture
def costmap() -> Costmap:
    return Costmap(two_rooms(), Shape())


def test_what_is_seen_is_there_until_rays_pass_through(costmap: Costmap):
    obstacles = Obstacles(costmap)
    obstacles.take(Sweep(0.0, wall_of_points(1.0), NOTHING), ROBOT, 0.0)
    assert obstacles.seen(0.0).fresh[costmap.grid.cell_of(2.0, 2.0)]
    for number in range(GONE_AFTER):
        assert obstacles.seen(0.3).fresh.any()
        obstacles.take(Sweep(0.3, NOTHING, 3.0 * wall_of_points(1.0)), ROBOT, 0.3 + 0.1 * number)
    assert not obstacles.seen(0.3).fresh.any()


def test_walls_of_the_map_are_not_obstacles_again(costmap: Costmap):
    obstacles = Obstacles(costmap)
    beside_the_door = wall_of_points(1.9) + np.array((0.0, 1.3))
    obstacles.take(Sweep(0.0, beside_the_door, NOTHING), ROBOT, 0.0)
    assert not obstacles.seen(0.0).fresh.any()


def test_who_stood_and_is_out_of_sight_is_forgotten_after_a_while(costmap: Costmap):
    obstacles = Obstacles(costmap)
    for number in range(40):
        obstacles.take(Sweep(0.0, wall_of_points(1.0), NOTHING), ROBOT, 0.1 * number)
    last_s = 3.9
    obstacles.take(Sweep(0.0, NOTHING, NOTHING), ROBOT, last_s + FORGET_S - 0.5)
    assert obstacles.seen(last_s + FORGET_S - 0.5).fresh.any()
    assert not obstacles.seen(last_s + FORGET_S + 0.5).fresh.any()


def test_where_somebody_walked_by_the_way_opens_sooner(costmap: Costmap):
    obstacles = Obstacles(costmap)
    for number in range(3):
        obstacles.take(Sweep(0.0, wall_of_points(1.0), NOTHING), ROBOT, 0.1 * number)
    obstacles.take(Sweep(0.0, NOTHING, NOTHING), ROBOT, 0.2 + PASSES_S + 0.5)
    assert not obstacles.seen(0.2 + PASSES_S + 0.5).fresh.any()


def test_who_stands_is_not_walking(costmap: Costmap):
    obstacles = Obstacles(costmap)
    for number in range(round(MOVING_S / 0.1) + 3):
        obstacles.take(Sweep(0.0, wall_of_points(1.0), NOTHING), ROBOT, 0.1 * number)
        assert len(obstacles.moving_m) or 0.1 * number >= MOVING_S
    assert not len(obstacles.moving_m)


def test_what_stays_is_a_thing_although_its_hits_jitter(costmap: Costmap):
    obstacles = Obstacles(costmap)
    for number in range(round(SETTLED_S / 0.1) + 20):
        jitter = 0.025 if number % 2 else -0.025
        obstacles.take(Sweep(0.0, wall_of_points(1.0 + jitter), NOTHING), ROBOT, 0.1 * number)
    now_s = SETTLED_S + 2.0
    assert obstacles.seen(now_s).settled.any()
    obstacles.forget(now_s)
    assert obstacles.seen(now_s + FORGET_S + 1).settled.any()
    assert not obstacles.seen(now_s).fresh.any()


def test_a_hit_beside_a_thing_is_the_thing_and_one_further_off_may_be_a_person(costmap: Costmap):
    obstacles = Obstacles(costmap)
    for number in range(round(SETTLED_S / 0.1) + 20):
        obstacles.take(Sweep(0.0, wall_of_points(1.0), NOTHING), ROBOT, 0.1 * number)
    now_s = SETTLED_S + 2.0
    obstacles.take(Sweep(0.0, wall_of_points(1.07), NOTHING), ROBOT, now_s)
    assert not obstacles.seen(now_s).fresh.any()
    assert obstacles.seen(now_s).settled[costmap.grid.cell_of(2.07, 2.0)]
    obstacles.take(Sweep(0.0, wall_of_points(1.17), NOTHING), ROBOT, now_s + 0.1)
    assert obstacles.seen(now_s + 0.1).fresh[costmap.grid.cell_of(2.17, 2.0)]


def test_points_in_the_robots_frame(costmap: Costmap):
    obstacles = Obstacles(costmap)
    turned = Pose2D(1.0, 2.0, 1.0)
    obstacles.take(Sweep(0.0, wall_of_points(0.9), NOTHING), turned, 0.0)
    assert obstacles.unknown_m == pytest.approx(wall_of_points(0.9))


def test_hits_that_jitter_beside_a_thing_are_not_walking(costmap: Costmap):
    obstacles = Obstacles(costmap)
    for number in range(round(MOVING_S / 0.1) + 3):
        obstacles.take(Sweep(0.0, wall_of_points(1.0), NOTHING), ROBOT, 0.1 * number)
    obstacles.take(Sweep(0.0, wall_of_points(1.1), NOTHING), ROBOT, 2.0)
    assert not len(obstacles.moving_m)
    obstacles.take(Sweep(0.0, wall_of_points(1.3), NOTHING), ROBOT, 2.1)
    assert len(obstacles.moving_m)
