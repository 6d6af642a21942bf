"""Where the robot is: drifting odometry is corrected, a robot that was carried away is noticed and found again."""

from __future__ import annotations

from math import cos, hypot, pi, sin

import numpy as np
import pytest

from carebot.geometry import Pose2D
from carebot.navigation.grid_map import FREE, GridMap
from carebot.navigation.localisation import Localiser
from carebot.navigation.obstacles import Sweep
from tests.navigation.homes import two_rooms


def furnished() -> GridMap:
    """Two rooms that are not alike, with a wardrobe and a bed in them."""
    grid = two_rooms()
    grid.cells[62:79, 1:12] = 100
    grid.cells[2:20, 90:112] = 100
    return grid


def looked(grid: GridMap, pose: Pose2D, now_s: float = 0.0) -> Sweep:
    """What a lidar with 180 rays meets from there."""
    hits = []
    for angle in np.linspace(-pi, pi, 180, endpoint=False):
        for away in np.arange(0.05, 8.0, 0.02):
            x, y = pose.x_m + away * cos(pose.yaw_rad + angle), pose.y_m + away * sin(pose.yaw_rad + angle)
            if not grid.holds(x, y):
                break
            if grid.cells[grid.cell_of(x, y)] != FREE:
                hits.append((away * cos(angle), away * sin(angle)))
                break
    return Sweep(now_s, np.array(hits), np.empty((0, 2)))


def apart(one: Pose2D, other: Pose2D) -> tuple[float, float]:
    yaw = (one.yaw_rad - other.yaw_rad + pi) % (2 * pi) - pi
    return hypot(one.x_m - other.x_m, one.y_m - other.y_m), abs(yaw)


def test_drifting_odometry_is_corrected():
    grid = furnished()
    true, said = Pose2D(0.9, 1.0, 0.3), Pose2D(0.0, 0.0, 0.0)
    localiser = Localiser(grid, Pose2D(0.95, 0.95, 0.33))
    localiser.step(said, None, 0.0)
    for number in range(60):
        step_m, turn_rad = 0.03, 0.01
        true = Pose2D(
            true.x_m + step_m * cos(true.yaw_rad), true.y_m + step_m * sin(true.yaw_rad), true.yaw_rad + turn_rad
        )
        wrong_m, wrong_rad = 1.06 * step_m, turn_rad + 0.004  # 6 % too far, and turning on its own
        said = Pose2D(
            said.x_m + wrong_m * cos(said.yaw_rad), said.y_m + wrong_m * sin(said.yaw_rad), said.yaw_rad + wrong_rad
        )
        fix = localiser.step(said, looked(grid, true) if number % 2 else None, number * 0.05)
    away_m, away_rad = apart(fix.pose, true)
    assert away_m < 0.06
    assert away_rad < 0.03
    assert fix.share > 0.7
    assert not fix.lost


def test_people_and_moved_things_do_not_pull_it_away():
    grid = furnished()
    true = Pose2D(2.0, 2.0, 0.0)
    localiser = Localiser(grid, true)
    sweep = looked(grid, true)
    near = np.hypot(*sweep.hits_m.T) > 1.9
    person = np.column_stack((np.full(40, 0.8), np.linspace(-0.2, 0.2, 40)))
    for number in range(20):
        fix = localiser.step(
            Pose2D(), Sweep(0.0, np.concatenate((sweep.hits_m[near], person)), np.empty((0, 2))), number
        )
    assert apart(fix.pose, true)[0] < 0.08


def test_a_robot_that_was_carried_away_notices_and_finds_itself():
    grid = furnished()
    localiser = Localiser(grid, Pose2D(1.0, 1.0, 0.0))
    elsewhere = Pose2D(4.6, 2.9, 2.0)
    sweep = looked(grid, elsewhere)
    fixes = [localiser.step(Pose2D(), sweep, 0.1 * number) for number in range(60)]
    assert not fixes[5].lost
    assert any(fix.lost for fix in fixes)
    away_m, away_rad = apart(fixes[-1].pose, elsewhere)
    assert not fixes[-1].lost
    assert away_m < 0.1
    assert away_rad < 0.1


def test_without_a_sweep_it_follows_the_odometry():
    localiser = Localiser(furnished(), Pose2D(1.0, 1.0, pi / 2))
    localiser.step(Pose2D(5.0, 5.0, 0.0), None, 0.0)
    fix = localiser.step(Pose2D(6.0, 5.0, 0.0), None, 0.1)
    assert fix.pose.x_m == pytest.approx(1.0)
    assert fix.pose.y_m == pytest.approx(2.0)
