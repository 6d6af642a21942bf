"""Perception as a node: pictures in, people out. The pictures end here, but for a look that was granted (`looking`)."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

from carebot_interfaces.msg import People as PeopleMsg
from rclpy.node import Node
from std_msgs.msg import Bool, Float64

from carebot.clock import MonotonicClock
from carebot.errors import SourceError
from carebot.perception.closed_eyes import ClosedEyes, keep_until, kept_until_s
from carebot.perception.estimators.factory import make_estimator
from carebot.perception.frames import Frame
from carebot.perception.pipeline import PerceptionPipeline
from carebot.perception.registry import load_registry
from carebot.perception.session import SessionOptions
from carebot.perception.supervision import CameraHealth, CameraWatch, CameraWatchParameters
from carebot.resources import data_dir
from carebot.ros import qos
from carebot.ros.camera import Camera, ReaderCamera, TopicCamera
from carebot.ros.convert import people_to_msg
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.looking import LookServer
from carebot.ros.marker_eye import MarkerEye
from carebot.ros.params import declare
from carebot.ros.run import run
from carebot.ros.worker import Worker

RATE_WINDOW = 30
"""Pictures over which the rate and the durations are averaged."""
WATCH_PERIOD_S = 0.1


@dataclass(frozen=True, slots=True)
class PerceptionParameters:
    """What the robot sees with."""

    source: str = "ros:camera/image_raw"
    """A camera, a stream, a recording, or ros:TOPIC (compressed pictures where the topic ends in /compressed)."""
    loop: bool = False
    """Whether a recording starts again at its end."""
    model: str = "blazepose"
    """The pose model, by its name in the registry."""
    device: Literal["auto", "cpu", "cuda", "tensorrt", "openvino"] = "auto"
    """What the model runs on; auto takes the fastest that works."""
    threads: int = 1
    """Threads of the model on a CPU."""
    noiseless: bool = False
    """Whether the pictures are rendered or recorded, so that the same picture twice is no frozen camera."""
    frame_id: str = "camera_optical_frame"
    """The camera's optical frame, for sources that do not name it."""
    language: Literal["en", "ja", "fr"] = "en"
    """In which language it is said aloud that somebody looks through the camera."""


