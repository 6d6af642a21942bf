"""What a resident asks of other parts of the robot: sent out, and answered, by them or by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from carebot_interfaces.msg import ResidentReply, ResidentRequest
from rclpy.node import Node

from carebot.conversation.dialogue import Act
from carebot.conversation.text import LANGUAGES, Language
from carebot.ros import qos

REPLY_WITHIN_S = 3.0
"""Whoever carries a request out has said so by then; else the robot says that it cannot do that."""

Say = Callable[[str, Language, str], None]
"""A text, its language, and the turn to which it belongs."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    act: str
    turn: str
    until_s: float


class Requests:
    """`requests` out, `request_replies` in. `say` gets what is to be said about one, `nobody` the name of what nobody
    does, and its turn.
    """

    def __init__(
        self,
        node: Node,
        resident: str,
        language: Language,
        say: Say,
        nobody: Callable[[str, str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node, self._resident, self._language = node, resident, language
        self._say, self._nobody, self._now = say, nobody, now
        self._waiting: dict[str, _Waiting] = {}
        self._turns: dict[str, str] = {}
        self._out = node.create_publisher(ResidentRequest, "requests", qos.SPOKEN_ONCE)
        self._in = node.create_subscription(ResidentReply, "request_replies", self._on_reply, qos.SPOKEN_ONCE)

    def send(self, act: Act, request_id: str, turn: str, who: str = "") -> bool:
        """Ask for `act`, for `who` where that is not the resident; False where nobody listens."""
        if self._out.get_subscription_count() == 0:
            return False
        self._out.publish(
            ResidentRequest(
                stamp=self._node.get_clock().now().to_msg(),
                name=act.name,
                detail_names=list(act.details),
                detail_values=[str(value) for value in act.details.values()],
                language=self._language,
                who=who or self._resident,
                id=request_id,
            )
        )
        self._waiting[request_id] = _Waiting(act.name, turn, self._now() + REPLY_WITHIN_S)
        self._turns[request_id] = turn
        return True

    def tick(self) -> None:
        """Give up what nobody answered in time; an answer that comes later is said all the same."""
        for request_id in [each for each, waiting in self._waiting.items() if self._now() >= waiting.until_s]:
            waiting = self._waiting.pop(request_id)
            self._node.get_logger().warning(f"nobody carries out {waiting.act} (within {REPLY_WITHIN_S:g} s)")
            self._nobody(waiting.act, waiting.turn)

    def _on_reply(self, message: ResidentReply) -> None:
        turn = self._turns.get(message.request)
        if turn is None:  # another conversation's
            return
        self._waiting.pop(message.request, None)
        if message.what in (ResidentReply.DONE, ResidentReply.FAILED, ResidentReply.REFUSED):
            del self._turns[message.request]
        language = next((each for each in LANGUAGES if each == message.language), self._language)
        if message.text:
            self._say(message.text, language, turn)
