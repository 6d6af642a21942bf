"""The robot goes where it is sent: real simulation, safety, drive and navigation processes over real DDS."""

from __future__ import annotations

import contextlib
import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from action_msgs.msg import GoalStatus
from carebot_interfaces.action import GoTo
from carebot_interfaces.msg import DriveState, HouseSettings, MotionState, QuietHours, SiteState
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient

from carebot.navigation.goals import NEAR_M
from carebot.resources import share_dir
from carebot.ros import qos
from carebot.safety.parameters import SafetyParameters
from tests.ros.conftest import ROBOT

LIMITS = SafetyParameters()
BRAKING_M = 0.5 * (LIMITS.latency_s + 0.1) + 0.5**2 / (2 * LIMITS.deceleration_m_s2)
"""What the safety judge counts with at half a metre a second, with a scan of a tenth of a second ago."""

STANDING = """
description: The resident stands in the living room, the robot in the corridor before the bedroom.
world: home
robot: {at: [3.0, 3.9], facing_deg: 90}
start: {at: [7.2, 2.5]}
script: [{stand: 600}]
"""
SITE = {
    "map": str(share_dir() / "sim" / "sites" / "home_map.yaml"),
    "rooms": [
        {"name": "corridor", "polygon": [[0, 3.2], [5.4, 3.2], [5.4, 4.6], [0, 4.6]]},
        {
            "name": "bedroom",
            "polygon": [[0, 4.6], [4, 4.6], [4, 8], [0, 8]],
            "stand": {"at": [2.3, 6.1], "facing_deg": 150},
        },
    ],
    "places": [
        {"name": "here", "at": [3.0, 3.9], "facing_deg": 90},
        {"name": "in_the_wall", "at": [2.6, 1.0]},
    ],
    "doors": [{"name": "bedroom_door", "at": [3.04, 4.6], "between": ["corridor", "bedroom"]}],
}


class Sender:
    """Sends the robot and collects what comes back."""

    def __init__(self, peer) -> None:
        self.peer, self.feedback = peer, []
        self.client = ActionClient(peer, GoTo, "go_to")

    def send(self, **goal):
        self.peer.wait_until(self.client.server_is_ready, "the action server")
        sent = self.client.send_goal_async(GoTo.Goal(**goal), lambda m: self.feedback.append(m.feedback))
        self.peer.wait_until(sent.done, "an answer to the goal")
        assert sent.result().accepted
        return sent.result()

    def result(self, handle):
        waiting = handle.get_result_async()
        self.peer.wait_until(waiting.done, "the result")
        return waiting.result()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(SITE))
    return path


def test_goals_that_cannot_be_are_refused_in_words(peer, start, site: Path) -> None:
    start(navigation={"site": str(site), "start": "here"})
    sender = Sender(peer)
    for goal, words in (
        ({"name": "attic"}, "no destination 'attic'"),
        ({"name": "bedrom"}, "did you mean bedroom?"),
        ({"kind": "dock"}, "no charger"),
        ({"kind": "moon"}, "no kind 'moon'"),
        ({"kind": "person", "name": "attic"}, "no destination 'attic'"),
        ({"kind": "follow", "name": "attic"}, "no destination 'attic'"),
        ({"kind": "pose", "x_m": math.nan}, "a number that is none"),
        ({"kind": "near", "y_m": math.inf}, "a number that is none"),
    ):
        answer = sender.result(sender.send(**goal))
        assert answer.status == GoalStatus.STATUS_ABORTED
        assert not answer.result.arrived
        assert words in answer.result.reason


def test_without_odometry_it_says_so_and_goes_nowhere_later(peer, start, site: Path) -> None:
    wishes = peer.collect(TwistStamped, "cmd_vel_nav")
    start(navigation={"site": str(site), "start": "here"})
    sender = Sender(peer)
    answer = sender.result(sender.send(name="bedroom"))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.reason == "the odometry is silent"
    assert any("odometry is silent" in each.reason for each in sender.feedback)
    assert all(wish.twist.linear.x == wish.twist.angular.z == 0.0 for wish in wishes)


def test_an_emergency_stop_ends_the_trip_and_lets_none_begin(peer, start, site: Path) -> None:
    state = peer.create_publisher(MotionState, "motion_state", qos.latched(1))
    start(navigation={"site": str(site), "start": "here"})
    sender = Sender(peer)
    following = sender.send(kind="follow")
    state.publish(MotionState(emergency_stop=True, emergency_stop_cause="somebody said stop"))
    for handle in (following, sender.send(name="bedroom")):
        answer = sender.result(handle)
        assert answer.status == GoalStatus.STATUS_ABORTED
        assert answer.result.reason == "the robot is stopped by its emergency stop: somebody said stop"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"site": "castle"}, "no site 'castle'"), ({"start": "attic"}, "start: there is no destination 'attic'")],
)
def test_a_wrong_parameter_ends_the_start_in_a_sentence(start, site: Path, parameters: dict, words: str) -> None:
    running = start(navigation={"site": str(site), "start": "here", **parameters})
    assert running.wait() == 2
    assert any(words in line for line in running.lines)


