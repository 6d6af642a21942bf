"""What robots say all day: people 15 times a second, the judge's word 20 times, diagnostics of every part once.

A tablet's server hears one robot. Here it hears all of them as that one, so that it has as much to take in.
"""

from __future__ import annotations

import math
import time

import numpy as np
from carebot_interfaces.msg import MotionReason, MotionState
from carebot_interfaces.msg import People as PeopleMsg
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from carebot.people import People, Person
from carebot.ros import qos
from carebot.ros.convert import people_to_msg

PARTS = ("perception", "falls", "care", "drive", "safety", "navigation", "conversation")


class Events:
    """Publishes from `with` to its end, in the namespace of `node`, as much as `robots` robots, `times` as often; two
    people walk about."""

    def __init__(self, node: Node, robots: int, times: float = 1.0) -> None:
        self._node, self._robots, self._times = node, robots, times
        self.published = 0
        self._people = node.create_publisher(PeopleMsg, "people", qos.PEOPLE)
        self._motion = node.create_publisher(MotionState, "motion_state", qos.latched(1))
        self._diagnostics = node.create_publisher(DiagnosticArray, "diagnostics", 20)

    def __enter__(self) -> Events:
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        rates_hz = (
            (15.0 * self._robots, self._publish_people),
            (20.0 * self._robots, self._publish_motion),
            (1.0, self._publish_diagnostics),
        )
        self._timers = [
            self._node.create_timer(1.0 / (rate_hz * self._times), publish, clock=steady)
            for rate_hz, publish in rates_hz
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for timer in self._timers:
            self._node.destroy_timer(timer)

    def _publish_people(self) -> None:
        now_s = self._node.get_clock().now().nanoseconds / 1e9
        sway = 0.1 * math.sin(time.monotonic())
        people = tuple(_person(track_id, 0.3 * track_id + sway) for track_id in (1, 2))
        self._people.publish(people_to_msg(People(now_s, 640, 480, people)))
        self.published += 1

    def _publish_motion(self) -> None:
        near = MotionReason(code="person_near", words="Somebody is 1.20 m away.", allowed_speed_m_s=0.3)
        near.number_names, near.number_values = ["distance_m"], [1.2 + 0.1 * math.sin(time.monotonic())]
        self._motion.publish(MotionState(allowed_speed_m_s=0.3, reasons=[near]))
        self.published += 1

    def _publish_diagnostics(self) -> None:
        for robot in range(self._robots):
            names = [f"{part} {robot}" if robot else part for part in PARTS]
            values = [KeyValue(key="rate_hz", value=f"{15 + math.sin(time.monotonic()):.1f}")]
            states = [
                DiagnosticStatus(level=DiagnosticStatus.OK, name=name, message="ok", values=values) for name in names
            ]
            self._diagnostics.publish(DiagnosticArray(status=states))
            self.published += 1


def _person(track_id: int, across: float) -> Person:
    down = np.linspace(0.2, 0.8, 17)
    keypoints = np.column_stack([np.full(17, across), down, np.full(17, 0.9)]).astype(np.float32)
    return Person(track_id, 0.9, keypoints)
