"""The robot goes where it is sent: real simulation, safety, drive and navigation processes over real DDS."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from action_msgs.msg import GoalStatus
from carebot_interfaces.action import GoTo
from carebot_interfaces.msg import DriveState
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient

from carebot.resources import share_dir

STANDING = """
description: The resident stands in the bedroom, the robot in the corridor.
world: home
robot: {at: [3.0, 3.9], facing_deg: 180}
start: {at: [2.0, 5.6]}
script: [{stand: 600}]
"""
SITE = {
    "map": str(share_dir() / "sim" / "sites" / "home_map.yaml"),
    "rooms": [{"name": "corridor", "polygon": [[0, 3.2], [5.4, 3.2], [5.4, 4.6], [0, 4.6]]}],
    "places": [
        {"name": "here", "at": [3.0, 3.9], "facing_deg": 180},
        {"name": "there", "at": [1.8, 3.85], "facing_deg": 180},
        {"name": "in_the_wall", "at": [2.6, 1.0]},
    ],
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
        ({"kind": "dock"}, "no charger"),
        ({"kind": "moon"}, "no kind 'moon'"),
        ({"kind": "pose", "x_m": math.nan}, "a number that is none"),
    ):
        answer = sender.result(sender.send(**goal))
        assert answer.status == GoalStatus.STATUS_ABORTED
        assert not answer.result.arrived
        assert words in answer.result.reason


def test_without_odometry_it_says_so_and_can_be_called_off(peer, start, site: Path) -> None:
    start(navigation={"site": str(site), "start": "here"})
    sender = Sender(peer)
    handle = sender.send(name="there")
    peer.wait_until(lambda: any("odometry is silent" in each.reason for each in sender.feedback), "the reason")
    called_off = handle.cancel_goal_async()
    peer.wait_until(called_off.done, "the answer to that")
    answer = sender.result(handle)
    assert answer.status == GoalStatus.STATUS_CANCELED
    assert answer.result.reason == "it was called off"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"site": "castle"}, "no site 'castle'"), ({"start": "attic"}, "start: there is no destination 'attic'")],
)
def test_a_wrong_parameter_ends_the_start_in_a_sentence(start, site: Path, parameters: dict, words: str) -> None:
    running = start(navigation={"site": str(site), "start": "here", **parameters})
    assert running.wait() == 2
    assert any(words in line for line in running.lines)


@pytest.mark.slow
def test_it_goes_there_through_safety_and_drive(peer, start, site: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "standing.yaml"
    scenario.write_text(STANDING, encoding="utf-8")
    truths, drives = peer.collect(Odometry, "ground_truth/robot"), peer.collect(DriveState, "drive_state")
    timed, port = {"use_sim_time": True}, str(tmp_path / "motors")
    start(simulation={"scenario": str(scenario), "port": port, "width_px": 96, "height_px": 72, "fps": 1.0})
    start(drive={**timed, "port": port})
    start(safety={**timed, "estop_file": str(tmp_path / "stop.json")})
    start(navigation={**timed, "site": str(site), "start": "here"})
    peer.wait_until(lambda: drives and drives[-1].armed and truths, "armed motors")
    sender = Sender(peer)
    answer = sender.result(sender.send(name="there"))
    assert answer.result.reason == ""
    assert answer.result.arrived
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    position = truths[-1].pose.pose.position
    assert (position.x, position.y) == pytest.approx((1.8, 3.85), abs=0.2)
    assert (answer.result.x_m, answer.result.y_m) == pytest.approx((position.x, position.y), abs=0.12)
    assert any(each.phase == "driving" and each.left_m > 0.5 for each in sender.feedback)

    blocked = sender.result(sender.send(name="in_the_wall"))
    assert blocked.status == GoalStatus.STATUS_ABORTED
    assert "inside of something" in blocked.result.reason
