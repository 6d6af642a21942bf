from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from carebot.bringup.commands import commands, parameter_file
from carebot.bringup.environment import LARGE_DATA, dds_environment
from carebot.bringup.profile import Profile

PROFILE = Profile.model_validate(
    {
        "robot": "kitchen",
        "use_sim_time": True,
        "environment": {"COLOUR": "red"},
        "processes": [
            {"name": "eye", "nodes": {"perception": {"source": "rtsp://me:secret@camera/1"}}},
            {
                "name": "watch",
                "nodes": {"falls": {"bed_zones": [0, 0.5, 1, 1], "mounting": {"height_m": 1}}, "care": {}},
            },
        ],
    }
)


def test_the_processes_come_in_the_order_of_the_profile_with_their_nodes(tmp_path: Path) -> None:
    eye, watch = commands(PROFILE, tmp_path, {})
    assert (eye.name, watch.name) == ("eye", "watch")
    assert watch.arguments[1:6] == ("-m", "carebot.ros.process", "falls", "care", "--ros-args")
    assert "__ns:=/kitchen" in watch.arguments
    assert watch.environment["COLOUR"] == "red"


def test_a_password_is_neither_on_the_command_line_nor_for_others_to_read(tmp_path: Path) -> None:
    eye, _ = commands(PROFILE, tmp_path / "new", {})
    assert not any("secret" in argument for argument in eye.arguments)
    file = tmp_path / "new" / "eye.params.yaml"
    assert "secret" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python looks in the working folder before 3.11")
def test_what_lies_in_the_folder_that_it_was_started_from_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "ctypes.py").write_text("raise SystemExit('an intruder')\n", encoding="utf-8")
    eye, _ = commands(PROFILE, tmp_path / "parameters", {})
    began = subprocess.run(
        [*eye.arguments[:3], "no_such_node"],
        cwd=tmp_path,
        env={**os.environ, **eye.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "no_such_node" in began.stderr
    assert "intruder" not in began.stderr


def test_parameters_are_flat_under_the_full_name_of_the_node() -> None:
    assert parameter_file(PROFILE.processes[1], PROFILE) == {
        "/**": {"ros__parameters": {"use_sim_time": True}},
        "/kitchen/falls": {"ros__parameters": {"bed_zones": [0.0, 0.5, 1.0, 1.0], "mounting.height_m": 1}},
    }


def test_parameter_files_are_written_anew_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        commands(PROFILE, tmp_path, {})
    assert yaml.safe_load((tmp_path / "watch.params.yaml").read_text())["/kitchen/falls"]


def test_this_machine_keeps_ros_on_the_loopback_interface() -> None:
    added = dds_environment("this_machine", {})
    profile = Path(added["FASTDDS_DEFAULT_PROFILES_FILE"]).read_text(encoding="utf-8")
    assert "<address>127.0.0.1</address>" in profile
    assert "<useBuiltinTransports>false</useBuiltinTransports>" in profile


def test_older_fast_dds_gets_the_profile_by_its_older_name() -> None:
    assert "FASTRTPS_DEFAULT_PROFILES_FILE" in dds_environment("this_machine", {"ROS_DISTRO": "humble"})


def test_what_cannot_be_shut_by_the_profile_is_shut_by_the_range() -> None:
    assert dds_environment("this_machine", {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}) == {
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"
    }
    assert dds_environment("this_machine", {"FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}) == {
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"
    }


def test_a_local_network_is_opened_for_large_pictures() -> None:
    assert dds_environment("local_network", {}) == {
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET",
        "FASTDDS_BUILTIN_TRANSPORTS": LARGE_DATA,
    }


def test_what_the_user_has_chosen_stays() -> None:
    for network in ("this_machine", "local_network"):
        assert dds_environment(network, {"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}) == {}
        assert dds_environment(network, {"ROS_LOCALHOST_ONLY": "1"}) == {}
