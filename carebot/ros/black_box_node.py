"""The black box as a node: callbacks store, a thread writes; no disk holds up what is heard."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable

from carebot_interfaces.msg import Alerts, MotionState
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.serialization import deserialize_message

from carebot.records.black_box import BlackBox, BlackBoxParameters, Topic
from carebot.records.black_box_files import black_box_dir
from carebot.ros.accidents import Accidents
from carebot.ros.black_box_topics import RECORDED, RecordedTopic
from carebot.ros.definitions import definition_of, kind_of
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.params import declare
from carebot.ros.run import run
from carebot.ros.worker import Worker

MOST_WAITING = 5000
LOOK_S = 0.2
TICK_S = 1.0
TELLING = (Alerts, MotionState, DiagnosticArray)
"""What `Accidents` understands; the rest is never decoded."""


class BlackBoxNode(Node):
    """Listens to everything in RECORDED; publishes diagnostics alone."""

    def __init__(self) -> None:
        super().__init__("black_box")
        self._folder = black_box_dir(self.get_namespace())
        self._given = declare(self, BlackBoxParameters)
        self._box = BlackBox(self._folder, self._given)
        self._accidents = Accidents()
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(MOST_WAITING)
        self._recorded = self._dropped = 0
        self._heard_s: dict[str, float] = {}
        self._inputs = [self._listen(topic) for topic in RECORDED]
        self._timer = self.create_timer(LOOK_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._writer = Worker("black box", self._write)
        self._writer.start(self)
        self._diagnostics = Diagnostics(self, self._health)

    def _listen(self, recorded: RecordedTopic) -> object:
        name = self.resolve_topic_name(recorded.name)
        topic = Topic(name, kind_of(recorded.message), definition_of(recorded.message))

        def hear(data: bytes) -> None:
            now_s, now_ns = time.monotonic(), time.time_ns()
            if recorded.at_most_hz and now_s - self._heard_s.get(name, -1e9) < 1 / recorded.at_most_hz:
                return
            self._heard_s[name] = now_s
            if recorded.kept:
                self._put(lambda: self._box.add(topic, data, now_ns))
            if recorded.message in TELLING:
                self._pin(self._accidents.hear(deserialize_message(data, recorded.message), now_s), now_ns)

        return self.create_subscription(recorded.message, recorded.name, hear, recorded.qos, raw=True)

    def _look(self) -> None:
        self._pin(self._accidents.look(time.monotonic()), time.time_ns())

    def _pin(self, why: str | None, now_ns: int) -> None:
        if why is not None:
            self.get_logger().info(f"keeps the minutes around now ({why}) in {self._folder}")
            self._put(lambda: self._box.pin(why, now_ns))

    def _put(self, work: Callable[[], None]) -> None:
        try:
            self._waiting.put_nowait(work)
            self._recorded += 1
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        due_s = time.monotonic()
        while not self._writer.stopping.is_set():
            with contextlib.suppress(queue.Empty):
                self._waiting.get(timeout=LOOK_S)()
            if time.monotonic() >= due_s:
                self._box.tick(time.time_ns())
                due_s = time.monotonic() + TICK_S
        self._box.close(time.time_ns())

    def destroy_node(self) -> None:
        self._writer.stop()
        super().destroy_node()

    def _health(self) -> list[Health]:
        values = {
            "size_mb": self._box.size_bytes() / 1e6,
            "recorded": self._recorded,
            "dropped": self._dropped,
        }
        if self._box.fault:
            return [Health("recorder", Level.ERROR, f"records nothing: {self._box.fault}", values)]
        message = f"keeps the last {self._given.minutes:g} minutes"
        return [Health("recorder", Level.OK, message, values)]


def main() -> None:
    run(BlackBoxNode)
