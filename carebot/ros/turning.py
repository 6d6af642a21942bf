"""How far the robot has turned between two pictures, and whether it moves at all, by its odometry."""

from __future__ import annotations

import math

from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data

from carebot.falls.monitor import MOVES_M_S, MOVES_RAD_S
from carebot.ros.heading import yaw_of


class Turning:
    """Listens to `odom`; a robot without odometry never turns."""

    def __init__(self, node: Node) -> None:
        self._newest_rad: float | None = None
        self._taken_rad: float | None = None
        self.is_moving = False
        self._in = node.create_subscription(Odometry, "odom", self._on_odometry, qos_profile_sensor_data)

    def since_last(self) -> float:
        """Radians to the left since the last call; 0 at first."""
        before, self._taken_rad = self._taken_rad, self._newest_rad
        if before is None or self._taken_rad is None:
            return 0.0
        return math.remainder(self._taken_rad - before, 2.0 * math.pi)

    def _on_odometry(self, message: Odometry) -> None:
        yaw_rad = yaw_of(message.pose.pose.orientation)
        speed = message.twist.twist
        self.is_moving = math.hypot(speed.linear.x, speed.linear.y) > MOVES_M_S or abs(speed.angular.z) > MOVES_RAD_S
        self._newest_rad = yaw_rad if math.isfinite(yaw_rad) else self._newest_rad
