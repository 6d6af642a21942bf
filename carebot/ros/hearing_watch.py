"""Care's eye on the robot's ear: who hears nothing cannot be called for help, and somebody has to know."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node
from std_msgs.msg import String

from carebot.ros import qos
from carebot.ros.diagnostics import Health, Level
from carebot.ros.routine_ports import CareMessages
from carebot.routines.own_texts import own_text

TOLD_AFTER_S = 120.0
"""A plug that was pulled for a moment is nobody's message."""


class HearingWatch:
    """`hearing_fault` in. Diagnostics say it at once; who is called first is told when it lasts and when it is over."""

    def __init__(self, node: Node, messages: CareMessages, changed: Callable[[], None]) -> None:
        self._node, self._messages, self._changed = node, messages, changed
        self._fault, self._since_s = "", 0.0
        self._is_told = False
        self._input = node.create_subscription(String, "hearing_fault", self._on_fault, qos.HEARING_FAULT)

    def tick(self, now_s: float) -> None:
        """By the monotonic clock."""
        if self._fault and not self._is_told and now_s - self._since_s >= TOLD_AFTER_S:
            self._is_told = True
            self._tell("deaf", minutes=round(TOLD_AFTER_S / 60.0), why=self._fault)

    def health(self) -> list[Health]:
        """Nothing where the robot hears."""
        return [Health("hearing", Level.WARN, f"the robot hears nothing: {self._fault}")] if self._fault else []

    def _on_fault(self, message: String) -> None:
        if message.data == self._fault:
            return
        if message.data and not self._fault:
            self._since_s = time.monotonic()
            self._node.get_logger().warning(f"the robot hears nothing: {message.data}")
        self._fault = message.data
        self._changed()
        if not self._fault and self._is_told:
            self._is_told = False
            self._tell("hears")

    def _tell(self, key: str, **values: object) -> None:
        language = self._messages.language_of("")
        now_s = time.time()
        title, body = own_text(f"{key}_title", language), own_text(key, language, **values)
        self._messages.tell("", title, body, f"{key}/{now_s}", now_s)
