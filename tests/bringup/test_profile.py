from __future__ import annotations

from pathlib import Path

import pytest

from carebot.bringup.profile import Profile, flat, load_profile, profile_names
from carebot.errors import ConfigError
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
    assert "demo, gazebo, robot" in sentence


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
