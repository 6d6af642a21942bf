"""The drive as a lifecycle node: cmd_vel to wheels, odometry and the motors' state back.

Configure opens and identifies, activate arms, deactivate stops, cleanup, shutdown and errors stop and close.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from builtin_interfaces.msg import Time
from carebot_interfaces.msg import DriveState, MotionState
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry as OdometryMsg
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import BatteryState
from std_srvs.srv import Trigger

from carebot.chassis.build import EXTERNAL, external_settings, load_checked, make_link, make_loop
from carebot.chassis.chassis import PERIOD_S, Chassis, Snapshot
from carebot.chassis.priority import run_in_real_time
from carebot.clock import MonotonicClock
from carebot.drive.kinematics import kinematics_of
from carebot.drive.loop import Command, Stop
from carebot.errors import CarebotError
from carebot.geometry import Twist2D
from carebot.robot import robot_path
from carebot.ros import drive_messages, qos
from carebot.ros.convert import seconds, stamp_from_seconds
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.external_base import ExternalBase
from carebot.ros.params import declare
from carebot.ros.run import run
from carebot.ros.transforms import Transforms
from carebot.ros.worker import Worker

STATE_PERIOD_S = 0.05
BATTERY_PERIOD_S = 1.0
RETRY_PERIOD_S = 1.0
ARM_WITHIN_S = 1.5
STOP_WITHIN_S = 0.5
SHORTEST_TICK_S = 0.004
"""Commands that come faster than this share a tick."""

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


@dataclass(frozen=True, slots=True)
class DriveParameters:
    """Which robot this is, and who brings the node up."""

    robot: str = "simulated"
    """The robot file: a name of those that carebot ships, or a path."""
    port: str = ""
    """The motor controller's port; takes the place of the robot file's."""
    auto_activate: bool = True
    """Configure and activate by itself, and try again until that worked; false: a lifecycle manager does it."""
    odom_frame: str = "odom"
    """The frame that odometry counts in."""
    base_frame: str = "base_footprint"
    """The robot's own frame, between the driven wheels on the floor."""
    publish_tf: bool = True
    """Whether odom_frame to base_frame goes out on tf as well (where tf2_msgs is installed)."""


