"""The robot goes into its charger and out again: rendered pictures, perception, navigation, safety and drive as
processes over real DDS."""

from __future__ import annotations

import math
import time
from array import array
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from action_msgs.msg import GoalStatus
from carebot_interfaces.action import GoTo
from carebot_interfaces.msg import DriveState, MarkerLook, MarkerSearch, People
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Float64

from carebot.perception.markers import cells_of
from carebot.resources import share_dir
from carebot.ros import qos
from carebot.ros.marker_eye import info_topic

PATIENCE_S = 200.0
STANDING = """
description: The resident stands in the bedroom, the robot in the kitchen before its charger.
world: home
robot: {at: [6.4, 6.58], facing_deg: 178}
start: {at: [2.0, 5.6]}
script: [{stand: 600}]
"""
SITE = {
    "map": str(share_dir() / "sim" / "sites" / "home_map.yaml"),
    "rooms": [{"name": "kitchen", "polygon": [[5.4, 5], [10, 5], [10, 8], [5.4, 8]]}],
    "places": [
        {"name": "here", "at": [6.4, 6.58], "facing_deg": 178},
        {"name": "middle", "at": [6.9, 6.4], "facing_deg": 180},
    ],
    "docks": [{"name": "charger", "at": [5.78, 6.6], "facing_deg": 180, "marker_id": 7}],
}


def go(peer, **goal):
    client = ActionClient(peer, GoTo, "go_to")
    feedback: list = []
    peer.wait_until(client.server_is_ready, "the action server")
    sent = client.send_goal_async(GoTo.Goal(**goal), lambda message: feedback.append(message.feedback))
    peer.wait_until(sent.done, "an answer to the goal")
    waiting = sent.result().get_result_async()
    ends_s = time.monotonic() + PATIENCE_S
    while not waiting.done() and time.monotonic() < ends_s:
        peer.spin(0.05)
    assert waiting.done(), feedback[-1:]
    return waiting.result(), feedback


def begin(peer, start, folder: Path, at: tuple[float, float, float], place: str):
    """The whole robot in the kitchen, at x, y and degrees, which the site file calls `place`."""
    scenario, site = folder / "standing.yaml", folder / "site.yaml"
    home = yaml.safe_load(STANDING) | {"robot": {"at": list(at[:2]), "facing_deg": at[2]}}
    scenario.write_text(yaml.safe_dump(home), encoding="utf-8")
    site.write_text(yaml.safe_dump(SITE), encoding="utf-8")
    truths, drives = peer.collect(Odometry, "ground_truth/robot"), peer.collect(DriveState, "drive_state")
    people, places = peer.collect(People, "people", qos.PEOPLE), peer.collect(PoseStamped, "map_pose")
    timed, port = {"use_sim_time": True}, str(folder / "motors")
    start(simulation={"scenario": str(scenario), "port": port, "fps": 2.0})
    start(drive={**timed, "port": port})
    start(safety={**timed, "estop_file": str(folder / "stop.json"), "lidar": {"x_m": 0.12}})
    start(perception={**timed, "noiseless": True})
    start(navigation={**timed, "site": str(site), "start": place})
    peer.wait_until(lambda: drives and drives[-1].armed and truths, "armed motors")
    peer.wait_until(lambda: people and places, "perception and navigation at work")
    return truths


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_into_the_charger(peer, start, tmp_path: Path) -> None:
    looks = peer.collect(MarkerLook, "marker_looks")
    truths = begin(peer, start, tmp_path, (6.4, 6.58, 178.0), "here")
    assert not looks, "nobody asks for markers yet"
    answer, feedback = go(peer, kind="dock")
    assert (answer.status, answer.result.reason) == (GoalStatus.STATUS_SUCCEEDED, "")
    assert "nothing tells whether the battery charges" in answer.result.note
    assert any(each.phase == "docking" for each in feedback)
    position, turn = truths[-1].pose.pose.position, truths[-1].pose.pose.orientation
    assert position.x == pytest.approx(5.45 + 0.0024 + 0.08 + 0.25, abs=0.02)
    assert position.y == pytest.approx(6.6, abs=0.02)
    assert abs(2 * math.atan2(turn.z, turn.w)) == pytest.approx(math.pi, abs=math.radians(3))
    assert looks[-1].header.frame_id == "base_link"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_out_of_the_charger_and_not_in_again_while_the_camera_is_off(peer, start, tmp_path: Path) -> None:
    truths = begin(peer, start, tmp_path, (5.78, 6.6, 180.0), "charger")
    answer, feedback = go(peer, name="here")
    assert answer.status == GoalStatus.STATUS_SUCCEEDED, answer.result.reason
    assert feedback[0].phase == "undocking"
    assert truths[-1].pose.pose.position.x > 6.2
    peer.create_publisher(Float64, "camera_off_until", qos.latched(1)).publish(Float64(data=time.time() + 600))
    ends_s = time.monotonic() + 2.0
    while time.monotonic() < ends_s:
        peer.spin(0.05)
    answer, _ = go(peer, name="charger")
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.reason == "the camera is off: without it the robot does not find its charger"


