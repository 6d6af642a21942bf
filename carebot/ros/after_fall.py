"""Asks the person who may have fallen, through the action `ask`; without one, everything goes on as if nobody asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from carebot_interfaces.action import Ask
from carebot_interfaces.msg import Exchange as ExchangeMsg
from carebot_interfaces.msg import FallExchange
from rclpy.action import ActionClient
from rclpy.node import Node

from carebot.alerts import Exchange, FallEvent, FallEventKind, ResidentAnswer
from carebot.conversation.asking import DEFAULT_PATIENCE_S, DEFAULT_REPEATS
from carebot.conversation.spoken import spoken
from carebot.conversation.text import Language
from carebot.ros import qos
from carebot.ros.convert import exchange_to_msg


@dataclass(frozen=True, slots=True)
class AskingParameters:
    """How the person who may have fallen is asked."""

    ask: bool = True
    """Whether "are you all right?" is asked at all."""

    ask_language: Literal["", "en", "ja", "fr"] = ""
    """The language of the question; by default the residents' in the site file, else English."""

    ask_patience_s: float = DEFAULT_PATIENCE_S
    """How long each time is waited for an answer, in seconds."""

    ask_repeats: int = DEFAULT_REPEATS
    """How often the question is asked again, each time louder."""


class AfterFall:
    """One question for each fall. `answered` gets what the person said (its fall's number and the answer)."""

    def __init__(
        self,
        node: Node,
        parameters: AskingParameters,
        home_language: Language,
        run_id: str,
        answered: Callable[[int, ResidentAnswer], None],
    ) -> None:
        self._language: Language = parameters.ask_language or home_language
        self._node, self._p, self._run_id, self._answered = node, parameters, run_id, answered
        self._client = ActionClient(node, Ask, "ask")
        self._out = node.create_publisher(FallExchange, "fall_exchanges", qos.FALL_ALERTS)
        self._goals: dict[int, Any] = {}
        self._times_asked: dict[int, int] = {}

    @property
    def can_ask(self) -> bool:
        """Asking is wanted and somebody is there who asks."""
        return self._p.ask and self._client.server_is_ready()

    def hear(self, event: FallEvent) -> None:
        """A step of a fall: its beginning is asked about, its end ends the question."""
        if event.kind is FallEventKind.SUSPECTED:
            self._ask(event.fall_id)
        elif event.kind is FallEventKind.RECOVERED and event.fall_id in self._times_asked:
            times = self._times_asked.pop(event.fall_id)
            goal = self._goals.pop(event.fall_id, None)
            if goal is not None:
                goal.cancel_goal_async()
            self._tell(event.fall_id, ResidentAnswer.FINE, "", "posture", times)

    def close(self) -> None:
        """Nobody waits for an answer any more."""
        self._client.destroy()

    def _ask(self, fall_id: int) -> None:
        if not self.can_ask:
            return
        goal = Ask.Goal(
            question=spoken("all_right", self._language),
            language=self._language,
            answers=[ResidentAnswer.FINE.value, ResidentAnswer.HELP.value],
            patience_s=float(self._p.ask_patience_s),
            repeats=min(255, max(0, self._p.ask_repeats)),
            is_urgent=True,
        )
        self._times_asked[fall_id] = 1
        sending = self._client.send_goal_async(goal, lambda message: self._on_feedback(fall_id, message.feedback))
        sending.add_done_callback(lambda sent: self._on_sent(fall_id, sent.result()))

    def _on_sent(self, fall_id: int, handle: Any) -> None:
        if not handle.accepted:
            self._times_asked.pop(fall_id, None)
            return
        if fall_id not in self._times_asked:  # over already
            handle.cancel_goal_async()
            return
        self._goals[fall_id] = handle
        handle.get_result_async().add_done_callback(lambda got: self._on_result(fall_id, got.result().result))

    def _on_feedback(self, fall_id: int, feedback: Ask.Feedback) -> None:
        if fall_id in self._times_asked:
            self._times_asked[fall_id] = feedback.times_asked

    def _on_result(self, fall_id: int, result: Ask.Result) -> None:
        self._goals.pop(fall_id, None)
        if self._times_asked.pop(fall_id, None) is None or not result.times_asked:
            return  # up again meanwhile, or it was never asked
        said = _answer_of(result.answer)
        self._tell(fall_id, said, result.heard, result.means, result.times_asked)
        self._answered(fall_id, said)

    def _tell(self, fall_id: int, said: ResidentAnswer, heard: str, means: str, times: int) -> None:
        language = self._language
        exchange = Exchange(time.time(), spoken("all_right", language), language, said.value, heard, means, times)
        message: ExchangeMsg = exchange_to_msg(exchange)
        self._out.publish(FallExchange(fall_id=f"{self._run_id}-{fall_id}", exchange=message))
        self._node.get_logger().warning(f"asked whether all is well {times} times: {said.value} {heard}".rstrip())


def _answer_of(answer: str) -> ResidentAnswer:
    known = {each.value: each for each in ResidentAnswer}
    return known.get(answer, ResidentAnswer.UNCLEAR)
