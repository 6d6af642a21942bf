"""Sends a robot somewhere and listens until it is there: what `carebot go` does over ROS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from action_msgs.msg import GoalStatus
from carebot_interfaces.action import GoTo
from rclpy.action import ActionClient

from carebot.errors import SetupError
from carebot.ros.beside import node_beside

ANSWER_S = 10.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Going:
    """How a trip went; `reason` says why it did not arrive."""

    arrived: bool
    reason: str
    duration_s: float
    x_m: float
    y_m: float
    yaw_rad: float


def go(robot: str, goal: GoTo.Goal, hear: Callable[[GoTo.Feedback], None]) -> Going:
    """Send the robot and wait; interrupted (Ctrl-C), it calls the trip off first.

    Raises:
        SetupError: no navigation answers there.
    """
    with node_beside("go", robot) as node:
        client = ActionClient(node, GoTo, "go_to")
        if not client.wait_for_server(ANSWER_S):
            raise SetupError(f"no navigation answers at /{robot}: start the robot, or name it with --robot.")
        sending = client.send_goal_async(goal, lambda message: hear(message.feedback))
        try:
            sent = _wait(sending, client, robot)
            if not sent.accepted:
                raise SetupError(f"the navigation of /{robot} does not take the goal: look at its log.")
            answer = _wait(sent.get_result_async(), client, robot)
        except KeyboardInterrupt:
            _call_off(sending, client, robot)
            raise
        result = answer.result
        arrived = result.arrived and answer.status == GoalStatus.STATUS_SUCCEEDED
        return Going(arrived, result.reason, result.duration_s, result.x_m, result.y_m, result.yaw_rad)


def _call_off(sending, client: ActionClient, robot: str) -> None:
    """Also a goal that was only just sent: nobody is left to watch it."""
    sent = _wait(sending, client, robot)
    if sent.accepted:
        _wait(sent.cancel_goal_async(), client, robot)


def _wait(future, client: ActionClient, robot: str):
    """The future's result; the other thread spins."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    gone_after = round(ANSWER_S / POLL_S)
    missed = 0
    while not done.wait(POLL_S):
        missed = 0 if client.server_is_ready() else missed + 1
        if missed > gone_after:
            raise SetupError(f"the navigation of /{robot} is gone: the robot stands; look at its log.")
    return future.result()
