"""The simulated resident's voice: it reads what the robot says and answers by the scenario's script."""

from __future__ import annotations

import time

from carebot_interfaces.msg import Caption, Utterance
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from carebot.ros import qos
from carebot.ros.resident_sound import ResidentSound
from carebot.simulation.answering import Answer, Mouth
from carebot.simulation.scenario import Scenario

TICK_S = 0.1


class ResidentVoice:
    """Answers come as `typed_utterances` whose means is voice, or `aloud` as sound, some time after the robot has ended
    its sentence.

    Real seconds: sound takes them, also where the simulation is slower.
    """

    def __init__(self, node: Node, scenario: Scenario, aloud: ResidentSound | None = None) -> None:
        self._node, self._scenario, self._aloud = node, scenario, aloud
        self._out = node.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
        self._answer: Answer | None = None
        self._due_s: float | None = None
        self.begin()
        node.create_subscription(Caption, "captions", self._on_caption, qos.CAPTIONS)
        node.create_timer(TICK_S, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def begin(self) -> None:
        """The scenario begins anew, with all its answers."""
        self._mouth = Mouth(self._scenario.answers or (), self._scenario.language)
        self._answer, self._due_s = None, None

    def _on_caption(self, caption: Caption) -> None:
        if caption.text:
            self._answer, self._due_s = self._mouth.answer_to(caption.text) or self._answer, None
        elif self._answer is not None:
            self._due_s = time.monotonic() + self._answer.after_s

    def _tick(self) -> None:
        if self._answer is None or self._due_s is None or time.monotonic() < self._due_s:
            return
        says, self._answer, self._due_s = self._answer.says, None, None
        if says and self._aloud is not None:
            self._aloud.say(says, self._scenario.language)
        elif says:
            stamp = self._node.get_clock().now().to_msg()
            self._out.publish(Utterance(stamp=stamp, language=self._scenario.language, text=says, means="voice"))
