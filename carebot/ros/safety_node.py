"""Safety as a node: wishes to move and sensors in; the allowed motion and its reasons out, from a steady timer."""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import ApproachPermit, DriveState, MotionState, SiteState
from carebot_interfaces.msg import People as PeopleMsg
from carebot_interfaces.srv import ResetEmergencyStop
from geometry_msgs.msg import TwistStamped
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import BatteryState, Imu, LaserScan, PointCloud2
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from carebot.errors import RecordsError
from carebot.geometry import CameraMounting, Pose2D
from carebot.resources import data_dir, expanded, memory_dir
from carebot.ros import motion_messages as messages
from carebot.ros import qos
from carebot.ros.convert import people_from_msg, seconds
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.params import declare
from carebot.ros.run import run
from carebot.safety.cloud import depth_from_points
from carebot.safety.estop import EstopStore
from carebot.safety.parameters import SafetyParameters
from carebot.safety.people_distance import people_near
from carebot.safety.safety_judge import SafetyJudge
from carebot.safety.verdict import ZERO, ReasonCode, Verdict
from carebot.safety.world import Approach, Bumper, Button, Cliff, Estop, Source, World

PERIOD_S = 0.02
STATE_PERIOD_S = 0.1


@dataclass(frozen=True, slots=True)
class NodeParameters:
    """Where the state is kept, and which depth points count."""

    estop_file: str = ""
    """Where the emergency stop is remembered; by default safety/<robot>.json in the user's data folder."""

    camera_vertical_fov_rad: float = 0.85
    """The full opening angle of the height of the picture in which people are seen, in rad."""

    can_slide: bool = True
    """Whether the base can drive sideways (mecanum); where it cannot, nobody's wish to is taken."""

    camera_ahead_m: float = 0.0
    """How far the robot's outline reaches ahead of the camera that looks for people, in metres."""

    depth_lowest_m: float = 0.03
    """What the depth camera sees below this height is floor, in metres."""

    depth_highest_m: float = 1.6
    """What it sees above this height is above the robot, in metres."""