@contextlib.contextmanager
def carebot_go(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    code = "import sys; from carebot.cli import main; main()"
    command = [sys.executable, "-c", code, "go", *arguments, "--robot", ROBOT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_tells_of_quiet_hours_as_the_site_file_and_then_care_has_them(peer, start, site: Path) -> None:
    before_noon, after_noon = {"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "00:00"}
    site.write_text(yaml.safe_dump({**SITE, "quiet_hours": [before_noon, after_noon]}))
    told = peer.collect(SiteState, "site_state")
    start(navigation={"site": str(site), "start": "here"})
    peer.wait_until(lambda: told and told[-1].night, "quiet hours")
    assert math.isnan(told[-1].door_distance_m), "without odometry it does not know where it is"
    care = peer.create_publisher(HouseSettings, "house_settings", qos.SCHEDULE)
    care.publish(HouseSettings(quiet_hours=[]))
    peer.wait_until(lambda: not told[-1].night, "hours that are not quiet")
    hours = [QuietHours(resident="佐藤ハナ", begin=each["from"], end=each["to"]) for each in (before_noon, after_noon)]
    care.publish(HouseSettings(quiet_hours=hours))
    peer.wait_until(lambda: told[-1].night, "the quiet hours of a resident")


@pytest.mark.slow
def test_it_goes_to_another_room_and_stands_when_it_is_called_off(peer, start, site: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "standing.yaml"
    scenario.write_text(STANDING, encoding="utf-8")
    truths, drives = peer.collect(Odometry, "ground_truth/robot"), peer.collect(DriveState, "drive_state")
    told, states = peer.collect(SiteState, "site_state"), peer.collect(MotionState, "motion_state", qos.latched(1))
    timed, port = {"use_sim_time": True}, str(tmp_path / "motors")
    start(simulation={"scenario": str(scenario), "port": port, "width_px": 96, "height_px": 72, "fps": 1.0})
    start(drive={**timed, "port": port})
    start(safety={**timed, "estop_file": str(tmp_path / "stop.json")})
    start(navigation={**timed, "site": str(site), "start": "here"})
    peer.wait_until(lambda: drives and drives[-1].armed and truths, "armed motors")

    def y_m() -> float:
        return truths[-1].pose.pose.position.y

    with carebot_go("bedroom") as going:
        peer.wait_until(lambda: y_m() > 4.1, "the robot on its way")
        going.send_signal(signal.SIGINT)
        peer.wait_until(lambda: going.poll() is not None, "the end of carebot go")
        called_off_m, seen = y_m(), len(truths)
        assert going.returncode == 130
    peer.wait_until(lambda: len(truths) > seen + 40, "the robot standing")
    assert y_m() - called_off_m < BRAKING_M
    stands_m, seen = y_m(), len(truths)
    peer.wait_until(lambda: len(truths) > seen + 20, "the robot still standing")
    assert y_m() == pytest.approx(stands_m, abs=0.005)

    sender = Sender(peer)
    answer = sender.result(sender.send(name="bedroom"))
    assert (answer.status, answer.result.reason) == (GoalStatus.STATUS_SUCCEEDED, "")
    position = truths[-1].pose.pose.position
    assert (position.x, position.y) == pytest.approx((2.3, 6.1), abs=0.2)
    assert (answer.result.x_m, answer.result.y_m) == pytest.approx((position.x, position.y), abs=0.12)
    assert any(each.phase == "driving" and each.left_m > 0.5 for each in sender.feedback)
    assert told[-1].door_distance_m == pytest.approx(math.dist((position.x, position.y), (3.04, 4.6)), abs=0.12)
    assert any(reason.code == "door" for state in states for reason in state.reasons)

    spot = (1.0, 7.0)
    near = sender.result(sender.send(kind="near", x_m=spot[0], y_m=spot[1]))
    assert (near.status, near.result.reason) == (GoalStatus.STATUS_SUCCEEDED, "")
    stands = near.result.x_m, near.result.y_m
    assert math.dist(stands, spot) < NEAR_M[-1] + 0.2
    facing_rad = math.atan2(spot[1] - stands[1], spot[0] - stands[0])
    assert math.cos(facing_rad - near.result.yaw_rad) > 0.95

    blocked = sender.result(sender.send(name="in_the_wall"))
    assert blocked.status == GoalStatus.STATUS_ABORTED
    assert "inside of something" in blocked.result.reason


def test_nobody_to_send_is_one_sentence() -> None:
    with carebot_go("bedroom", "--json") as going:
        assert going.stdout is not None
        said = going.stdout.read()
    assert "no navigation answers at /test_robot" in said
    assert said.count("\n") == 1
