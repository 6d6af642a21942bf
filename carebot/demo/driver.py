"""Whoever stands at the tablet in the demonstration, and drives the robot by hand along the scenario's way."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, hypot
from types import TracebackType

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock as ClockMsg

from carebot.demo.timeline import Timeline
from carebot.geometry import Pose2D
from carebot.ros.beside import node_beside
from carebot.ros.convert import seconds
from carebot.ros.motion_messages import BASE_FRAME, DRIVER_MARK, twist_to_msg
from carebot.simulation.way import Way

PERIOD_S = 0.05
JUMP_M = 1.0
NAME = "carebot demo"


class Driver:
    """Drives while it is entered: sees where the robot really is, and tells the safety judge where to go."""

    def __init__(self, robot: str, way: Way, from_s: float, timeline: Timeline) -> None:
        self._node, self._way, self._from_s, self._timeline = node_beside("demo_driver", robot), way, from_s, timeline
        self._pose: Pose2D | None = None
        self._clock: ClockMsg | None = None
        self._first_s: float | None = None

    def __enter__(self) -> Driver:
        node = self._node.__enter__()
        self._out = node.create_publisher(TwistStamped, "cmd_vel_teleop", qos_profile_sensor_data)
        node.create_subscription(Odometry, "ground_truth/robot", self._on_robot, 10)
        node.create_subscription(ClockMsg, "/clock", self._on_clock, 10)
        node.create_timer(PERIOD_S, self._drive, clock=Clock(clock_type=ClockType.STEADY_TIME))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._node.__exit__(kind, error, at)

    def _on_clock(self, message: ClockMsg) -> None:
        self._clock = message
        self._first_s = seconds(message.clock) if self._first_s is None else self._first_s

    def _on_robot(self, message: Odometry) -> None:
        place, turned = message.pose.pose.position, message.pose.pose.orientation
        pose = Pose2D(place.x, place.y, 2 * atan2(turned.z, turned.w))
        if self._pose is not None and hypot(pose.x_m - self._pose.x_m, pose.y_m - self._pose.y_m) > JUMP_M:
            self._way, self._first_s = replace(self._way, reached=0, ended=False), None  # the scenario began anew
        self._pose = pose

    def _drive(self) -> None:
        if self._pose is None or self._clock is None or self._first_s is None or self._way.ended:
            return
        now_s = seconds(self._clock.clock) - self._first_s
        if now_s < self._from_s:
            return
        self._timeline.add("set_off", now_s)
        command = twist_to_msg(self._way.wish(self._pose), self._clock.clock)
        command.header.frame_id = f"{BASE_FRAME}{DRIVER_MARK}{NAME}"
        self._out.publish(command)
        self._note_arrival(now_s)

    def _note_arrival(self, now_s: float) -> None:
        if self._way.ended:
            self._timeline.add("arrived", now_s)
