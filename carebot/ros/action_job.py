"""An action under way on another node, as a routine's step asks for it: at each tick, without ever waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient

from carebot.routines.ports import Outcome

ANSWER_S = 5.0
"""For so long a server may be missing before the step ends."""

ToOutcome = Callable[[Any, bool], Outcome]


class ActionJob:
    """One goal of one action. `server` is what it is called in a sentence; `ended` reads a result.

    `ended` gets the result and whether the goal succeeded. A server that is not there, that refuses, or that is gone
    for some seconds, ends the job with a reason.
    """

    def __init__(self, client: ActionClient, goal: Any, server: str, ended: ToOutcome) -> None:
        self._client, self._goal, self._server, self._ended = client, goal, server, ended
        self._sending = self._waiting = None
        self._handle = None
        self._is_cancelled = False
        self._missing_since_s: float | None = None

    def outcome(self, _now_s: float) -> Outcome | None:
        """How it ended; None while it goes on."""
        if self._waiting is not None and self._waiting.done():
            answer = self._waiting.result()
            return self._ended(answer.result, answer.status == GoalStatus.STATUS_SUCCEEDED)
        if self._is_missing():
            what = "no longer answers" if self._sending else "does not answer"
            return Outcome(False, f"{self._server} {what}")
        if self._sending is None:
            if self._client.server_is_ready():
                self._sending = self._client.send_goal_async(self._goal)
        elif self._handle is None and self._sending.done():
            return self._accepted(self._sending.result())
        return None

    def cancel(self) -> None:
        """Call it off; a goal that was only just sent is called off when it is accepted."""
        if self._is_cancelled:
            return
        self._is_cancelled = True
        if self._handle is not None:
            self._handle.cancel_goal_async()
        elif self._sending is not None:
            self._sending.add_done_callback(_call_off)

    def _accepted(self, handle: Any) -> Outcome | None:
        if not handle.accepted:
            return Outcome(False, f"{self._server} refuses it")
        self._handle, self._waiting = handle, handle.get_result_async()
        return None

    def _is_missing(self) -> bool:
        now_s = time.monotonic()
        if self._client.server_is_ready():
            self._missing_since_s = None
            return False
        if self._missing_since_s is None:
            self._missing_since_s = now_s
        return now_s - self._missing_since_s > ANSWER_S


def _call_off(sending: Any) -> None:
    handle = sending.result()
    if handle is not None and handle.accepted:
        handle.cancel_goal_async()
