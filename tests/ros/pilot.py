"""Somebody who drives a real drive node, and the truth about the wheels of the fake controller behind it."""

from __future__ import annotations

import time

from carebot_interfaces.msg import DriveState
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry

from carebot.drivers.pty_server import PtyServer
from tests.ros.conftest import Peer

RADIUS_M = 0.0625
STILL_RAD_S = 0.05


class Pilot:
    """Somebody who drives: publishes commands and listens to what comes back."""

    def __init__(self, peer: Peer, wheels: PtyServer) -> None:
        self.peer, self.wheels = peer, wheels
        self.out = peer.create_publisher(TwistStamped, "cmd_vel", 1)
        self.states: list[DriveState] = peer.collect(DriveState, "drive_state")
        self.odometry: list[Odometry] = peer.collect(Odometry, "odom")

    @property
    def state(self) -> DriveState:
        return self.states[-1] if self.states else DriveState()

    @property
    def speeds_rad_s(self) -> list[float]:
        """The truth, from the motor model."""
        with self.wheels.lock:
            return [motor.speed_rad_s for motor in self.wheels.line.fake.motors]

    @property
    def travelled_m(self) -> float:
        with self.wheels.lock:
            motors = self.wheels.line.fake.motors
            return RADIUS_M * sum(motor.position_rad for motor in motors) / len(motors)

    @property
    def stands(self) -> bool:
        return max(map(abs, self.speeds_rad_s)) < STILL_RAD_S

    def until_ready(self) -> None:
        self.peer.wait_until(lambda: self.out.get_subscription_count() and self.state.armed, "an armed drive")
        self.peer.wait_until(lambda: not self.state.stop_code, f"a drive that follows, not {self.state.stop_reason}")

    def command(self, vx_m_s: float, yaw_rad_s: float = 0.0, age_s: float = 0.0) -> None:
        message = TwistStamped()
        now_ns = self.peer.get_clock().now().nanoseconds - round(age_s * 1e9)
        message.header.stamp.sec, message.header.stamp.nanosec = now_ns // 10**9, now_ns % 10**9
        message.twist.linear.x, message.twist.angular.z = vx_m_s, yaw_rad_s
        self.out.publish(message)

    def drive(self, vx_m_s: float, seconds: float, yaw_rad_s: float = 0.0) -> None:
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s:
            self.command(vx_m_s, yaw_rad_s)
            self.peer.spin(0.02)

    def until_moving(self, vx_m_s: float = 0.5) -> None:
        def moving() -> bool:
            self.command(vx_m_s)
            return min(self.speeds_rad_s) * RADIUS_M > 0.8 * vx_m_s

        self.peer.wait_until(moving, "the wheels to turn")

    def until_standing(self) -> float:
        """How long that took, by the motor model."""
        began_s = time.monotonic()
        while not self.stands:
            assert time.monotonic() < began_s + 10, "the wheels turn on and on"
            time.sleep(0.002)
        return time.monotonic() - began_s
