"""What Gazebo says in its own way, told as carebot's nodes expect it: contacts of the bumper as touched or not."""

from __future__ import annotations

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool

from carebot.errors import SetupError
from carebot.ros.run import run

PERIOD_S = 0.05
TOUCH_LASTS_S = 0.1
"""Gazebo tells contacts at every step of its physics while they last, whatever rate the sensor asks for, and nothing
when there are none."""


class GazeboNode(Node):
    """Publishes `bumper` 20 times a second, but only while the simulated clock runs: silence means stop."""

    def __init__(self) -> None:
        super().__init__("gazebo")
        self._touched_ns, self._before_ns = -(10**18), 0
        self._out = self.create_publisher(Bool, "bumper", 10)
        self.create_subscription(_contacts_type(), "bumper_contacts", self._touch, qos_profile_sensor_data)
        self._timer = self.create_timer(PERIOD_S, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _touch(self, _contacts: object) -> None:
        self._touched_ns = self._now_ns()

    def _tick(self) -> None:
        now_ns = self._now_ns()
        if now_ns != self._before_ns:
            self._out.publish(Bool(data=now_ns - self._touched_ns <= TOUCH_LASTS_S * 1e9))
        self._before_ns = now_ns

    def _now_ns(self) -> int:
        return self.get_clock().now().nanoseconds


def _contacts_type() -> type:
    try:
        from ros_gz_interfaces.msg import Contacts
    except ImportError:
        raise SetupError(
            "The package ros_gz_interfaces is not here: install ROS's Gazebo bridge (ros_gz_bridge) and source ROS."
        ) from None
    return Contacts


def main() -> None:
    run(GazeboNode)