def drawn(marker_id: int, edge_px: int = 120) -> np.ndarray:
    """A marker in the middle of a white picture of 640 by 480."""
    cells = np.where(cells_of(marker_id), 0, 255).astype(np.uint8)
    picture = np.full((480, 640), 255, np.uint8)
    top, left = 240 - edge_px // 2, 320 - edge_px // 2
    picture[top : top + edge_px, left : left + edge_px] = cv2.resize(
        cells, (edge_px, edge_px), interpolation=cv2.INTER_NEAREST
    )
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)


def test_perception_tells_of_markers_only_while_it_is_asked(peer, start) -> None:
    start(perception={"noiseless": True})
    pictures = peer.create_publisher(Image, "camera/image_raw", qos_profile_sensor_data)
    infos = peer.create_publisher(CameraInfo, "camera/camera_info", qos_profile_sensor_data)
    asks, looks = peer.create_publisher(MarkerSearch, "marker_search", 1), peer.collect(MarkerLook, "marker_looks")
    peer.wait_until(lambda: pictures.get_subscription_count() and asks.get_subscription_count(), "the node")
    picture = array("B", drawn(7).tobytes())

    def send(asking: bool, marker_m: float = 0.12) -> None:
        now = peer.get_clock().now().to_msg()
        message = Image(height=480, width=640, step=1920, encoding="bgr8", data=picture)
        info = CameraInfo(width=640, height=480, k=[600.0, 0.0, 320.0, 0.0, 600.0, 240.0, 0.0, 0.0, 1.0])
        search = MarkerSearch(marker_m=marker_m, camera_height_m=1.1, camera_ahead_m=0.15, camera_vertical_fov_rad=0.85)
        for each in (message, info, search):
            each.header.stamp = now
        if asking:
            asks.publish(search)
        infos.publish(info)
        pictures.publish(message)
        for _ in range(4):
            peer.spin(0.05)

    for _ in range(5):
        send(asking=False)
    assert not looks
    ends_s = time.monotonic() + 30
    while not looks and time.monotonic() < ends_s:
        send(asking=True)
    [marker] = looks[-1].markers
    assert marker.marker_id == 7
    assert marker.x_m == pytest.approx(0.15 + 0.6, abs=0.01)
    assert marker.y_m == pytest.approx(0.0, abs=0.005)
    assert abs(marker.yaw_rad) == pytest.approx(math.pi, abs=0.1)
    ends_s = time.monotonic() + 1.5
    while time.monotonic() < ends_s:
        send(asking=False)
    seen = len(looks)
    for _ in range(5):
        send(asking=False)
        send(asking=True, marker_m=-1.0)
    assert len(looks) == seen


@pytest.mark.parametrize(
    ("image_topic", "topic"),
    [
        ("camera/image_raw", "camera/camera_info"),
        ("/front/image_raw/compressed", "/front/camera_info"),
        ("image", "camera_info"),
    ],
)
def test_camera_info_is_beside_the_pictures(image_topic: str, topic: str) -> None:
    assert info_topic(image_topic) == topic
