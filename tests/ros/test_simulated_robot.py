"""The whole simulated robot over real DDS: its senses, and wheels that the real drive node turns by bytes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from carebot_interfaces.msg import DriveState, MotionState
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock as ClockMsg
from sensor_msgs.msg import CameraInfo, Image, Imu, LaserScan, PointCloud2
from std_msgs.msg import Bool

from carebot.ros import qos
from carebot.ros.convert import seconds

STANDING = """
description: The resident stands in the bedroom, the robot before the corridor's east wall.
world: home
robot: {at: [3.0, 3.9], facing_deg: 180}
start: {at: [2.0, 5.6]}
script: [{stand: 600}]
"""
SMALL = {"width_px": 96, "height_px": 72, "fps": 4.0}


@pytest.fixture
def home(tmp_path: Path) -> dict:
    """Parameters of a simulation in the home, with its motors on a port of the test's own."""
    scenario = tmp_path / "standing.yaml"
    scenario.write_text(STANDING, encoding="utf-8")
    return {**SMALL, "scenario": str(scenario), "port": str(tmp_path / "motors")}


def hear(peer, kind: type, topic: str) -> list:
    return peer.collect(kind, topic, qos_profile_sensor_data)


@pytest.mark.slow
def test_every_sense_comes_with_its_frame_stamp_and_numbers(peer, start, home: dict) -> None:
    scans, bumps, imus = (hear(peer, *what) for what in ((LaserScan, "scan"), (Bool, "bumper"), (Imu, "imu")))
    images, infos = hear(peer, Image, "camera/image_raw"), hear(peer, CameraInfo, "camera/camera_info")
    depths, clouds = hear(peer, Image, "depth/image_raw"), hear(peer, PointCloud2, "depth_points")
    truths, clocks = peer.collect(Odometry, "ground_truth/robot"), peer.collect(ClockMsg, "/clock")
    start(simulation={**home, "depth_fps": 4.0, "depth_width_px": 64})
    every = (scans, bumps, imus, images, infos, depths, clouds, truths, clocks)
    peer.wait_until(lambda: all(len(each) >= 4 for each in every), "all senses")

    scan = scans[-1]
    assert (scan.header.frame_id, len(scan.ranges)) == ("lidar_link", 360)
    behind, ahead = np.asarray(scan.ranges)[[0, 180]]
    assert ahead == pytest.approx(3.0 - 0.12 - 0.05, abs=0.1), "the west wall or the entrance door, before the robot"
    assert behind > 2.0, "it does not see its own column"
    assert seconds(scans[-1].header.stamp) - seconds(scans[-2].header.stamp) == pytest.approx(0.1, abs=0.011)

    imu = imus[-1]
    assert imu.header.frame_id == "imu_link"
    assert imu.linear_acceleration.z == pytest.approx(9.81, abs=0.3)
    assert abs(imu.orientation.z) == pytest.approx(1.0, abs=0.01), "it faces back"
    assert not bumps[-1].data

    assert (images[-1].encoding, images[-1].width, images[-1].height) == ("bgr8", 96, 72)
    assert np.frombuffer(images[-1].data, np.uint8).std() > 10
    assert infos[-1].k[0] == pytest.approx(48 / math.tan(1.0859 / 2), rel=1e-3)
    assert infos[-1].header.frame_id == images[-1].header.frame_id == "camera_optical_frame"
    depth = np.frombuffer(depths[-1].data, np.float32).reshape(48, 64)
    assert depths[-1].encoding == "32FC1"
    assert 0.5 < np.nanmedian(depth) < 4.0
    assert clouds[-1].width == pytest.approx(np.isfinite(depth).sum(), abs=5)

    pose = truths[-1].pose.pose
    assert (pose.position.x, pose.position.y) == pytest.approx((3.0, 3.9), abs=0.02)
    stamps = [seconds(each.clock) for each in clocks]
    assert all(step > 0 for step in np.diff(stamps))


class Driver:
    """Drives by hand from a steady timer, on the simulated clock's stamps."""

    def __init__(self, peer) -> None:
        self.peer, self.wish = peer, 0.0
        self.stamp = None
        self._out = peer.create_publisher(TwistStamped, "cmd_vel_teleop", 1)
        peer.create_subscription(ClockMsg, "/clock", self._hear, 10)
        peer.create_timer(0.05, self._send, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _hear(self, message: ClockMsg) -> None:
        self.stamp = message.clock

    def _send(self) -> None:
        if self.stamp is not None:
            command = TwistStamped()
            command.header.stamp, command.header.frame_id = self.stamp, "base_link#Anna"
            command.twist.linear.x = self.wish
            self._out.publish(command)


@pytest.mark.slow
def test_teleoperated_robot_drives_through_the_home_and_safety_stops_it_before_the_wall(
    peer, start, home: dict, tmp_path: Path
) -> None:
    truths, odometry = peer.collect(Odometry, "ground_truth/robot"), peer.collect(Odometry, "odom")
    states = peer.collect(MotionState, "motion_state", qos.latched(1))
    drives, bumps = peer.collect(DriveState, "drive_state"), hear(peer, Bool, "bumper")
    timed = {"use_sim_time": True}
    start(simulation={**home, "fps": 1.0})
    start(drive={**timed, "port": home["port"]})
    start(safety={**timed, "estop_file": str(tmp_path / "stop.json")})
    peer.wait_until(lambda: drives and drives[-1].armed, "armed motors")
    driver = Driver(peer)
    peer.wait_until(lambda: driver.stamp is not None and truths, "the clock")
    before = truths[-1].pose.pose.position.x

    driver.wish = 0.4
    peer.wait_until(lambda: before - truths[-1].pose.pose.position.x > 0.5, "half a metre")
    peer.wait_until(lambda: odometry, "odometry")
    peer.wait_until(lambda: "obstacle" in " ".join(r.code for r in states[-1].reasons), "an obstacle in the way")
    still = lambda: abs(truths[-1].twist.twist.linear.x) < 0.005  # noqa: E731
    peer.wait_until(lambda: still() and states[-1].allowed_speed_m_s < 0.03, "a stop")
    gone = before - truths[-1].pose.pose.position.x
    assert gone > 1.5
    front = truths[-1].pose.pose.position.x - 0.25
    assert 0.03 < front - 0.05 < 0.35, "it stands before the wall, whose face is at 0.05 m"
    assert not any(bump.data for bump in bumps)
    told = odometry[-1].pose.pose.position.x
    assert told < 1.05 * gone, "odometry is what the bytes said"
    assert told > 0.95 * gone or drives[-1].reconnects, "what rolled while the line was down is not seen"
