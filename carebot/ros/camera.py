"""Where the perception node's pictures come from: a ROS topic, or a source of its own."""

from __future__ import annotations

import threading
import time
from typing import Any, Protocol

from builtin_interfaces.msg import Time
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image

from carebot.clock import Clock
from carebot.perception.frames import Frame
from carebot.perception.sources.factory import live_name, open_source
from carebot.perception.sources.live import LiveReader
from carebot.perception.sources.ros_image import decode_compressed, decode_raw
from carebot.ros.convert import seconds, stamp_from_seconds

POLL_S = 0.002


class Camera(Protocol):
    """Gives the newest picture. `now_s` is the time in which its frames are stamped; `problem` says why none come."""

    name: str
    frame_id: str

    @property
    def problem(self) -> str | None: ...
    def now_s(self) -> float: ...
    def wait(self, timeout_s: float) -> Frame | None: ...
    def stamp_of(self, frame: Frame) -> Time:
        """The stamp of the frame that `wait` gave last."""

    def close(self) -> None: ...


class TopicCamera:
    """Pictures of an image topic; they are decoded when they are asked for, not in the callback."""

    problem: str | None = None

    def __init__(self, node: Node, topic: str) -> None:
        kind = CompressedImage if topic.endswith("/compressed") else Image
        self.name, self.frame_id = node.resolve_topic_name(topic), ""
        self._node, self._clock = node, node.get_clock()
        self._arrived = threading.Condition()
        self._newest: Any = None
        self._stamp = Time()
        self._sequence = 0
        self._subscription = node.create_subscription(kind, topic, self._store, qos_profile_sensor_data)

    def now_s(self) -> float:
        return self._clock.now().nanoseconds / 1e9

    def wait(self, timeout_s: float) -> Frame | None:
        """The newest picture; raises SourceError where it cannot be decoded."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._newest is not None, timeout_s)
            message, self._newest = self._newest, None
        return None if message is None else self._decoded(message)

    def stamp_of(self, frame: Frame) -> Time:  # noqa: ARG002 - its seconds, a float, hold a stamp only to 0.2 µs
        return self._stamp

    def close(self) -> None:
        """No picture comes any more."""
        self._node.destroy_subscription(self._subscription)

    def _store(self, message: Any) -> None:
        with self._arrived:
            self._newest = message
            self._arrived.notify()

    def _decoded(self, message: Any) -> Frame:
        self.frame_id, self._stamp = message.header.frame_id, message.header.stamp
        self._sequence += 1
        if isinstance(message, CompressedImage):
            image = decode_compressed(message.data, message.format)
        else:
            size = message.height, message.width, message.step
            image = decode_raw(message.encoding, *size, message.data, bool(message.is_bigendian))
        return Frame(seconds(message.header.stamp), self._sequence, image)


class ReaderCamera:
    """A camera, stream or recording that this process reads itself."""

    def __init__(self, node: Node, source: str, clock: Clock, loop: bool, frame_id: str) -> None:
        # A recording is opened here, so that a wrong name ends the start with its sentence. A camera may come later:
        # the robot must go on without it, and say so.
        name = live_name(source)
        first = open_source(source, clock) if name is None else None
        self.name, self.frame_id = name or source, frame_id
        self._node_clock, self._clock = node.get_clock(), clock
        self._reader = LiveReader(lambda: open_source(source, clock), clock, first=first, pace=True, loop=loop)

    @property
    def problem(self) -> str | None:
        return "The recording has ended." if self._reader.ended else self._reader.problem

    def now_s(self) -> float:
        return self._clock.now_s()

    def wait(self, timeout_s: float) -> Frame | None:
        ends_s = time.monotonic() + timeout_s
        while (frame := self._reader.latest()) is None and time.monotonic() < ends_s:
            time.sleep(POLL_S)
        return frame

    def stamp_of(self, frame: Frame) -> Time:
        age_s = self._clock.now_s() - frame.time_s
        return stamp_from_seconds(self._node_clock.now().nanoseconds / 1e9 - age_s)

    def close(self) -> None:
        self._reader.close()
