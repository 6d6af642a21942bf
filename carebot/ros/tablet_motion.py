"""Driving by hand and the emergency stop over ROS: what the tablet's web server uses of the safety node."""

from __future__ import annotations

import threading
import time
from typing import Any

from carebot_interfaces.msg import MotionReason, MotionState
from carebot_interfaces.srv import ResetEmergencyStop
from geometry_msgs.msg import TwistStamped
from rclpy.client import Client
from rclpy.node import Node
from std_srvs.srv import Trigger

from carebot.geometry import Twist2D
from carebot.ros import motion_messages, qos
from carebot.ros.ask import ask
from carebot.ros.convert import stamp_from_seconds
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import Estop, MotionRequest
from carebot.tablet.teleop import SAFETY_SILENT, MotionView, StopOutcome

ANSWER_TIMEOUT_S = 2.0
_KNOWN_CODES = frozenset(code.value for code in ReasonCode)


class TabletMotion:
    """A `Motion` and an `EmergencyStop` of `carebot.tablet.teleop`. ROS calls the callback, the web server the rest."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._view: MotionView | None = None
        self._out = node.create_publisher(TwistStamped, "cmd_vel_teleop", 1)
        self._in = node.create_subscription(MotionState, "motion_state", self._on_state, qos.latched(1))
        self._stop = node.create_client(Trigger, "emergency_stop")
        self._reset = node.create_client(ResetEmergencyStop, "reset_emergency_stop")

    def drive(self, request: MotionRequest) -> None:
        """Publish it with its own stamp, which is on the monotonic clock, on ROS's."""
        age_s = time.monotonic() - request.stamp_s
        stamp = stamp_from_seconds(self._node.get_clock().now().nanoseconds / 1e9 - age_s)
        self._out.publish(motion_messages.teleop_to_msg(request, stamp))

    def motion(self) -> MotionView | None:
        with self._lock:
            return self._view

    async def emergency_stop(self, by: str) -> StopOutcome:
        self._node.get_logger().error(f"{by} calls the emergency stop")
        response = await self._answer(self._stop, Trigger.Request())
        return SAFETY_SILENT if response is None else StopOutcome(response.success, response.message)

    async def reset_emergency_stop(self, by: str) -> StopOutcome:
        response = await self._answer(self._reset, ResetEmergencyStop.Request(by=by))
        return SAFETY_SILENT if response is None else StopOutcome(response.accepted, response.message)

    async def _answer(self, client: Client, request: Any) -> Any | None:
        return await ask(client, request, ANSWER_TIMEOUT_S) if client.service_is_ready() else None

    def _on_state(self, message: MotionState) -> None:
        view = MotionView(
            heard_s=time.monotonic(),
            allowed_m_s=message.allowed_speed_m_s,
            twist=Twist2D(message.vx_m_s, message.vy_m_s, message.yaw_rad_s),
            reasons=tuple(_reason(each) for each in message.reasons if each.code in _KNOWN_CODES),
            estop=Estop(message.emergency_stop, message.emergency_stop_cause, message.emergency_stop_by),
        )
        with self._lock:
            self._view = view


def _reason(message: MotionReason) -> Reason:
    numbers = dict(zip(message.number_names, message.number_values, strict=True))
    return Reason(ReasonCode(message.code), message.words, message.allowed_speed_m_s, numbers, message.about)
