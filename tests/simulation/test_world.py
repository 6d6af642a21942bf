"""What a scenario plays on: worlds without their own people, the robot where it is put, furniture to sit and lie on."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from pathlib import Path

import mujoco
import numpy as np
import pytest

from carebot.errors import ConfigError
from carebot.simulation.homes import described_world, what_stands_at
from carebot.simulation.places import places_of
from carebot.simulation.scenario import Scenario, check_places, load_scenario
from carebot.simulation.sdf.resources import worlds_dir
from carebot.simulation.simulator import Simulator
from carebot.simulation.world import build_stage

Script = Callable[..., Scenario]
WORLDS = sorted(path.stem for path in worlds_dir().glob("*.sdf"))


@pytest.mark.parametrize("name", WORLDS)
def test_people_of_the_file_make_room_for_those_of_the_scenario(name: str) -> None:
    world = described_world(name)
    assert not [link.name for link in world.links if link.name.endswith("::pelvis")]
    assert {"resident", "visitor"}.isdisjoint(world.models)
    assert not [servo for servo in world.controllers if "lumbar" in servo.joint]
    assert "carebot" in world.models


@pytest.mark.parametrize("drives", [False, True])
def test_robot_stands_where_the_scenario_puts_it(scripted: Script, drives: bool) -> None:
    place = {"at": [0.9, -1.1], "facing_deg": 90}
    simulator = Simulator(scripted({"stand": 1}, robot=place), drives=drives)
    simulator.step(0.5)
    pose = simulator.robot.pose
    assert (pose.x_m, pose.y_m, pose.yaw_rad) == pytest.approx((0.9, -1.1, pi / 2), abs=0.01)
    assert simulator.robot.can_drive is drives
    eye = simulator.data.camera("eye")
    assert eye.xpos == pytest.approx((0.9, -1.1 + 0.15, 1.1), abs=0.01)
    assert -eye.xmat.reshape(3, 3)[:, 2] == pytest.approx((0, np.cos(0.15), -np.sin(0.15)), abs=0.02)


def test_parked_robot_is_as_solid_as_one_that_drives(scripted: Script) -> None:
    parked, free = (build_stage(scripted({"stand": 1}), 64, 48, drives) for drives in (False, True))
    assert parked.model.nv < free.model.nv
    assert parked.model.ngeom == free.model.ngeom


def test_seats_and_beds_are_where_the_furniture_is() -> None:
    places = places_of(described_world("studio"))
    chair = places.seat("chair", (0, 0))
    assert (chair.x_m, chair.y_m, chair.height_m) == pytest.approx((3.15, -1.30, 0.45), abs=0.001)
    assert chair.facing_rad == pytest.approx(1.75, abs=0.001)
    near = places.bed("bed", (3.0, 0.0))
    assert near.edge.facing_rad == pytest.approx(-pi / 2, abs=0.001)
    assert near.edge.y_m == pytest.approx(1.33, abs=0.001)
    assert near.head_direction_rad == pytest.approx(0.0, abs=0.001)
    other = places.bed("bed", (3.0, 3.0))
    assert other.edge.facing_rad == pytest.approx(pi / 2, abs=0.001)


def test_nobody_stands_in_furniture_or_behind_the_walls() -> None:
    home = described_world("home")
    assert what_stands_at(home, (7.4, 4.0)) == ""
    assert what_stands_at(home, (9.5, 2.3)) == "in 'sofa'"
    assert what_stands_at(home, (2.6, 1.6)) == "in 'walls'"
    assert "outside of the world" in what_stands_at(home, (-3.0, 4.0))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"world": "castle"}, "There is no world 'castle'"),
        ({"start": {"at": [4.67, 0.0]}}, "start: nobody can stand at [4.67, 0.0], in 'sofa'"),
        ({"robot": {"at": [9, 9]}}, "robot.at: nobody can stand"),
        ({"others": [{"script": [{"stand": 1}], "start": {"at": [9, 9]}}]}, "the start of visitor: nobody can stand"),
    ],
)
def test_scenario_that_does_not_fit_its_world_is_refused(scripted: Script, changes: dict, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_places(scripted({"stand": 1}, **changes))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ({"sit_down": "table"}, "script step 1 (sit_down): nobody can sit on 'table' in the world studio"),
        ({"lie_down": "chair"}, "script step 1 (lie_down): nobody can lie on 'chair' in the world studio"),
    ],
)
def test_what_is_no_seat_or_bed_is_refused(scripted: Script, step: dict, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_places(scripted(step))
    assert complaint in str(caught.value)


GROUND = """<model name="ground"><static>true</static><link name="l"><collision name="c"><geometry><plane>
<normal>0 0 1</normal></plane></geometry></collision></link></model>"""


@pytest.mark.parametrize("robot", ["<include><uri>model://carebot</uri></include>", ""])
def test_a_user_s_own_world_is_played_with_a_robot_or_without(scripted: Script, tmp_path: Path, robot: str) -> None:
    path = tmp_path / "own.sdf"
    path.write_text(f'<sdf version="1.9"><world name="w">{robot}{GROUND}</world></sdf>')
    simulator = Simulator(scripted({"stand": 0.5}, {"fall": "faint"}, {"lie": 1}, world=str(path)), seed=1)
    simulator.step(4.0)
    assert simulator.truth().on_floor
    assert simulator.stage.robot == "carebot"


def test_a_model_with_the_robot_s_name_that_is_none_is_refused(scripted: Script, tmp_path: Path) -> None:
    path = tmp_path / "own.sdf"
    path.write_text(f'<sdf version="1.9"><world name="w">{GROUND.replace("ground", "carebot")}</world></sdf>')
    with pytest.raises(ConfigError, match=r"own\.sdf has a model 'carebot' already: give it another name"):
        build_stage(scripted({"stand": 1}, world=str(path)), 64, 48)


def test_two_people_and_a_cat_live_side_by_side(scripted: Script) -> None:
    scenario = scripted(
        {"stand": 3},
        others=[{"name": "kenji", "start": {"at": [2.4, 0.9]}, "script": [{"stand": 0.5}, {"fall": "faint"}]}],
        animals=[{"kind": "cat", "way": [[1.0, -1.0], [2.0, -1.0]], "speed_m_s": 1.0}],
    )
    simulator = Simulator(scenario, seed=1)
    simulator.step(3.0)
    resident, other = simulator.truths()
    assert not resident.on_floor
    assert resident.pelvis_height_m > 0.7
    assert other.on_floor
    assert other.fall_onset_s == pytest.approx(0.5, abs=0.02)
    cat = simulator.data.body("animal0")
    assert cat.xpos == pytest.approx((1.0, -1.0, 0.0), abs=1.1)
    assert mujoco.mj_name2id(simulator.stage.model, mujoco.mjtObj.mjOBJ_BODY, "kenji/pelvis") > 0


@pytest.mark.parametrize("world", ["home", "ward", "empty_room"])
def test_same_seed_gives_the_same_trajectory_in_every_world(scripted: Script, world: str) -> None:
    at = {"home": [2.0, 3.9], "ward": [4.0, 4.8], "empty_room": [0.5, 0.0]}[world]
    scenario = scripted({"stand": 0.3}, {"fall": "trip_forward"}, {"lie": 1}, world=world, start={"at": at})
    ends = []
    for portion in (0.05, 0.0333):
        simulator = Simulator(scenario, seed=3)
        while simulator.time_s < 2.0:
            simulator.step(min(portion, 2.0 - simulator.time_s))
        ends.append(simulator.data.qpos.copy())
    assert ends[0] == pytest.approx(ends[1], abs=1e-9)


def test_scenarios_play_in_homes_and_wards() -> None:
    assert load_scenario("fall_behind_bed").world == "ward"
    assert load_scenario("fall_behind_chair").world == "home"


def test_where_there_are_no_walls_one_may_stand_far_off(tmp_path: Path) -> None:
    """A Gazebo world with one box on the ground."""
    path = tmp_path / "open.sdf"
    path.write_text(
        """<sdf version="1.6"><world name="w"><include><uri>model://ground_plane</uri></include>
        <model name="crate"><static>true</static><pose>4 4 0.5 0 0 0</pose><link name="l"><collision name="c"><geometry>
        <box><size>1 1 1</size></box></geometry></collision></link></model></world></sdf>""",
        encoding="utf-8",
    )
    world = described_world(str(path))
    assert what_stands_at(world, (-3.0, -8.0)) == ""
    assert what_stands_at(world, (4.2, 4.2)) == "in 'crate'"
    assert "outside of the world" in what_stands_at(world, (90.0, 0.0))
