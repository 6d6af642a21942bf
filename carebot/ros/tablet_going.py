"""Sending the robot somewhere over ROS: the GoTo action, where the robot is, and the way that it plans."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

from action_msgs.msg import GoalStatus
from carebot_interfaces.action import GoTo
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path as PathMsg
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node

from carebot.geometry import Pose2D
from carebot.ros.ask import within
from carebot.ros.motion_messages import pose_from_msg
from carebot.site.file import Site
from carebot.tablet.teleop import StopOutcome
from carebot.tablet.trips import SILENT_AFTER_S, Destination, Trip, TripPhase, Whereabouts

ANSWER_TIMEOUT_S = 3.0
SILENT = StopOutcome(False, "The robot's navigation does not answer.")


class TabletGoing:
    """A `GoingRobot`. ROS calls the callbacks, the web server the rest."""

    def __init__(self, node: Node, site: Site) -> None:
        self.site = site
        self._lock = threading.Lock()
        self._pose: Pose2D | None = None
        self._pose_s = 0.0
        self._way_m: tuple[tuple[float, float], ...] = ()
        self._trip: Trip | None = None
        self._number = 0  # of the trip: the same person may send the robot to the same place again
        self._called_off = 0  # the number of the newest trip that nobody wants any more
        self._handle: ClientGoalHandle | None = None
        self._client = ActionClient(node, GoTo, "go_to")
        self._inputs = [
            node.create_subscription(PoseStamped, "map_pose", self._on_pose, 1),
            node.create_subscription(PathMsg, "plan", self._on_way, 1),
        ]

    def whereabouts(self) -> Whereabouts:
        with self._lock:
            is_known = self._pose is not None and time.monotonic() - self._pose_s < SILENT_AFTER_S
            return Whereabouts(self._pose if is_known else None, self._way_m if is_known else (), self._trip)

    async def go(self, to: Destination, by: str) -> StopOutcome:
        if not self._client.server_is_ready():
            return SILENT
        goal = GoTo.Goal(name=to.name)
        if not to.name:
            goal.kind, goal.x_m, goal.y_m, goal.any_heading = "pose", to.x_m, to.y_m, True
        with self._lock:
            self._trip, self._number = Trip(to, by, TripPhase.DRIVING), self._number + 1
            number = self._number
        sending = self._client.send_goal_async(goal, lambda message: self._on_feedback(number, message.feedback))
        handle = await within(sending, ANSWER_TIMEOUT_S)
        if handle is None or not handle.accepted:
            self._end(number, TripPhase.ENDED, "")
            if handle is None:  # it may be taken yet, with nobody to watch it
                sending.add_done_callback(lambda late: late.result().cancel_goal_async())
            return SILENT
        with self._lock:
            if self._number == number:
                self._handle = handle
            is_wanted = number > self._called_off
        if not is_wanted:
            handle.cancel_goal_async()
        handle.get_result_async().add_done_callback(lambda done: self._on_result(number, handle, done.result()))
        return StopOutcome(True, "The robot is on its way.")

    async def call_off(self) -> StopOutcome:
        with self._lock:
            handle, trip = self._handle, self._trip
            is_over = trip is None or trip.phase.is_over
            self._called_off = self._number
        if handle is None and not is_over:  # navigation has not taken it yet
            return StopOutcome(True, "The trip is called off.")
        if handle is None:
            return StopOutcome(True, "The robot is not on its way anywhere.")
        answer = await within(handle.cancel_goal_async(), ANSWER_TIMEOUT_S)
        return SILENT if answer is None else StopOutcome(True, "The trip is called off.")

    def _on_pose(self, message: PoseStamped) -> None:
        with self._lock:
            self._pose, self._pose_s = pose_from_msg(message), time.monotonic()

    def _on_way(self, message: PathMsg) -> None:
        way_m = tuple((each.pose.position.x, each.pose.position.y) for each in message.poses)
        with self._lock:
            self._way_m = way_m

    def _on_feedback(self, number: int, feedback: GoTo.Feedback) -> None:
        known = {phase.value for phase in TripPhase if not phase.is_over}
        phase = TripPhase(feedback.phase) if feedback.phase in known else TripPhase.DRIVING
        with self._lock:
            if self._trip is not None and number == self._number and not self._trip.phase.is_over:
                self._trip = replace(self._trip, phase=phase, left_m=feedback.left_m, reason=feedback.reason)

    def _on_result(self, number: int, handle: ClientGoalHandle, answer: Any) -> None:
        with self._lock:
            if self._handle is handle:
                self._handle = None
        if answer.status == GoalStatus.STATUS_CANCELED:
            self._end(number, TripPhase.CALLED_OFF, "")
        else:
            self._end(number, TripPhase.ARRIVED if answer.result.arrived else TripPhase.ENDED, answer.result.reason)

    def _end(self, number: int, phase: TripPhase, reason: str) -> None:
        """That trip's end, where no later one took its place."""
        with self._lock:
            if self._trip is not None and number == self._number and not self._trip.phase.is_over:
                self._trip = replace(self._trip, phase=phase, left_m=0.0, reason=reason)
