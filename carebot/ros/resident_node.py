"""The resident in Gazebo: a scenario's script as angles for joints and guide; a fall lets both go, and pushes."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians

import numpy as np
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState
from std_msgs.msg import Empty, Float64

from carebot.ros.params import declare
from carebot.ros.pushing import make_pusher
from carebot.ros.run import run
from carebot.simulation.gazebo import GUIDE_AXES
from carebot.simulation.puppet import JOINT_NAMES, Puppet
from carebot.simulation.scenario import load_scenario

PERIOD_S = 0.02


@dataclass(frozen=True, slots=True)
class ResidentParameters:
    """What the resident does."""

    scenario: str = "fall_forward"
    """The scenario, by name or as a file; its start is where the resident stands in the world."""
    seed: int = 0
    """Where chance starts; the same seed gives the same script."""
    facing_deg: float = 0.0
    """Where the resident looks at first in Gazebo's world; the launch file reads it there."""


class ResidentNode(Node):
    """Begins when the simulator tells the joints' angles for the first time, and goes by the simulated clock."""

    def __init__(self) -> None:
        super().__init__("resident")
        p = declare(self, ResidentParameters)
        self._puppet = Puppet(load_scenario(p.scenario), p.seed, radians(p.facing_deg))
        self._angles: dict[str, float] = {}
        self._started_ns: int | None = None
        self._holds, self._activity = True, ""
        self._joints_out = [self.create_publisher(Float64, f"resident/{name}", 1) for name in JOINT_NAMES]
        self._guide_out = [self.create_publisher(Float64, f"resident/guide/{axis}", 1) for axis in GUIDE_AXES]
        self._let_go_out = self.create_publisher(Empty, "resident/let_go", 1)
        self._pusher = make_pusher(self)
        self.create_subscription(JointState, "resident/joint_states", self._store, qos_profile_sensor_data)
        self._timer = self.create_timer(PERIOD_S, self._tick)

    def _store(self, message: JointState) -> None:
        self._angles.update(zip(message.name, message.position, strict=False))

    def _tick(self) -> None:
        if not self._angles.keys() >= set(JOINT_NAMES):
            return
        now_ns = self.get_clock().now().nanoseconds
        self._started_ns = now_ns if self._started_ns is None else self._started_ns
        angles = np.array([self._angles[name] for name in JOINT_NAMES])
        strings = self._puppet.step((now_ns - self._started_ns) / 1e9, angles)
        self._tell(strings.activity)
        _publish(self._joints_out, strings.joints)
        if strings.guide is not None:
            _publish(self._guide_out, strings.guide)
        elif self._holds:
            self._let_go_out.publish(Empty())
            self._holds = False
        if self._pusher is not None:
            self._pusher.push(strings.pushes_n)

    def _tell(self, activity: str) -> None:
        if activity != self._activity:
            self.get_logger().info(f"the resident is {activity}")
            self._activity = activity


def _publish(publishers: list, values: np.ndarray) -> None:
    for publisher, value in zip(publishers, values, strict=True):
        publisher.publish(Float64(data=float(value)))


def main() -> None:
    run(ResidentNode)
