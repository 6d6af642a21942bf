"""Faults ordered at run time, at the real simulation node and at real processes."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from carebot_interfaces.msg import DriveState
from carebot_interfaces.srv import InjectFault
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image, LaserScan

from carebot.commands.sim_fault import fault as fault_command
from carebot.errors import ConfigError
from carebot.ros.siblings import processes_of

SMALL = {"scenario": "walk_about", "width_px": 96, "height_px": 72, "fps": 10.0}


def order(peer, name: str, settings: str = "", for_s: float = 0.0, clear: bool = False):
    client = peer.create_client(InjectFault, "inject_fault")
    peer.wait_until(client.service_is_ready, "the service")
    future = client.call_async(InjectFault.Request(fault=name, settings=settings, for_s=for_s, clear=clear))
    peer.wait_until(future.done, "an answer")
    return future.result()


def silent(peer, messages: list, for_s: float = 0.5) -> bool:
    """Whether nothing comes for a while, once what is under way has come."""
    peer_end = peer.get_clock().now().nanoseconds / 1e9 + 0.3
    while peer.get_clock().now().nanoseconds / 1e9 < peer_end:
        peer.spin(0.02)
    messages.clear()
    end_s = peer.get_clock().now().nanoseconds / 1e9 + for_s
    while peer.get_clock().now().nanoseconds / 1e9 < end_s:
        peer.spin(0.02)
    return not messages


@pytest.mark.slow
def test_faults_come_and_go_by_command(peer, start, tmp_path: Path) -> None:
    images = peer.collect(Image, "camera/image_raw", qos_profile_sensor_data)
    scans = peer.collect(LaserScan, "scan", qos_profile_sensor_data)
    states = peer.collect(DriveState, "drive_state")
    port = str(tmp_path / "motors")
    start(simulation={**SMALL, "port": port})
    start(drive={"port": port})
    peer.wait_until(lambda: images and scans and states and states[-1].armed, "everything")

    assert order(peer, "camera_lost").accepted
    assert silent(peer, images)
    assert order(peer, "lidar_stale", for_s=600.0).accepted
    assert silent(peer, scans)
    assert order(peer, "camera_lost", clear=True).accepted
    peer.wait_until(lambda: images, "pictures again")
    assert order(peer, "", clear=True).accepted
    peer.wait_until(lambda: scans, "scans again")
    assert all(math.isfinite(scan.range_max) for scan in scans)

    assert order(peer, "serial_unplugged", for_s=2.0).accepted
    peer.wait_until(lambda: not states[-1].connected, "the drive's word that the port is gone")
    peer.wait_until(lambda: states[-1].armed, "the port again")

    [pid] = processes_of("test_robot", "drive")
    assert order(peer, "process_killed", settings="{process: drive}").accepted
    peer.wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_dead(pid), "its end")


@pytest.mark.slow
def test_process_that_was_made_to_hang_goes_on_when_the_simulation_ends(peer, start) -> None:
    simulation = start(simulation={**SMALL, "robot": ""})
    start(falls={"ask": False})
    peer.wait_until(lambda: processes_of("test_robot", "falls"), "the falls node")
    [pid] = processes_of("test_robot", "falls")

    assert order(peer, "process_stopped", settings="{process: watch}").accepted
    peer.wait_until(lambda: _is_stopped(pid), "the process to hang")
    assert simulation.stop() == 0
    assert not _is_stopped(pid)


def _is_dead(pid: int) -> bool:
    return _state(pid) == "Z"


def _is_stopped(pid: int) -> bool:
    return _state(pid) == "T"


def _state(pid: int) -> str:
    """As the kernel has it: T is stopped by a signal."""
    return Path(f"/proc/{pid}/status").read_text(encoding="utf-8").partition("State:\t")[2][:1]


@pytest.mark.slow
def test_orders_that_make_no_sense_are_answered_in_a_sentence(peer, start) -> None:
    start(simulation={**SMALL, "robot": ""})
    for name, settings, clear, said in (
        ("camera_melted", "", False, "the fault 'camera_melted' is unknown"),
        ("serial_slow", "{delay_s: -3}", False, "delay_s"),
        ("serial_slow", "[1, 2]", False, "the settings must be a mapping"),
        ("serial_slow", "{", False, "That is no fault"),
        ("camera_lost", "", True, "There is no camera_lost to be cleared"),
        ("camera_melted", "", True, "There is no fault 'camera_melted'"),
    ):
        answer = order(peer, name, settings, clear=clear)
        assert not answer.accepted
        assert said in answer.message


def test_only_processes_of_the_robot_are_found() -> None:
    assert processes_of("nobody", "drive") == []
    assert os.getpid() not in processes_of("test_robot", "perception")


@pytest.mark.parametrize(
    ("name", "setting"), [("camera_melted", None), ("serial_slow", ["delay"]), ("clock_jump", ["a=["])]
)
def test_command_refuses_what_is_no_fault(name: str, setting: list[str] | None) -> None:
    with pytest.raises(ConfigError):
        fault_command(name, setting=setting)
