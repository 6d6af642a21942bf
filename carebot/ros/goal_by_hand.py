"""Has a robot carry out one goal of an action and waits for it, for commands; a node beside them spins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rclpy.action import ActionClient

from carebot.errors import SetupError

ANSWER_S = 10.0
POLL_S = 0.1


def carry_out(client: ActionClient, goal: Any, hear: Callable[[Any], None], whose: str, when_gone: str) -> Any:
    """The answer (`status` and `result`); interrupted (Ctrl-C), it calls the goal off first.

    `whose` is who carries it out, such as "navigation of /carebot"; `when_gone` says what follows where that vanishes.

    Raises:
        SetupError: nobody is there, or takes the goal, or is left.
    """
    if not client.wait_for_server(ANSWER_S):
        who, _, robot = whose.partition(" of ")
        raise SetupError(f"no {who} answers at {robot}: start the robot, or name it with --robot.")
    sending = client.send_goal_async(goal, lambda message: hear(message.feedback))
    gone = f"the {whose} is gone: {when_gone}; look at its log."
    try:
        sent = _wait(sending, client, gone)
        if not sent.accepted:
            raise SetupError(f"the {whose} does not take the goal: look at its log.")
        return _wait(sent.get_result_async(), client, gone)
    except KeyboardInterrupt:
        sent = _wait(sending, client, gone)  # also a goal that was only just sent: nobody is left to watch it
        if sent.accepted:
            _wait(sent.cancel_goal_async(), client, gone)
        raise


def _wait(future, client: ActionClient, gone: str):
    """The future's result; the other thread spins."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    missed = 0
    while not done.wait(POLL_S):
        missed = 0 if client.server_is_ready() else missed + 1
        if missed > round(ANSWER_S / POLL_S):
            raise SetupError(gone)
    return future.result()
