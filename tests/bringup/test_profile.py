from __future__ import annotations

from pathlib import Path

import pytest

from carebot.bringup.body import body_parameters
from carebot.bringup.profile import Profile, flat, load_profile, profile_names
from carebot.errors import ConfigError
from carebot.geometry import CameraMounting
from carebot.robot import load_robot, robot_path
from carebot.ros.nodes import NODES

GOOD = """
robot: kitchen
processes:
  - name: perception
    nodes:
      perception: {source: "0", mounting: {height_m: 1.2}}
  - name: watch
    nodes:
      falls:
      care: {}
"""


@pytest.fixture
def write(tmp_path: Path):
    def _write(text: str) -> str:
        path = tmp_path / "profile.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return _write


def refusal(name: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_profile(name, overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("name", profile_names())
def test_shipped_profiles_are_good(name: str) -> None:
    profile = load_profile(name)
    assert profile.description
    assert {"perception", "falls", "care", "tablet"} <= set(profile.node_names()) <= set(NODES)


def test_the_shipped_profiles_are_the_promised_ones() -> None:
    assert {"robot", "demo"} <= set(profile_names())


def test_a_node_without_parameters_has_none(write) -> None:
    assert load_profile(write(GOOD)).processes[1].nodes == {"falls": {}, "care": {}}


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    sentence = refusal("robto")
    assert "robto" in sentence
    assert "demo, gazebo, gazebo_home, replay, robot" in sentence


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "profile.yaml"),
        ("[1, 2]", "keys and values"),
        ("robot: [", "YAML"),
        ("robot: kitchen", "processes"),
        ("robot: kitchen\nprocesses: []", "processes"),
        ("robot: kitchen\nprocesses: 3", "processes"),
        (GOOD + "colour: red\n", "colour"),
        (GOOD.replace("robot: kitchen", "robot: Kitchen"), "robot name"),
        (GOOD.replace("robot: kitchen", "robot: kit/chen"), "robot name"),
        (GOOD.replace("robot: kitchen", "robot: 7"), "robot name"),
        (GOOD.replace("robot: kitchen", "robot: ''"), "robot name"),
        (GOOD.replace("name: watch", "name: ../watch"), "process name"),
        (GOOD.replace("falls:", "fals:"), "fals"),
        (GOOD.replace("falls:", "tablet:"), "process of its own"),
        (GOOD.replace("falls:", "perception:"), "perception"),
        (GOOD.replace("name: watch", "name: perception"), "perception"),
        (GOOD.replace("care: {}", "care: 5"), "care"),
        (GOOD.replace("care: {}", "care: {zones: [[1], [2]]}"), "care.zones"),
        (GOOD.replace("care: {}", "care: {zones: null}"), "care.zones"),
        (GOOD + "network: everywhere\n", "network"),
        (GOOD + "use_sim_time: perhaps\n", "use_sim_time"),
        (GOOD + "environment: [A, B]\n", "environment"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence_that_names_it(write, text: str, named: str) -> None:
    sentence = refusal(write(text))
    assert "profile.yaml" in sentence
    assert named in sentence
    assert "\n" not in sentence


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.yaml does not exist" in refusal(str(tmp_path / "nowhere.yaml"))


def test_overrides_reach_parameters_and_settings(write) -> None:
    profile = load_profile(
        write(GOOD),
        ["perception.source=rtsp://a=b", "perception.mounting.height_m=0.4", "falls.confirm_after_s=3", "robot=hall"],
    )
    assert profile.processes[0].nodes["perception"] == {"source": "rtsp://a=b", "mounting": {"height_m": 0.4}}
    assert profile.processes[1].nodes["falls"] == {"confirm_after_s": 3}
    assert profile.robot == "hall"


@pytest.mark.parametrize("text", ["2024-13-45", "0x_", "[" * 3000, "{a: 1, a: 2}"])
def test_an_override_that_is_no_yaml_is_a_text(write, text: str) -> None:
    profile = load_profile(write(GOOD), [f"perception.source={text}"])
    assert profile.processes[0].nodes["perception"]["source"] == text


def test_a_later_override_wins_over_an_earlier_one_and_over_dots_in_the_file(write) -> None:
    path = write(GOOD.replace("mounting: {height_m: 1.2}", "mounting.height_m: 1.2"))
    profile = load_profile(path, ["perception.mounting.height_m=2", "perception.mounting.height_m=3"])
    assert flat(profile.processes[0].nodes["perception"]) == {"source": "0", "mounting.height_m": 3}


@pytest.mark.parametrize(
    "override", ["perception", "=1", "source=0", "perception.=1", "tablet.port=1", "processes=1", "robot=A B", "robot"]
)
def test_a_bad_override_is_refused(write, override: str) -> None:
    assert override.split("=")[-1] in refusal(write(GOOD), override)


def test_environment_values_may_be_numbers(write) -> None:
    profile: Profile = load_profile(write(GOOD + "environment: {ROS_DOMAIN_ID: 5}\n"))
    assert profile.environment == {"ROS_DOMAIN_ID": "5"}


# what follows from the robot file

DRIVEN = """
processes:
  - name: watch
    nodes: {falls: {mounting.height_m: 1.4}, care: {}}
  - name: safety
    nodes: {safety: {lidar: {x_m: 0.3}}}
  - name: navigation
    nodes: {navigation: }
  - name: drive
    nodes: {drive: {robot: simulated}}
"""


def test_every_node_knows_the_robot_that_is_driven(write) -> None:
    robot = load_robot("simulated")
    camera, depth = robot.sensors.camera, robot.sensors.depth_camera
    nodes = {name: each for process in load_profile(write(DRIVEN)).processes for name, each in process.nodes.items()}
    assert CameraMounting(**nodes["care"]["camera"]) == camera.mounting()
    assert CameraMounting(**nodes["safety"]["depth_camera"]) == depth.mounting()
    assert nodes["safety"]["depth_pose"]["x_m"] == depth.x_m
    assert nodes["safety"]["camera_ahead_m"] == pytest.approx(robot.footprint.front_m - camera.x_m)
    assert nodes["safety"]["left_m"] == robot.footprint.left_m
    assert nodes["navigation"] == {"robot": "simulated"}


def test_what_a_profile_says_itself_holds(write) -> None:
    nodes = {name: each for process in load_profile(write(DRIVEN)).processes for name, each in process.nodes.items()}
    assert nodes["falls"]["mounting"] == {
        "height_m": 1.4, "pitch_rad": 0.15, "roll_rad": 0.0, "vertical_fov_rad": 0.85
    }  # fmt: skip
    assert nodes["safety"]["lidar"] == {"x_m": 0.3, "y_m": 0.0, "yaw_rad": 0.0}


def test_the_robot_can_be_changed_in_one_place(tmp_path: Path, write) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(robot_path("simulated").read_text(encoding="utf-8").replace("x_m: 0.12", "x_m: 0.2"), "utf-8")
    [safety] = [each for each in load_profile("sim", [f"drive.robot={own}"]).processes if each.name == "safety"]
    assert safety.nodes["safety"]["lidar"]["x_m"] == 0.2
    assert "robot" in refusal("sim", "drive.robot=nobody")


def test_recordings_of_the_simulated_robot_are_watched_from_where_it_looks() -> None:
    camera = load_robot("simulated").sensors.camera
    nodes = {name: each for process in load_profile("replay").processes for name, each in process.nodes.items()}
    assert (
        CameraMounting(**nodes["falls"]["mounting"]) == CameraMounting(**nodes["care"]["camera"]) == camera.mounting()
    )


def test_the_tablet_knows_how_the_camera_is_fixed() -> None:
    nodes = {name: each for process in load_profile("sim").processes for name, each in process.nodes.items()}
    camera = load_robot("simulated").sensors.camera
    assert CameraMounting(**nodes["tablet"]["camera"]) == camera.mounting()


def test_the_judge_reckons_with_the_brakes_of_the_robot_file(tmp_path: Path, write) -> None:
    text = robot_path("simulated").read_text(encoding="utf-8")
    for limits, expected in (("", 0.8), ("  acceleration_m_s2: 0.3\n  deceleration_m_s2: 0.4\n", 0.4)):
        own = tmp_path / "own.yaml"
        own.write_text(text.replace("limits:\n", f"limits:\n{limits}"), "utf-8")
        given = body_parameters(str(own), load_robot(str(own)))["safety"]
        assert (given["deceleration_m_s2"], given["can_slide"]) == (expected, False)