class DriveNode(LifecycleNode):
    """`cmd_vel` and `motion_state` in; `odom`, `tf`, `battery_state`, `drive_state` and diagnostics out.

    A thread of its own ticks at 50 Hz, and at once when a command comes. It owns the controller and is the only one to
    feed its watchdog: a node that hangs stops the robot.
    """

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._priority = run_in_real_time()  # before DDS makes its threads, which take after this one
        super().__init__("drive")
        self._p = declare(self, DriveParameters)
        self._robot = load_checked(self._p.robot, self._p.port)
        self._external: ExternalBase | None = None
        self._chassis = Chassis(self._make_link(), make_loop(self._robot))
        self._stage, self._said = "unconfigured", ""
        self._command: Command | None = None
        self._is_halted = False
        self._wake = threading.Event()
        self._changed = threading.Condition()
        self._snapshot = self._unknown()
        self._told: tuple[Any, ...] = ()
        self._told_s = 0.0
        self._publishing = threading.Lock()
        self._late_s: deque[float] = deque(maxlen=500)
        self._make_topics()
        self._auto = self._p.auto_activate
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timers_ = [
            self.create_timer(STATE_PERIOD_S, self._tell_regularly, clock=self._steady),
            self.create_timer(BATTERY_PERIOD_S, self._tell_battery, clock=self._steady),
        ]
        if self._auto:
            self._bring_up_timer = self.create_timer(0.05, self._bring_up, clock=self._steady)

    def destroy_node(self) -> None:
        self._end()
        super().destroy_node()

    def _make_link(self) -> Any:
        if self._robot.controller.name != EXTERNAL:
            return make_link(self._robot, MonotonicClock())
        settings = external_settings(self._robot, robot_path(self._p.robot))
        self._external = ExternalBase(self, settings, kinematics_of(self._robot.base))
        return self._external

    def _make_topics(self) -> None:
        self._state_out = self.create_publisher(DriveState, "drive_state", 10)
        self._battery_out = self.create_publisher(BatteryState, "battery_state", 10)
        relays = self._external is None or self._external.relays_odometry
        self._odom_out = self.create_publisher(OdometryMsg, "odom", 10) if relays else None
        self._transforms = Transforms(self) if self._p.publish_tf and self._external is None else None
        self._in = self.create_subscription(TwistStamped, "cmd_vel", self._take_command, 1)
        self._judge_in = self.create_subscription(MotionState, "motion_state", self._take_judgement, qos.latched(1))
        self._clear = self.create_service(Trigger, "clear_drive_faults", self._clear_faults)
        self._diagnostics = Diagnostics(self, self._health)

    # --- the life cycle -----------------------------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        try:
            identity = self._chassis.link.connect()
        except CarebotError as error:
            self._say(str(error))
            self._tell(self._unknown())
            return FAILURE
        self._say(f"{identity.model}, firmware {identity.firmware}", is_good=True)
        self._worker = Worker("drive", self._live)
        self._worker.start(self)
        self._stage = "inactive"
        return SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        link = self._chassis.link
        link.enable()
        if not self._wait_for(lambda: self._snapshot.armed, ARM_WITHIN_S):
            link.disable()
            self._say(link.problem or "The motor controller could not be armed in time.")
            return FAILURE
        self._stage, self._auto = "active", False
        self._say("The motors are armed.", is_good=True)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._auto = False
        self._chassis.link.disable()
        self._wait_for(lambda: not self._snapshot.armed, STOP_WITHIN_S)
        self._stage = "inactive"
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        self._end()
        return SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        self._auto = False
        self._end()
        return SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        self.get_logger().error("A transition failed: the motors are stopped and the port is closed.")
        self._end()
        return SUCCESS

    def _end(self) -> None:
        """Stop and close, by the thread that owns the controller."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
        self._stage = "unconfigured"

    def _bring_up(self) -> None:
        if self._stage == "unconfigured" and self._auto:
            self.trigger_configure()
        if self._stage == "inactive" and self._auto:
            self.trigger_activate()
        self._bring_up_timer.cancel()
        if self._auto:
            self._bring_up_timer = self.create_timer(RETRY_PERIOD_S, self._bring_up, clock=self._steady)

    def _wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    # --- what comes in ------------------------------------------------------------------------------------------------

    def _take_command(self, message: TwistStamped) -> None:
        stamp_s = seconds(message.header.stamp)
        age_s = self.get_clock().now().nanoseconds / 1e9 - stamp_s if stamp_s else float("inf")
        linear, angular = message.twist.linear, message.twist.angular
        self._command = Command(Twist2D(linear.x, linear.y, angular.z), time.monotonic() - age_s)
        self._wake.set()

    def _take_judgement(self, message: MotionState) -> None:
        """The judge's zero brakes as any command does; its emergency stop does not wait for that."""
        changed, self._is_halted = message.emergency_stop != self._is_halted, message.emergency_stop
        if changed:
            self._wake.set()

    def _clear_faults(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:  # noqa: ARG002
        self._chassis.link.clear_faults()
        response.success, response.message = True, "The motors are armed again as soon as that is possible."
        return response

    # --- the loop, in its own thread ----------------------------------------------------------------------------------

    def _live(self) -> None:
        stopping = self._worker.stopping
        try:
            due_s = time.monotonic()
            while not stopping.is_set():
                now_s = time.monotonic()
                if now_s >= due_s:
                    self._late_s.append(now_s - due_s)
                    due_s = max(due_s + PERIOD_S, now_s)
                self._tell(self._chassis.tick(self._command, now_s, is_halted=self._is_halted))
                self._sleep(now_s, due_s)
        finally:
            self._chassis.link.close()
            self._tell(self._unknown("The drive is not running."))

    def _sleep(self, began_s: float, due_s: float) -> None:
        """Until the next period, or until a command comes."""
        if self._wake.wait(max(0.0, due_s - time.monotonic())):
            self._wake.clear()
            time.sleep(max(0.0, min(began_s + SHORTEST_TICK_S, due_s) - time.monotonic()))

    # --- what goes out ------------------------------------------------------------------------------------------------

    def _tell(self, snapshot: Snapshot) -> None:
        if snapshot.is_new:
            self._tell_odometry(snapshot)
        with self._changed:
            self._snapshot = snapshot
            self._changed.notify_all()
        if snapshot.situation != self._told or time.monotonic() - self._told_s >= STATE_PERIOD_S:
            self._tell_state(snapshot)

    def _tell_regularly(self) -> None:
        """In place of the loop's thread, while that waits for a controller to answer or does not run."""
        if time.monotonic() - self._told_s >= 2 * STATE_PERIOD_S:
            self._tell_state(self._snapshot)

    def _tell_state(self, snapshot: Snapshot) -> None:
        with self._publishing:
            self._told, self._told_s = snapshot.situation, time.monotonic()
            self._state_out.publish(drive_messages.drive_state(snapshot, self._now(), self._p.base_frame))

    def _tell_odometry(self, snapshot: Snapshot) -> None:
        if self._external is not None:
            if self._odom_out is not None and self._external.odometry is not None:
                self._odom_out.publish(self._external.odometry)
            return
        if snapshot.odometry is None:
            return
        stamp = self._now(time.monotonic() - snapshot.odometry.stamp_s)
        message = drive_messages.odometry(snapshot.odometry, stamp, self._p.odom_frame, self._p.base_frame)
        self._odom_out.publish(message)
        if self._transforms is not None:
            self._transforms.send(drive_messages.transform(message))

    def _tell_battery(self) -> None:
        if self._snapshot.telemetry is not None:
            battery = drive_messages.battery_state(self._snapshot, self._robot.battery, self._now())
            self._battery_out.publish(battery)

    def _health(self) -> list[Health]:
        snapshot, late = self._snapshot, sorted(self._late_s)
        values = {
            "controller": snapshot.controller,
            "reconnects": snapshot.reconnects,
            "bad_frames": snapshot.bad_frames,
            "refused_commands": snapshot.refused_commands,
            "wheel_jumps": snapshot.jumps,
            "loop_late_p99_ms": 1000 * late[int(0.99 * (len(late) - 1))] if late else 0.0,
            "priority": self._priority,
            "waits_for": drive_messages.waiting_for(snapshot),
        }
        telemetry = snapshot.telemetry
        if telemetry is not None and telemetry.voltage_v is not None:
            values["battery_v"] = telemetry.voltage_v
        if snapshot.stop is not None:
            level = Level.ERROR if not snapshot.connected or (telemetry and telemetry.faults) else Level.WARN
            return [Health("motors", level, snapshot.stop.reason, values)]
        return [Health("motors", Level.OK, "follows commands", values)]

    def _now(self, ago_s: float = 0.0) -> Time:
        now = self.get_clock().now()
        return now.to_msg() if not ago_s else stamp_from_seconds(now.nanoseconds / 1e9 - ago_s)

    def _say(self, sentence: str, is_good: bool = False) -> None:
        """Log it once, however often it is tried again."""
        if sentence != self._said:
            self._said = sentence
            if is_good:
                self.get_logger().info(sentence)
            else:
                self.get_logger().error(sentence)

    def _unknown(self, reason: str = "") -> Snapshot:
        """What is known while the loop does not run."""
        link = self._chassis.link
        stop = Stop("lost", reason or link.problem or "The drive is not running.")
        counters = (max(0, link.connects - 1), self._chassis.loop.refused_commands, 0, 0)
        return Snapshot(time.monotonic(), link.name, False, False, stop, (), None, None, False, *counters)


def main() -> None:
    run(DriveNode)
