"""What surrounds the safety and drive nodes while they are measured: commands, a lidar and a bumper."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from carebot_interfaces.msg import DriveState, MotionState
from carebot_interfaces.srv import ResetEmergencyStop
from geometry_msgs.msg import TwistStamped
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Bool
from std_srvs.srv import Trigger
from typing_extensions import Self

from carebot.errors import SetupError
from carebot.ros import qos
from carebot.ros.beside import node_beside

_RAYS = 90
_PERIOD_S = 0.05


class Commander:
    """`publish` commands the drive itself; `wish_m_s` is what navigation asks of safety, 20 times a second."""

    def __init__(self, robot: str) -> None:
        self.state, self.motion = DriveState(), MotionState()
        self.wish_m_s: float | None = None
        self._robot = robot
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        self._node = self._opened.enter_context(node_beside("commander", self._robot))
        self._cmd_vel = self._node.create_publisher(TwistStamped, "cmd_vel", 1)
        self._cmd_vel_nav = self._node.create_publisher(TwistStamped, "cmd_vel_nav", 1)
        self._scan = self._node.create_publisher(LaserScan, "scan", 1)
        self._bumper = self._node.create_publisher(Bool, "bumper", 1)
        self._node.create_subscription(DriveState, "drive_state", self._on_drive, 10)
        self._node.create_subscription(MotionState, "motion_state", self._on_motion, qos.latched(1))
        self._stop = self._node.create_client(Trigger, "emergency_stop")
        self._reset = self._node.create_client(ResetEmergencyStop, "reset_emergency_stop")
        self._clear = self._node.create_client(Trigger, "clear_drive_faults")
        self._node.create_timer(_PERIOD_S, self._play, clock=Clock(clock_type=ClockType.STEADY_TIME))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def drive_is_ready(self) -> bool:
        return bool(self._cmd_vel.get_subscription_count()) and self.state.armed and not self.state.stop_code

    def publish(self, speed_m_s: float) -> float:
        """When `cmd_vel` was published, on the monotonic clock."""
        message = self._twist(speed_m_s)
        now_s = time.monotonic()
        self._cmd_vel.publish(message)
        return now_s

    def emergency_stop(self) -> float:
        """Call the judge's service; when, on the monotonic clock. Its answer is not waited for."""
        self._wait(self._stop.service_is_ready, "emergency_stop")
        now_s = time.monotonic()
        self._stop.call_async(Trigger.Request())
        return now_s

    def clear_faults(self) -> None:
        """Arm again after what a person would look at, such as an emulated board that was held up."""
        if self._clear.service_is_ready():
            self._clear.call_async(Trigger.Request())

    def reset(self) -> None:
        """Until the judge has reset its emergency stop."""
        self._wait(lambda: self.motion.emergency_stop, "motion_state")
        future = self._reset.call_async(ResetEmergencyStop.Request(by="carebot bench"))
        self._wait(future.done, "reset_emergency_stop")

    def _play(self) -> None:
        scan = LaserScan(angle_min=-math.pi, angle_increment=2 * math.pi / _RAYS, range_min=0.05, range_max=12.0)
        scan.header.stamp, scan.ranges = self._node.get_clock().now().to_msg(), [math.inf] * _RAYS
        self._scan.publish(scan)
        self._bumper.publish(Bool(data=False))
        if self.wish_m_s is not None:
            self._cmd_vel_nav.publish(self._twist(self.wish_m_s))

    def _twist(self, speed_m_s: float) -> TwistStamped:
        message = TwistStamped()
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.twist.linear.x = speed_m_s
        return message

    def _on_drive(self, message: DriveState) -> None:
        self.state = message

    def _on_motion(self, message: MotionState) -> None:
        self.motion = message

    def _wait(self, condition: Callable[[], object], name: str) -> None:
        ends_s = time.monotonic() + 20.0
        while not condition():
            if time.monotonic() > ends_s:
                raise SetupError(f"the safety node does not answer on {name}: the machine is too busy to measure.")
            time.sleep(0.002)
