"""Asks a robot for a routine and listens until it is over: what `carebot routine run` does over ROS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from action_msgs.msg import GoalStatus
from carebot_interfaces.action import RunRoutine
from rclpy.action import ActionClient

from carebot.ros.beside import node_beside
from carebot.ros.goal_by_hand import carry_out


def run_routine(
    robot: str, name: str, values: Mapping[str, str], by: str, tell: Callable[[str], None]
) -> tuple[bool, str]:
    """Have it run; whether it was done, and if not, why. Interrupted (Ctrl-C), it cancels the run first.

    Raises:
        SetupError: no care answers there.
    """
    with node_beside("routine", robot) as node:
        client = ActionClient(node, RunRoutine, "run_routine")
        goal = RunRoutine.Goal(name=name, started_by=by)
        goal.parameter_names, goal.parameter_values = list(values), list(values.values())
        when_gone = "a run goes on when it is back"
        answer = carry_out(client, goal, lambda heard: tell(heard.told), f"care of /{robot}", when_gone)
        result = answer.result
        return result.is_done and answer.status == GoalStatus.STATUS_SUCCEEDED, result.reason
