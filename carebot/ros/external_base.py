"""Robots that bring their own ROS 2 base driver: its topics take the place of a serial port."""

from __future__ import annotations

import threading
import time

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data

from carebot.chassis.external import ExternalSettings
from carebot.drive.kinematics import Kinematics
from carebot.drive.loop import Stop, WheelSpeeds
from carebot.drivers.telemetry import Identity, Telemetry
from carebot.geometry import Twist2D

SILENCE_S = 0.5
"""Bases publish odometry at 20 Hz or more; one that is silent for longer counts as gone."""


class ExternalBase:
    """The base's driver as a link: odometry in, twists out. Its callbacks run in the node's executor."""

    name = "external base"
    bad_frames = 0

    def __init__(self, node: Node, settings: ExternalSettings, kinematics: Kinematics) -> None:
        self._node, self._settings, self._kinematics = node, settings, kinematics
        self._lock = threading.Lock()
        self._newest: tuple[Odometry, float] | None = None
        self._taken: Odometry | None = None
        self._enabled = False
        self.connected = False
        self.connects = 0
        self.arms = 0
        self.telemetry: Telemetry | None = None
        self.identity = Identity(f"the base behind {settings.cmd_vel_topic}", "its own")
        kind = TwistStamped if settings.stamped else Twist
        self._out = node.create_publisher(kind, settings.cmd_vel_topic, 1)
        self._in = node.create_subscription(Odometry, settings.odom_topic, self._store, qos_profile_sensor_data)
        self.relays_odometry = node.resolve_topic_name(settings.odom_topic) != node.resolve_topic_name("odom")

    @property
    def armed(self) -> bool:
        return self._enabled and self.connected

    @property
    def problem(self) -> str:
        if self.connected:
            return "" if self._enabled else "The node is not active."
        return f"Nothing is heard on {self._settings.odom_topic}: start the robot's own base driver."

    @property
    def odometry(self) -> Odometry | None:
        """The base's own message that was taken last."""
        return self._taken

    def enable(self) -> None:
        self._enabled = True
        self.arms += 1

    def disable(self) -> None:
        if self.armed:
            self._publish(Twist2D())
        self._enabled = False

    def clear_faults(self) -> None:
        """Such a base has its own ways."""

    def connect(self) -> Identity:
        """Nothing to open."""
        return self.identity

    def step(self, now_s: float) -> Telemetry | None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is None:
            self._notice_silence(now_s)
            return None
        if not self.connected:
            self.connected = True
            self.connects += 1
        self._taken, arrived_s = newest
        self.telemetry = self._telemetry(self._taken, arrived_s)
        return self.telemetry

    def send(self, order: WheelSpeeds | Stop, now_s: float) -> tuple[float, ...]:  # noqa: ARG002
        if not self.armed:
            return ()
        twist = order.twist if isinstance(order, WheelSpeeds) else Twist2D()
        self._publish(twist)
        return self._kinematics.wheel_speeds(twist)

    def close(self) -> None:
        self.disable()
        self.connected = False

    def _store(self, message: Odometry) -> None:
        with self._lock:
            self._newest = message, time.monotonic()

    def _notice_silence(self, now_s: float) -> None:
        if self.telemetry is not None and now_s - self.telemetry.stamp_s > SILENCE_S:
            self.connected, self.telemetry = False, None

    def _telemetry(self, message: Odometry, arrived_s: float) -> Telemetry:
        twist = message.twist.twist
        speeds = self._kinematics.wheel_speeds(Twist2D(twist.linear.x, twist.linear.y, twist.angular.z))
        return Telemetry(stamp_s=arrived_s, positions_rad=(0.0,) * len(speeds), speeds_rad_s=speeds)

    def _publish(self, twist: Twist2D) -> None:
        plain = Twist()
        plain.linear.x, plain.linear.y, plain.angular.z = twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s
        if not self._settings.stamped:
            self._out.publish(plain)
            return
        message = TwistStamped(twist=plain)
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.header.frame_id = "base_link"
        self._out.publish(message)