class PerceptionNode(Node):
    """Publishes `people` for each picture, and how the camera and the model are on `diagnostics`.

    Pictures are worked on in a thread of their own, always the newest: ROS callbacks only store, a slow camera blocks
    nobody, and a picture that came while another was worked on replaces the one that waits.
    """

    def __init__(self) -> None:
        self._worker = Worker("perception", self._work)
        self._camera: Camera | None = None
        super().__init__("perception")
        self._p = declare(self, PerceptionParameters)
        options = SessionOptions(device=self._p.device, threads=self._p.threads)
        self._pipeline = PerceptionPipeline(make_estimator(load_registry().get(self._p.model), options))
        self._watch = self._new_watch()
        self._camera = self._open_camera()
        self._health: CameraHealth | None = None
        self._published_s: deque[float] = deque(maxlen=RATE_WINDOW)
        self._worked_s: deque[float] = deque(maxlen=RATE_WINDOW)
        self._fault: str | None = None
        self._closed, self._is_off = ClosedEyes(), False
        self._kept = data_dir() / "perception" / "camera_off_until"
        self._take_up_privacy()
        self._out = self.create_publisher(PeopleMsg, "people", qos.PEOPLE)
        self._off_out = self.create_publisher(Bool, "camera_is_off", qos.latched(1))
        if not self._closed.is_closed(time.time()):
            self._off_out.publish(Bool(data=False))
        self.create_subscription(Float64, "camera_off_until", self._on_close, qos.latched(1))
        self._diagnostics = Diagnostics(self, self._report)
        self._looking = LookServer(self, self._p.language)
        scheme, _, topic = self._p.source.partition(":")
        self._markers = MarkerEye(self, topic if scheme == "ros" else "")
        self._worker.start(self)

    def destroy_node(self) -> None:
        self._worker.stop()
        if self._camera is not None:
            self._camera.close()
        super().destroy_node()

    def _open_camera(self) -> Camera:
        scheme, _, topic = self._p.source.partition(":")
        if scheme == "ros":
            return TopicCamera(self, topic)
        return ReaderCamera(self, self._p.source, MonotonicClock(), self._p.loop, self._p.frame_id)

    def _work(self) -> None:
        watched_s = 0.0
        while not self._worker.stopping.is_set():
            if self._rests():
                continue
            frame = self._next_frame()
            now_s = time.monotonic()
            if frame is not None or now_s - watched_s >= WATCH_PERIOD_S:
                self._watch_over(frame)
                watched_s = now_s
            if frame is not None:
                self._looking.keep(frame.image)
                self._publish_people(frame)
                self._markers.look(frame.image, self._camera.stamp_of(frame))

    def _take_up_privacy(self) -> None:
        """A restart does not open eyes that somebody wanted closed."""
        try:
            self._closed.close_until(kept_until_s(self._kept), time.time())
        except OSError as error:
            self.get_logger().error(f"{self._kept} cannot be read ({error.strerror}): the camera sees")

    def _on_close(self, message: Float64) -> None:
        self._closed.close_until(message.data, time.time())
        try:
            keep_until(self._kept, message.data)
        except OSError as error:
            self.get_logger().error(f"privacy lasts only until a restart: {self._kept}: {error.strerror}")

    def _rests(self) -> bool:
        """Whether the camera is off because somebody wants it; the device itself is let go meanwhile."""
        is_closed = self._closed.is_closed(time.time())
        if is_closed != self._is_off:
            self._is_off = is_closed
            if is_closed:
                self._camera.close()
            else:
                self._camera, self._health = self._open_camera(), None
                self._watch = self._new_watch()
            self._looking.switch(is_closed)
            self._off_out.publish(Bool(data=is_closed))
            self.get_logger().info("the camera is off: privacy" if is_closed else "the camera is on again")
            self._diagnostics.publish_now()
        if is_closed:
            self._worker.stopping.wait(WATCH_PERIOD_S)
        return is_closed

    def _new_watch(self) -> CameraWatch:
        return CameraWatch(CameraWatchParameters.noiseless() if self._p.noiseless else CameraWatchParameters())

    def _next_frame(self) -> Frame | None:
        try:
            frame = self._camera.wait(WATCH_PERIOD_S)
        except SourceError as error:  # a picture that cannot be decoded: said in diagnostics, and the next one is tried
            self._fault = str(error)
            return None
        if frame is not None:
            self._fault = None
        return frame

    def _watch_over(self, frame: Frame | None) -> None:
        now_s = self._camera.now_s()
        if now_s <= 0.0:  # a simulated clock that has not begun
            return
        before = self._health.status if self._health else "starting"
        self._health = self._watch.step(frame, now_s)
        if self._health.status != before:
            self.get_logger().info(f"camera: {self._health.reason}")
            self._diagnostics.publish_now()

    def _publish_people(self, frame: Frame) -> None:
        started_s = time.monotonic()
        people = self._pipeline.step(frame)
        message = people_to_msg(people, self._camera.frame_id)
        message.header.stamp = self._camera.stamp_of(frame)
        self._out.publish(message)
        self._published_s.append(time.monotonic())
        self._worked_s.append(self._published_s[-1] - started_s)

    def _report(self) -> list[Health]:
        return [self._camera_health(), self._model_health()]

    def _camera_health(self) -> Health:
        if self._is_off:
            return Health("camera", Level.WARN, "The camera is off: privacy. Falls are not seen.", {"status": "off"})
        health = self._health
        if health is None:
            return Health("camera", Level.WARN, "The camera has not been looked at yet.")
        values = {
            "source": self._camera.name,
            "status": health.status,
            "frame_age_s": "unknown" if health.frame_age_s is None else health.frame_age_s,
            "frames_per_s": health.frames_per_s,
        }
        level = Level.OK if health.is_ok else Level.WARN if health.status == "starting" else Level.ERROR
        problem = self._fault or self._camera.problem
        if problem and not health.is_ok:
            return Health("camera", level, problem, values)
        return Health("camera", level, health.reason, values)

    def _model_health(self) -> Health:
        stamps, worked = list(self._published_s), list(self._worked_s)
        silent = not stamps or time.monotonic() - stamps[-1] > 2.0
        values = {
            "model": self._p.model,
            "provider": self._pipeline.provider,
            "people_per_s": 0.0 if silent or len(stamps) < 2 else (len(stamps) - 1) / (stamps[-1] - stamps[0]),
            "work_ms": 1e3 * sum(worked) / len(worked) if worked else 0.0,
        }
        if reason := self._pipeline.fallback_reason:
            return Health("model", Level.WARN, reason, values)
        return Health("model", Level.OK, f"{self._p.model} runs on {self._pipeline.provider}.", values)


def main() -> None:
    run(PerceptionNode)