class SafetyNode(Node):
    """The only publisher of `cmd_vel`. What it publishes holds until the next tick, so it is judged for that moment."""

    def __init__(self) -> None:
        super().__init__("safety")
        self._node_parameters = declare(self, NodeParameters)
        self._lidar = declare(self, Pose2D, "lidar")
        self._depth_camera = declare(self, CameraMounting, "depth_camera")
        self._depth_pose = declare(self, Pose2D, "depth_pose")
        path = self._estop_path()
        self._store = EstopStore(path, memory_dir() / "safety" / f"{hashlib.sha256(bytes(path)).hexdigest()[:16]}.json")
        self._saved = self._store.load()
        self._judge = SafetyJudge(declare(self, SafetyParameters), time.monotonic(), self._saved)
        self._readings: dict[str, object] = {}
        self._command_stamps: dict[Source, Time] = {}
        self._pushes_a: deque[float] = deque(maxlen=2)
        self._verdict = Verdict(ZERO, 0.0)
        self._codes: tuple[ReasonCode, ...] = ()
        self._told_s = -math.inf
        self._fault = ""
        self._cmd_vel = self.create_publisher(TwistStamped, "cmd_vel", 1)
        self._motion_state = self.create_publisher(MotionState, "motion_state", qos.latched(1))
        self._listen()
        self.create_service(Trigger, "emergency_stop", self._on_emergency_stop)
        self.create_service(ResetEmergencyStop, "reset_emergency_stop", self._on_reset)
        self._diagnostics = Diagnostics(self, self._health)
        # A steady clock: with use_sim_time the node's own stands still when the simulation does.
        self._timer = self.create_timer(PERIOD_S, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))
        if self._saved.latched:
            self.get_logger().warning(f"the emergency stop is still latched: {self._saved.cause}")

    def destroy_node(self) -> None:
        self._publish(Verdict(ZERO, 0.0))
        super().destroy_node()

    def _estop_path(self) -> Path:
        if self._node_parameters.estop_file:
            return expanded(self._node_parameters.estop_file)
        return data_dir() / "safety" / f"{self.get_namespace().strip('/').replace('/', '.') or 'robot'}.json"

    def _listen(self) -> None:
        for kind, topic, heard in (
            (TwistStamped, "cmd_vel_nav", lambda message: self._on_command(Source.NAVIGATION, message)),
            (TwistStamped, "cmd_vel_teleop", lambda message: self._on_command(Source.TELEOP, message)),
            (LaserScan, "scan", self._on_scan),
            (PointCloud2, "depth_points", self._on_depth),
            (Bool, "bumper", lambda message: self._touch(message.data, bumper=Bumper(time.monotonic(), message.data))),
            (Bool, "cliff", lambda message: self._touch(message.data, cliff=Cliff(time.monotonic(), message.data))),
            (Bool, "emergency_stop_button", self._on_button),
            (Imu, "imu", lambda message: self._see(tilt=messages.tilt(message, self._steady_s(message)))),
            (PeopleMsg, "people", self._on_people),
            (BatteryState, "battery_state", self._on_battery),
            (DriveState, "drive_state", self._on_drive),
            (SiteState, "site_state", lambda message: self._see(site=messages.site(message, time.monotonic()))),
            (ApproachPermit, "approach_permit", self._on_approach),
        ):
            self.create_subscription(kind, topic, heard, qos_profile_sensor_data)

    def _see(self, **readings: object) -> None:
        self._readings.update(readings)

    def _touch(self, is_touched: bool, **readings: object) -> None:
        """A touch is judged at once: one that is shorter than the time between two ticks counts as well."""
        self._see(**readings)
        if is_touched:
            self._tick()

    def _on_button(self, message: Bool) -> None:
        self._touch(message.data, button=Button(time.monotonic(), message.data))

    def _on_drive(self, message: DriveState) -> None:
        """What pushes does so in two messages in a row: a start and a doorsill do not."""
        told = messages.drive(message, time.monotonic())
        self._pushes_a.append(told.current_a)
        self._see(drive=replace(told, current_a=float(np.min(self._pushes_a))))  # of a NaN, min() might lose sight

    def _steady_s(self, message: object) -> float:
        """The message's stamp on the clock that the judge uses: as long ago as it is on the node's own."""
        age_s = self.get_clock().now().nanoseconds / 1e9 - seconds(message.header.stamp)
        return time.monotonic() - age_s

    def _on_command(self, source: Source, message: TwistStamped) -> None:
        stamp = message.header.stamp
        # On the judge's clock a copy would seem a little newer. Without any stamp it is old, which the judge says.
        if stamp != Time() and stamp == self._command_stamps.get(source):
            self.get_logger().warning(f"a command from {source.value} came twice", throttle_duration_sec=2.0)
            return
        self._command_stamps[source] = stamp
        if not self._node_parameters.can_slide:
            message.twist.linear.y = 0.0
        request = messages.request(source, message, self._steady_s(message))
        refusal = self._judge.hear(request, time.monotonic())
        if refusal:
            self.get_logger().warning(refusal.words, throttle_duration_sec=2.0)

    def _on_scan(self, message: LaserScan) -> None:
        self._see(scan=messages.scan(message, self._lidar, self._steady_s(message)))

    def _on_depth(self, message: PointCloud2) -> None:
        heights_m = (self._node_parameters.depth_lowest_m, self._node_parameters.depth_highest_m)
        points_m = messages.cloud_points(message)
        stamp_s = self._steady_s(message)
        self._see(depth=depth_from_points(points_m, self._depth_camera, self._depth_pose, heights_m, stamp_s))

    def _on_people(self, message: PeopleMsg) -> None:
        fov_rad, ahead_m = self._node_parameters.camera_vertical_fov_rad, self._node_parameters.camera_ahead_m
        self._see(people=people_near(people_from_msg(message), fov_rad, ahead_m, self._steady_s(message)))

    def _on_battery(self, message: BatteryState) -> None:
        """A charge that is not measured is not heard of; one that was measured before goes stale."""
        if math.isnan(message.percentage):
            return
        self._see(battery=messages.battery(message, time.monotonic()))

    def _on_approach(self, message: ApproachPermit) -> None:
        self._see(approach=Approach(self._steady_s(message), message.routine))

    def _on_emergency_stop(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        fresh = self._judge.emergency_stop("somebody called the emergency stop")
        self._tick()  # the wheels first, the disk afterwards
        response.success = True
        response.message = "The robot is stopped." if fresh else "The robot was stopped already."
        return response

    def _on_reset(
        self, request: ResetEmergencyStop.Request, response: ResetEmergencyStop.Response
    ) -> ResetEmergencyStop.Response:
        response.message = self._judge.why_no_reset(request.by) or self._save(Estop())
        response.accepted = not response.message and self._judge.reset(request.by, time.monotonic())
        if response.accepted:
            self.get_logger().warning(f"{request.by.strip()} has reset the emergency stop")
        return response

    def _tick(self) -> None:
        self._publish(self._judge.decide(World(**self._readings), time.monotonic() + PERIOD_S))
        if self._judge.estop != self._saved:
            self.get_logger().error(f"emergency stop: {self._judge.estop.cause}", throttle_duration_sec=5.0)
            self._fault = self._save(self._judge.estop)

    def _save(self, estop: Estop) -> str:
        """Why `estop` could not be put on disk; empty where it is there."""
        try:
            self._store.save(estop)
        except RecordsError as error:
            return str(error)
        self._saved = estop
        return ""

    def _publish(self, verdict: Verdict) -> None:
        stamp = self.get_clock().now().to_msg()
        self._cmd_vel.publish(messages.twist_to_msg(verdict.twist, stamp))
        codes = tuple(reason.code for reason in verdict.reasons)
        if codes != self._codes or time.monotonic() - self._told_s >= STATE_PERIOD_S:
            self._motion_state.publish(messages.motion_state(verdict, self._judge.estop, stamp))
            self._told_s = time.monotonic()
        self._verdict, self._codes = verdict, codes

    def _health(self) -> list[Health]:
        values = {"allowed_m_s": self._verdict.allowed_m_s, "emergency_stop": self._judge.estop.latched}
        if self._fault:
            return [Health("motion", Level.ERROR, self._fault, values)]
        if self.count_publishers("cmd_vel") > 1:
            message = "something else publishes cmd_vel as well: end it, only safety may move the robot"
            return [Health("motion", Level.ERROR, message, values)]
        limits = [reason for reason in self._verdict.reasons if reason.code is not ReasonCode.NO_COMMAND]
        if limits:
            return [Health("motion", Level.WARN, " ".join(reason.words for reason in limits), values)]
        return [Health("motion", Level.OK, "nothing limits motion", values)]


def main() -> None:
    run(SafetyNode)
