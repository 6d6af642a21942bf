"""The charger of the simulated home: its marker is what its file says, and the robot gets in by drawn pictures."""

from __future__ import annotations

from math import degrees, pi, radians
from pathlib import Path

import numpy as np
import pytest

from carebot.benchmarks.docking import play, true_marker
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.dock_trip import docking_at
from carebot.navigation.grid_map import read_map
from carebot.resources import share_dir
from carebot.robot import load_robot
from carebot.simulation.docking import AWAY_SHARE, TURN_RAD_A_M2, DrawnMarkers, ReckonedMarkers
from carebot.simulation.scenario import RobotPlace, Scenario, Stand, Start
from carebot.simulation.sdf import dock_model
from carebot.simulation.simulator import Simulator
from carebot.site.file import load_site, map_path
from tests.navigation.test_docking import seen_from

SITE_FILE = share_dir() / "sim" / "sites" / "home.yaml"
SITE = load_site(SITE_FILE)
DOCK = SITE.docks[0]


def before_it(left_m: float, aside_m: float = 0.0, askew_deg: float = 0.0, light: str = "day") -> Simulator:
    at = DOCK.pose.x_m + left_m, DOCK.pose.y_m + aside_m
    robot = RobotPlace(at=at, facing_deg=(180 + askew_deg) % 360)
    start, script = Start(at=(2.3, 5.6), facing_deg=0.0), (Stand(for_s=1.0),)
    scenario = Scenario(description="Before it", world="home", lighting=light, robot=robot, start=start, script=script)
    return Simulator(scenario, 0)


def test_the_model_is_the_one_that_is_written():
    folder = share_dir() / "sim" / "models" / "dock"
    assert (folder / "model.sdf").read_text(encoding="utf-8") == dock_model.model()
    assert (folder / "model.config").read_text(encoding="utf-8") == dock_model.config()
    assert (DOCK.marker_id, DOCK.marker_m) == (dock_model.MARKER_ID, dock_model.MARKER_M)


def test_writing_it_anew(tmp_path: Path):
    dock_model.main(tmp_path / "dock")
    assert {path.name for path in (tmp_path / "dock").iterdir()} == {"model.sdf", "model.config"}


def test_the_site_file_says_where_the_robot_stands_in_it():
    with before_it(0.0) as simulator:
        marker = true_marker(simulator)
    contact_m = docking_at(DOCK, load_robot("simulated").footprint.front_m).contact_m
    assert DOCK.pose.x_m == pytest.approx(marker.x_m + contact_m, abs=0.01)
    assert DOCK.pose.y_m == pytest.approx(marker.y_m, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("light", ["day", "evening", "night"])
def test_the_marker_is_seen_from_where_the_robot_begins_to_where_it_stands(light: str):
    for left_m in (1.0, 0.7, 0.3, 0.0):
        with before_it(left_m, light=light) as simulator:
            look = DrawnMarkers(simulator, DOCK).look()
        assert [marker.marker_id for marker in look.markers] == [7], (light, left_m)


@pytest.mark.slow
def test_drawn_pictures_err_as_the_reckoned_ones_do():
    lengths, turns = [], []
    for left_m, aside_m, askew_deg in ((0.9, 0.1, 8), (0.8, -0.1, -8), (0.7, 0.2, 3), (0.6, 0.0, 12), (0.5, -0.1, 0)):
        with before_it(left_m, aside_m, askew_deg) as simulator:
            truth = seen_from(simulator.robot.pose, true_marker(simulator))
            [drawn] = DrawnMarkers(simulator, DOCK).look().markers
            [reckoned] = ReckonedMarkers(simulator, DOCK, 0).look(0.0).markers
        away_m = truth.x_m - 0.15
        lengths.append((drawn.place.x_m - truth.x_m) / away_m)
        turns.append(((drawn.place.yaw_rad - truth.yaw_rad + pi) % (2 * pi) - pi) / away_m**2)
        assert reckoned.place.x_m == pytest.approx(truth.x_m, abs=0.03)
        assert reckoned.place.y_m == pytest.approx(truth.y_m, abs=0.01)
    assert np.sqrt(np.mean(np.square(lengths))) < 2 * AWAY_SHARE
    assert np.median(np.abs(turns)) < 2 * TURN_RAD_A_M2, np.degrees(turns)
    assert np.abs(turns).max() < radians(12), np.degrees(turns)


def test_what_is_not_in_the_picture_is_not_reckoned():
    for left_m, askew_deg in ((0.7, 40.0), (3.5, 0.0), (0.7, 180.0)):
        with before_it(left_m, 0.0, askew_deg) as simulator:
            assert ReckonedMarkers(simulator, DOCK, 0).look(0.0).markers == ()


@pytest.mark.slow
def test_into_the_charger_by_drawn_pictures():
    floor = Costmap(read_map(map_path(SITE, SITE_FILE)), Shape(), SITE.zones)
    trip = play(SITE, floor, 0, 0, "day")
    assert trip.is_good, trip
    assert trip.seen > 0.9 * trip.pictures


def test_the_robot_stands_clear_of_everything_in_its_charger():
    with before_it(0.0) as simulator:
        simulator.step(0.3)
        assert not simulator.robot.touched
        pose = simulator.robot.pose
    assert (pose.x_m, pose.y_m) == pytest.approx(DOCK.at, abs=0.01)
    assert abs(degrees(pose.yaw_rad)) == pytest.approx(180, abs=1)
