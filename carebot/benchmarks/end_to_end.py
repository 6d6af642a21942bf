"""From a picture on ROS to the people in it: the real perception node in a process of its own."""

from __future__ import annotations

import os
import tempfile
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from carebot_interfaces.msg import People
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

from carebot.benchmarks.memory import peak_memory_mb
from carebot.bringup.environment import stay_alone
from carebot.bringup.profile import Profile
from carebot.bringup.supervisor import Supervisor
from carebot.errors import SetupError
from carebot.perception.frames import Frame
from carebot.ros import qos
from carebot.ros.beside import node_beside

ROBOT = "carebot_bench"
START_WITHIN_S = 60.0
LAST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class EndToEndReport:
    """Milliseconds from publishing a picture to receiving its people; the node's largest memory in MB."""

    published: int
    answered: int
    median_ms: float
    p95_ms: float
    memory_mb: float


def measure(frames: Sequence[Frame], fps: float, seconds: float) -> EndToEndReport:
    """Publishes `frames` round and round at `fps` for `seconds`, and times each answer."""
    stay_alone()
    nodes = {"perception": {"noiseless": True, "device": "cpu"}}
    profile = Profile.model_validate({"robot": ROBOT, "processes": [{"name": "perception", "nodes": nodes}]})
    with tempfile.TemporaryDirectory(prefix="carebot-bench-") as folder:
        os.environ["CAREBOT_DATA_DIR"] = folder
        with Supervisor(profile, lambda _name, _line: None) as supervisor, _Probe(frames) as probe:
            _until_answered(supervisor, probe)
            probe.reset()
            ends_s = time.monotonic() + seconds
            due_s = time.monotonic()
            while time.monotonic() < ends_s:
                probe.publish()
                due_s += 1.0 / fps
                supervisor.step(max(0.0, due_s - time.monotonic()))
                time.sleep(max(0.0, due_s - time.monotonic()))
            supervisor.step(LAST_WAIT_S)
            memory_mb = peak_memory_mb(supervisor.pids()["perception"])
            return probe.report(memory_mb)


def _until_answered(supervisor: Supervisor, probe: _Probe) -> None:
    ends_s = time.monotonic() + START_WITHIN_S
    while not probe.delays_s:
        if time.monotonic() > ends_s or supervisor.step(0.1) is not None:
            raise SetupError("The perception node did not answer within a minute: run `carebot up robot` to see why.")
        probe.publish()


class _Probe:
    """Publishes pictures and times the answers; each picture's stamp tells its answer."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._messages = [_message(frame) for frame in frames]
        self._node = node_beside("bench", ROBOT)
        self._sent_s: dict[tuple[int, int], float] = {}
        self._published = 0
        self.delays_s: list[float] = []

    def __enter__(self) -> _Probe:
        node = self._node.__enter__()
        self._out = node.create_publisher(Image, "camera/image_raw", qos_profile_sensor_data)
        node.create_subscription(People, "people", self._on_people, qos.PEOPLE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._node.__exit__(kind, error, at)

    def publish(self) -> None:
        message = self._messages[self._published % len(self._messages)]
        now_ns = time.time_ns()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(now_ns, 10**9)
        self._sent_s[(message.header.stamp.sec, message.header.stamp.nanosec)] = time.monotonic()
        self._published += 1
        self._out.publish(message)

    def reset(self) -> None:
        self._sent_s.clear()
        self._published = 0
        self.delays_s = []

    def report(self, memory_mb: float) -> EndToEndReport:
        delays_ms = 1e3 * np.array(self.delays_s or [np.nan])
        median_ms, p95_ms = np.percentile(delays_ms, [50, 95])
        return EndToEndReport(self._published, len(self.delays_s), float(median_ms), float(p95_ms), memory_mb)

    def _on_people(self, people: People) -> None:
        sent_s = self._sent_s.pop((people.header.stamp.sec, people.header.stamp.nanosec), None)
        if sent_s is not None:
            self.delays_s.append(time.monotonic() - sent_s)


def _message(frame: Frame) -> Image:
    height_px, width_px = frame.image.shape[:2]
    message = Image(height=height_px, width=width_px, encoding="bgr8", step=3 * width_px)
    message.header.frame_id = "camera_optical_frame"
    message.data = array("B", frame.image.tobytes())
    return message
