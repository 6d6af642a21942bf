"""Somebody says where the robot stands, or lets it look: the lidar agrees, contradicts, or cannot tell."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.grid_map import read_map
from carebot.navigation.localisation import Localiser
from carebot.navigation.obstacles import Sweep
from carebot.navigation.placing import Said, place
from carebot.resources import share_dir
from carebot.site.file import load_site
from tests.navigation.homes import two_rooms
from tests.navigation.test_localisation import apart, looked

HOME = share_dir() / "sim" / "sites" / "home.yaml"
SITE = load_site(HOME)
GRID = read_map(Path(HOME).with_name("home_map.yaml"))
FLOOR = Costmap(GRID, Shape())
BEDSIDE = Pose2D(1.7, 6.2, np.radians(100))


@pytest.fixture
def localiser() -> Localiser:
    return Localiser(GRID, Pose2D(0.9, 3.9, 0.0))


def test_a_name_is_enough_and_the_lidar_makes_it_exact(localiser: Localiser):
    true = replace(BEDSIDE, x_m=1.85, yaw_rad=BEDSIDE.yaw_rad + 0.2)
    placed = place(Said("bedside"), SITE, FLOOR, localiser, looked(GRID, true))
    assert placed.is_sure
    assert apart(placed.fix.pose, true)[0] < 0.06
    assert apart(localiser.step(Pose2D(), None, 0.0).pose, true)[0] < 0.06


def test_it_is_unsure_where_the_lidar_contradicts(localiser: Localiser):
    placed = place(Said("bedside"), SITE, FLOOR, localiser, looked(GRID, Pose2D(7.4, 2.9, 0.5)))
    assert not placed.is_sure
    assert "of what the lidar meets lies on the map" in placed.reason


def test_exactly_as_said(localiser: Localiser):
    said = Pose2D(2.0, 6.2, 1.0)
    placed = place(Said("", said, keep_as_said=True), SITE, FLOOR, localiser, looked(GRID, Pose2D(2.2, 6.2, 1.0)))
    assert placed.fix.pose == said


def test_it_finds_itself_wherever_it_was_carried(localiser: Localiser):
    for x_m, y_m, yaw_rad in ((7.2, 6.3, -1.2), (1.0, 1.5, -2.3), (4.9, 1.3, 1.6), (2.3, 6.3, 0.3), (7.7, 1.9, 1.6)):
        true = Pose2D(x_m, y_m, yaw_rad)
        placed = place(Said(), SITE, FLOOR, localiser, looked(GRID, true))
        assert placed.is_sure, true
        assert apart(placed.fix.pose, true)[0] < 0.1


def test_between_two_rooms_that_are_alike_it_is_unsure():
    grid = two_rooms()
    grid.cells[30:48, 59:61] = 100  # no door: each of them could be the other
    localiser = Localiser(grid, Pose2D(1.0, 1.0))
    placed = place(Said(), SITE, Costmap(grid, Shape()), localiser, looked(grid, Pose2D(4.5, 1.2, 0.3)))
    assert not placed.is_sure
    assert "more than one place" in placed.reason
    assert localiser.step(Pose2D(), None, 0.0).lost


def test_on_a_map_of_the_wrong_scale_it_is_unsure():
    large = replace(GRID, resolution_m=2 * GRID.resolution_m)
    placed = place(Said(), SITE, Costmap(large, Shape()), Localiser(large, BEDSIDE), looked(GRID, BEDSIDE))
    assert not placed.is_sure
    assert "at the right scale?" in placed.reason


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said("", Pose2D(2.6, 1.0)), "no free floor"),
        (Said("", Pose2D(40.0, 1.0)), "no free floor"),
        (Said("", Pose2D(nan, 1.0)), "a number that is none"),
        (Said("attic"), "no destination 'attic'"),
    ],
)
def test_what_cannot_be_changes_nothing(localiser: Localiser, said: Said, words: str):
    placed = place(said, SITE, FLOOR, localiser, looked(GRID, BEDSIDE))
    assert placed.fix is None
    assert words in placed.reason
    assert localiser.step(Pose2D(), None, 0.0).pose == Pose2D(0.9, 3.9, 0.0)


def test_without_a_lidar_it_is_placed_but_not_sure(localiser: Localiser):
    placed = place(Said("bedside"), SITE, FLOOR, localiser, None)
    assert placed.fix.pose.x_m == pytest.approx(1.7)
    assert "not checked" in placed.reason
    assert "cannot look" in place(Said(), SITE, FLOOR, localiser, None).reason


def test_a_lidar_that_sees_almost_nothing_tells_nothing(localiser: Localiser):
    few = Sweep(0.0, np.array([[1.0, 0.0]] * 5), np.empty((0, 2)))
    assert "too little" in place(Said(), SITE, FLOOR, localiser, few).reason
    assert "too little" in place(Said("bedside"), SITE, FLOOR, localiser, few).reason
