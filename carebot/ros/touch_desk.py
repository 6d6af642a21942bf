"""The bumper as a way to call for help without words: it answers a question, or, out of the blue, has one asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count

from carebot_interfaces.msg import DriveState, MotionState
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool

from carebot.conversation.asking import HELP, NO, YES, Outcome, Question
from carebot.conversation.spoken import spoken
from carebot.conversation.text import Language
from carebot.conversation.touch import TouchSense
from carebot.ros import qos
from carebot.ros.ask_desk import AskDesk, Asked

PATIENCE_S = 10.0


class TouchDesk:
    """`bumper`, `motion_state` and `drive_state` in. `answered` gets how the question that a touch brought ended."""

    def __init__(
        self,
        node: Node,
        desk: AskDesk,
        language: Language,
        may_ask: Callable[[], bool],
        answered: Callable[[Outcome], None],
    ) -> None:
        self._node, self._desk, self._language = node, desk, language
        self._may_ask, self._answered = may_ask, answered
        self._sense, self._numbers, self._is_pressed = TouchSense(), count(1), False
        self._inputs = [
            node.create_subscription(Bool, "bumper", self._on_bumper, qos_profile_sensor_data),
            node.create_subscription(MotionState, "motion_state", self._on_motion, qos.latched(1)),
            node.create_subscription(DriveState, "drive_state", self._on_drive, 10),
        ]

    def _on_bumper(self, message: Bool) -> None:
        is_touch = self._sense.press(message.data, time.monotonic())
        begins, self._is_pressed = message.data and not self._is_pressed, message.data
        if begins and self._desk.open_question is not None:
            self._desk.touch()
        elif is_touch and self._may_ask():
            self._node.get_logger().info("somebody touches the robot, which asks whether they need help")
            self._ask()

    def _ask(self) -> None:
        text = spoken("touched", self._language)
        question = Question(text, self._language, (YES, NO, HELP), PATIENCE_S, repeats=1, touch_after_asked=True)
        asked = Asked(f"touch {next(self._numbers)}", question, False, done=self._on_answer, in_quiet_hours=True)
        self._desk.ask(asked)

    def _on_answer(self, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._node.get_logger().info(f"to the question after a touch: {outcome.answer} {outcome.heard}".rstrip())
            self._answered(outcome)

    def _on_motion(self, message: MotionState) -> None:
        self._sense.motion(any((message.vx_m_s, message.vy_m_s, message.yaw_rad_s)), time.monotonic())

    def _on_drive(self, message: DriveState) -> None:
        self._sense.motion(message.moving, time.monotonic())
