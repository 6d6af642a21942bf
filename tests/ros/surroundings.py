"""What a robot feels around it: a peer plays lidar and bumper from a steady timer, while it spins."""

from __future__ import annotations

import math

from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Bool

from tests.ros.conftest import Peer

PERIOD_S = 0.05


class Surroundings:
    """Nothing within `range_m` all around, and nobody touches the bumper unless `pressed`."""

    def __init__(self, peer: Peer) -> None:
        self.range_m, self.pressed = math.inf, False
        self._peer = peer
        self._scan = peer.create_publisher(LaserScan, "scan", 1)
        self._bumper = peer.create_publisher(Bool, "bumper", 1)
        peer.create_timer(PERIOD_S, self._send, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _send(self) -> None:
        scan = LaserScan(angle_min=-math.pi, angle_increment=math.radians(1), range_min=0.05, range_max=12.0)
        scan.header.stamp, scan.ranges = self._peer.get_clock().now().to_msg(), [self.range_m] * 360
        self._scan.publish(scan)
        self._bumper.publish(Bool(data=self.pressed))
