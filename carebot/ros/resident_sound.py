"""The simulated resident aloud: speech and the quiet of a room as sound on the topic `audio`."""

from __future__ import annotations

import queue
import time

import numpy as np
from carebot_interfaces.msg import Sound
from rclpy.node import Node

from carebot.conversation.speaking.voices import Voices
from carebot.conversation.text import Language
from carebot.errors import CarebotError
from carebot.ros.sound_topic import QOS
from carebot.ros.worker import Worker
from carebot.site.voice import Voice

RATE_HZ = 16_000
PIECE_S = 0.032
ROOM = 12
"""Loudest sample of the room's noise: no room is silent."""

TOPIC = "audio"


class ResidentSound:
    """Speaks with a synthetic voice, in real time, at the voice's own rate."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._out = node.create_publisher(Sound, TOPIC, QOS)
        self._lines: queue.Queue[tuple[str, Language]] = queue.Queue()
        self._voices, self._rng = Voices(), np.random.default_rng(0)
        self._rate_hz = RATE_HZ
        self._left = np.zeros(0, np.int16)
        self._worker = Worker("resident", self._run)
        self._worker.start(node)

    def say(self, text: str, language: Language) -> None:
        """After what is being said."""
        self._lines.put((text, language))

    def close(self) -> None:
        """No sound any more."""
        self._worker.stop()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._worker.stopping.wait(max(0.0, due_s - time.monotonic())):
            if not len(self._left) and not self._lines.empty():
                self._speak(*self._lines.get())
            self._publish(max(1, round(PIECE_S * self._rate_hz)))
            due_s = max(due_s + PIECE_S, time.monotonic() - 1.0)

    def _speak(self, text: str, language: Language) -> None:
        try:
            sound = self._voices.synthesise(text, language, Voice())
            self._left = np.concatenate([np.zeros(0, np.int16), *sound.chunks])
            self._rate_hz = sound.sample_rate_hz
        except CarebotError as error:
            self._node.get_logger().error(f"the resident cannot speak: {error}")

    def _publish(self, count: int) -> None:
        samples = self._rng.integers(-ROOM, ROOM + 1, count).astype(np.int16)
        spoken, self._left = self._left[:count], self._left[count:]
        samples[: len(spoken)] = np.clip(samples[: len(spoken)] + spoken.astype(np.int32), -32768, 32767)
        message = Sound(rate_hz=self._rate_hz, channels=1, samples=samples)
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._out.publish(message)
