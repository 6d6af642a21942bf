"""Sends a robot somewhere and listens until it is there: what `carebot go` does over ROS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from action_msgs.msg import GoalStatus
from carebot_interfaces.action import GoTo
from rclpy.action import ActionClient

from carebot.ros.beside import node_beside
from carebot.ros.goal_by_hand import carry_out


@dataclass(frozen=True, slots=True)
class Going:
    """How a trip went; `reason` says why it did not arrive, `note` what is to be known where it did."""

    arrived: bool
    reason: str
    duration_s: float
    x_m: float
    y_m: float
    yaw_rad: float
    note: str = ""


def go(robot: str, goal: GoTo.Goal, hear: Callable[[GoTo.Feedback], None]) -> Going:
    """Send the robot and wait; interrupted (Ctrl-C), it calls the trip off first.

    Raises:
        SetupError: no navigation answers there.
    """
    with node_beside("go", robot) as node:
        client = ActionClient(node, GoTo, "go_to")
        answer = carry_out(client, goal, hear, f"navigation of /{robot}", "the robot stands")
        result = answer.result
        arrived = result.arrived and answer.status == GoalStatus.STATUS_SUCCEEDED
        where = result.x_m, result.y_m, result.yaw_rad
        return Going(arrived, result.reason, result.duration_s, *where, result.note)
