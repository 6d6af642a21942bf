"""Hears on ROS what happens: the truth from the simulation, and what falls says."""

from __future__ import annotations

import time
from types import TracebackType

from carebot_interfaces.msg import FallAlert, GroundTruth

from carebot.demo.timeline import Timeline
from carebot.ros import qos
from carebot.ros.beside import node_beside
from carebot.ros.convert import seconds

EVENT_MARKS = {FallAlert.SUSPECTED: "suspected", FallAlert.CONFIRMED: "confirmed"}


class Listener:
    """Writes into `timeline` while it is entered. `now_s` is the simulated time since the first picture."""

    def __init__(self, robot: str, timeline: Timeline) -> None:
        self._node, self._timeline = node_beside("demo", robot), timeline
        self.robot = robot
        self._first_s: float | None = None
        self.now_s = 0.0
        self.activity = "waiting for the first picture"
        self.confirmed_at_s: float | None = None
        """When the confirmed event came, on the monotonic clock."""

    def __enter__(self) -> Listener:
        node = self._node.__enter__()
        node.create_subscription(GroundTruth, "ground_truth", self._on_truth, 10)
        node.create_subscription(FallAlert, "fall_alerts", self._on_fall_alert, qos.FALL_ALERTS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._node.__exit__(kind, error, at)

    def _on_truth(self, truth: GroundTruth) -> None:
        stamp_s = seconds(truth.header.stamp)
        self._first_s = stamp_s if self._first_s is None else self._first_s
        self.now_s, self.activity = stamp_s - self._first_s, truth.activity
        if truth.fell:
            self._timeline.add("fell", seconds(truth.fall_onset) - self._first_s)
        if truth.hit_floor:
            self._timeline.add("on_floor", seconds(truth.floor_contact) - self._first_s)

    def _on_fall_alert(self, alert: FallAlert) -> None:
        if self._first_s is None or alert.event not in EVENT_MARKS:
            return
        if alert.event == FallAlert.CONFIRMED and self.confirmed_at_s is None:
            self.confirmed_at_s = time.monotonic()
        self._timeline.add(EVENT_MARKS[alert.event], seconds(alert.header.stamp) - self._first_s, alert.reason)
