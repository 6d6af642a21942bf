from __future__ import annotations

import math

import numpy as np
import pytest
from carebot_interfaces.msg import FallAlert
from carebot_interfaces.msg import People as PeopleMsg
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Pose, PoseStamped, PoseWithCovariance
from nav_msgs.msg import Odometry

from carebot.people import People, Person
from carebot.ros import qos
from carebot.ros.convert import people_to_msg
from carebot.ros.drive_messages import heading

STANDING_BODY_LENGTHS = np.array(
    [
        *((0.0, 0.94), (0.02, 0.96), (-0.02, 0.96), (0.04, 0.95), (-0.04, 0.95)),
        *((0.1, 0.82), (-0.1, 0.82), (0.13, 0.63), (-0.13, 0.63), (0.14, 0.47), (-0.14, 0.47)),
        *((0.07, 0.53), (-0.07, 0.53), (0.07, 0.28), (-0.07, 0.28), (0.07, 0.04), (-0.07, 0.04)),
    ]
)
"""COCO joints of a person who stands: across and above the ankles, in body lengths."""

FPS = 12.0


def person(angle_rad: float) -> Person:
    """The standing person turned about the feet: 0 upright, pi/2 on the floor."""
    across, up = STANDING_BODY_LENGTHS.T
    x = across * math.cos(angle_rad) + up * math.sin(angle_rad)
    y = up * math.cos(angle_rad) - across * math.sin(angle_rad)
    keypoints = np.column_stack([0.4 + 0.6 * x * 480 / 640, 0.85 - 0.6 * y, np.full(17, 0.95)])
    return Person(1, 0.9, keypoints.astype(np.float32))


def fall(time_s: float) -> float:
    """Stands for three seconds, is on the floor 0.6 s later."""
    return min(max(time_s - 3.0, 0.0) / 0.6, 1.0) ** 2 * math.pi / 2


def play(peer, publisher, duration_s: float) -> None:
    """Publish one picture's people after another, each when the middleware has taken the one before."""
    for number in range(int(duration_s * FPS)):
        time_s = number / FPS
        publisher.publish(people_to_msg(People(1000.0 + time_s, 640, 480, (person(fall(time_s)),)), "eye"))
        peer.spin(0.01)


def vanish(peer, publisher, odometry, first_s: float, *, turns: bool) -> None:
    """Somebody on the way down is seen no more; meanwhile the robot turns by a radian a second, or not."""
    for number in range(int(6.0 * FPS)):
        time_s = number / FPS
        is_seen = time_s < 3.6
        yaw_rad = 0.0 if is_seen or not turns else time_s - 3.6
        odometry.publish(Odometry(pose=PoseWithCovariance(pose=Pose(orientation=heading(yaw_rad)))))
        peer.spin(0.02)
        people = (person(fall(time_s)),) if is_seen else ()
        publisher.publish(people_to_msg(People(first_s + time_s, 640, 480, people), "eye"))
        peer.spin(0.01)


@pytest.fixture
def publisher(peer):
    return peer.create_publisher(PeopleMsg, "people", qos.PEOPLE)


def test_a_fall_is_told_and_told_again_to_whoever_comes_late(peer, start, publisher) -> None:
    start(falls={"confirm_after_s": 1.5})
    heard = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    peer.wait_until(lambda: publisher.get_subscription_count() and peer.count_publishers("fall_alerts"), "the node")
    play(peer, publisher, duration_s=8.0)
    peer.wait_until(lambda: len(heard) >= 2, "two alerts")
    suspected, confirmed = heard
    assert (suspected.event, confirmed.event) == (FallAlert.SUSPECTED, FallAlert.CONFIRMED)
    assert suspected.fall_id == confirmed.fall_id
    assert suspected.header.frame_id == "eye"
    assert confirmed.header.stamp.sec - suspected.header.stamp.sec in (1, 2)
    assert suspected.reason
    assert len(suspected.evidence_names) == len(suspected.evidence_values) > 0

    late = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    peer.wait_until(lambda: len(late) >= 2, "both alerts again")
    assert [alert.event for alert in late] == [FallAlert.SUSPECTED, FallAlert.CONFIRMED]


