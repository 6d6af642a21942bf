"""Asks a robot for a routine and listens until it is over: what `carebot routine run` does over ROS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from action_msgs.msg import GoalStatus
from carebot_interfaces.action import RunRoutine
from rclpy.action import ActionClient

from carebot.errors import SetupError
from carebot.ros.beside import node_beside

ANSWER_S = 10.0
POLL_S = 0.1


def run_routine(
    robot: str, name: str, values: Mapping[str, str], by: str, tell: Callable[[str], None]
) -> tuple[bool, str]:
    """Have it run; whether it was done, and if not, why. Interrupted (Ctrl-C), it cancels the run first.

    Raises:
        SetupError: no care answers there.
    """
    with node_beside("routine", robot) as node:
        client = ActionClient(node, RunRoutine, "run_routine")
        if not client.wait_for_server(ANSWER_S):
            raise SetupError(f"no care answers at /{robot}: start the robot, or name it with --robot.")
        goal = RunRoutine.Goal(name=name, started_by=by)
        goal.parameter_names, goal.parameter_values = list(values), list(values.values())
        sending = client.send_goal_async(goal, lambda message: tell(message.feedback.told))
        try:
            answer = _wait(_wait(sending, client, robot).get_result_async(), client, robot)
        except KeyboardInterrupt:
            _wait(_wait(sending, client, robot).cancel_goal_async(), client, robot)
            raise
        result = answer.result
        return result.is_done and answer.status == GoalStatus.STATUS_SUCCEEDED, result.reason


def _wait(future, client: ActionClient, robot: str):
    """The future's result; the other thread spins."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    missed = 0
    while not done.wait(POLL_S):
        missed = 0 if client.server_is_ready() else missed + 1
        if missed > round(ANSWER_S / POLL_S):
            raise SetupError(f"the care of /{robot} is gone: a run goes on when it is back; look at its log.")
    return future.result()
