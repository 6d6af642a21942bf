"""A ROS topic as a microphone: from another machine's microphone, an echo canceller, a bag or the simulator."""

from __future__ import annotations

import importlib
import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from carebot_interfaces.msg import Sound
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from carebot.conversation.hearing.pieces import Piece, as_blocks
from carebot.conversation.hearing.sound import Block
from carebot.errors import DeviceLostError

SILENT_TOPIC_S = 2.0
LOOKS_EVERY_S = 0.5
MOST_WAITING = 400
"""Pieces that wait to be read; where the reader is slower still, the newest are lost."""

QOS = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Hears whoever publishes, reliably or not."""

Read = Callable[[Any, int, int], tuple[NDArray[Any], int, int]]


class SoundTopic:
    """Sound of `topic`, of whichever type of `READERS` it has. `rate_hz` and `channels` are those of types that do not
    state them, whose bytes are samples of 16 bits, little-endian (S16LE)."""

    def __init__(self, node: Node, topic: str, rate_hz: int, channels: int) -> None:
        self._node, self._topic = node, node.resolve_topic_name(topic)
        self._rate_hz, self._channels = rate_hz, channels
        self._pieces: queue.Queue[Piece] = queue.Queue(MOST_WAITING)
        self._input: Subscription | None = None
        self._read: Read = READERS[_OWN]
        self._fault = ""
        # A steady clock: sound takes real seconds, also in a simulation.
        self._timer = node.create_timer(LOOKS_EVERY_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def blocks(self) -> Iterator[Block]:
        """For as long as sound comes.

        Raises:
            DeviceLostError: nothing has come for `SILENT_TOPIC_S`, or nothing that is sound.
        """
        return as_blocks(self._taken())

    def _taken(self) -> Iterator[Piece]:
        while True:
            try:
                yield self._pieces.get(timeout=SILENT_TOPIC_S)
            except queue.Empty:
                raise DeviceLostError(self._why_lost()) from None

    def _why_lost(self) -> str:
        if self._fault:
            return self._fault
        if not self._node.count_publishers(self._topic):
            return f"nobody publishes sound on the topic {self._topic}: start what has the microphone, or name another."
        return f"the topic {self._topic} has given no sound for {SILENT_TOPIC_S:g} s: check what publishes it."

    def _look(self) -> None:
        """Listen as soon as it is known what is published."""
        if self._input is not None:
            return
        found = dict(self._node.get_topic_names_and_types()).get(self._topic, [])
        known = [each for each in found if each in READERS]
        if found and not known:
            self._fault = (
                f"the topic {self._topic} is of the type {found[0]}, which is no sound: use {', '.join(READERS)}."
            )
        if known:
            self._listen(known[0])

    def _listen(self, kind: str) -> None:
        package, _, name = kind.partition("/msg/")
        try:
            message = getattr(importlib.import_module(f"{package}.msg"), name)
        except (ImportError, AttributeError):
            self._fault = f"the topic {self._topic} is of the type {kind}: install the ROS package {package} here."
            return
        self._read, self._fault = READERS[kind], ""
        self._input = self._node.create_subscription(message, self._topic, self._store, QOS)

    def _store(self, message: Any) -> None:
        ended_s = time.monotonic()
        try:
            samples, rate_hz, channels = self._read(message, self._rate_hz, self._channels)
            piece = Piece(samples, ended_s - len(samples) / channels / rate_hz, rate_hz, channels)
        except (ValueError, ZeroDivisionError):
            self._fault = f"the topic {self._topic} gives what is no sound: its rate and channels must be above 0."
            return
        if not len(samples) % channels and not self._pieces.full():
            self._pieces.put_nowait(piece)


def _own(message: Any, _rate_hz: int, _channels: int) -> tuple[NDArray[Any], int, int]:
    return np.array(message.samples, np.int16), int(message.rate_hz), int(message.channels)


def _bytes(data: Any, rate_hz: int, channels: int) -> tuple[NDArray[Any], int, int]:
    return np.frombuffer(bytes(data), "<i2"), rate_hz, channels


_OWN = f"{Sound.__module__.split('.', maxsplit=1)[0]}/msg/Sound"
READERS: dict[str, Read] = {
    _OWN: _own,
    "audio_common_msgs/msg/AudioData": lambda message, *given: _bytes(message.data, *given),
    "audio_common_msgs/msg/AudioDataStamped": lambda message, *given: _bytes(message.audio.data, *given),
}
"""By type: samples, rate and channels of a message. The last two are of github.com/ros-drivers/audio_common."""