def test_silence_of_perception_is_an_error_in_diagnostics(peer, start, publisher) -> None:
    start(falls={})
    heard = peer.collect(DiagnosticArray, "diagnostics")
    peer.wait_until(lambda: heard, "a report")
    assert "nothing from perception" in heard[-1].status[0].message
    peer.wait_until(publisher.get_subscription_count, "the node")
    play(peer, publisher, duration_s=0.5)
    peer.wait_until(lambda: "watches 1" in heard[-1].status[0].message, "people in the report")
    peer.wait_until(lambda: "silent" in heard[-1].status[0].message, "the silence")


def test_without_its_network_the_rules_watch_alone_and_it_says_so(peer, start, publisher, tmp_path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    start(falls={"posture_network": str(tmp_path / "broken.onnx")})
    alerts = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    health = peer.collect(DiagnosticArray, "diagnostics")
    peer.wait_until(lambda: publisher.get_subscription_count() and peer.count_publishers("fall_alerts"), "the node")
    play(peer, publisher, duration_s=8.0)
    peer.wait_until(lambda: len(alerts) >= 2, "two alerts")
    peer.wait_until(lambda: "broken.onnx" in health[-1].status[0].message, "why the rules watch alone")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"confirm_after_s": "soon"}, "confirm_after_s"),
        ({"confirm_after_s": -1}, "confirm_after_s"),
        ({"confrm_after_s": 1}, "confrm_after_s"),
        ({"bed_zones": [0.1, 0.2, 0.3]}, "bed_zones"),
        ({"mounting": {"height": 1}}, "mounting.height"),
        ({"site": "nowhere.yaml"}, "nowhere.yaml"),
    ],
)
def test_a_bad_parameter_ends_the_node_with_a_sentence(start, parameters: dict, said: str) -> None:
    running = start(falls=parameters)
    assert running.wait() == 2
    assert any(said in line for line in running.lines)
    assert not any("Traceback" in line for line in running.lines)


def test_on_the_mat_in_its_hour_waiting_confirms_nothing(peer, start, publisher, tmp_path) -> None:
    """The robot stands at the origin and looks along x; the person is some metres before it."""
    floor = "[[0.2, -3], [9, -3], [9, 3], [0.2, 3]]"
    (tmp_path / "site.yaml").write_text(f"zones: [{{name: mat, kind: exercise, polygon: {floor}}}]\n")
    start(falls={"ask": False, "site": str(tmp_path / "site.yaml")})
    heard = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    pose = peer.create_publisher(PoseStamped, "map_pose", 1)
    peer.wait_until(lambda: publisher.get_subscription_count() and pose.get_subscription_count(), "the node")
    for number in range(int(8.0 * FPS)):
        pose.publish(PoseStamped())
        people = People(1000.0 + number / FPS, 640, 480, (person(fall(number / FPS)),))
        publisher.publish(people_to_msg(people, "eye"))
        peer.spin(0.01)
    peer.wait_until(lambda: heard, "the question")
    peer.spin(0.5)
    assert [alert.event for alert in heard] == [FallAlert.SUSPECTED]
    evidence = dict(zip(heard[0].evidence_names, heard[0].evidence_values, strict=True))
    assert 0.2 < evidence["place_x_m"] < 9
    assert abs(evidence["place_y_m"]) < 3


def test_whom_the_robot_turns_away_from_has_not_vanished(peer, start, publisher) -> None:
    start(falls={"ask": False})
    heard = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    odometry = peer.create_publisher(Odometry, "odom", 10)
    peer.wait_until(lambda: publisher.get_subscription_count() and odometry.get_subscription_count(), "the node")
    vanish(peer, publisher, odometry, 1000.0, turns=True)
    peer.spin(0.5)
    assert heard == []
    vanish(peer, publisher, odometry, 2000.0, turns=False)
    peer.wait_until(lambda: heard, "an alert of somebody who vanished while falling")
    assert heard[0].reason_code == "lost_while_falling"
