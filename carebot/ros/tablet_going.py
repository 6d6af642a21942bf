"""Sending the robot somewhere over ROS: the GoTo action, where the robot is, and the way that it plans."""

from __future__ import annotations

import threading
import time
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
        trip = Trip(to, by, TripPhase.DRIVING)
        goal = GoTo.Goal(name=to.name)
        if not to.name:
            goal.kind, goal.x_m, goal.y_m, goal.any_heading = "pose", to.x_m, to.y_m, True
        with self._lock:
            self._trip = trip
        sending = self._client.send_goal_async(goal, lambda message: self._on_feedback(trip, message.feedback))
        handle = await within(sending, ANSWER_TIMEOUT_S)
        if handle is None or not handle.accepted:
            self._end(trip, TripPhase.ENDED, "")
            if handle is None:  # it may be taken yet, with nobody to watch it
                sending.add_done_callback(lambda late: late.result().cancel_goal_async())
            return SILENT
        with self._lock:
            self._handle = handle
        handle.get_result_async().add_done_callback(lambda done: self._on_result(trip, done.result()))
        return StopOutcome(True, "The robot is on its way.")

    async def call_off(self) -> StopOutcome:
        with self._lock:
            handle, trip = self._handle, self._trip
        if handle is None or trip is None or trip.phase.is_over:
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

    def _on_feedback(self, trip: Trip, feedback: GoTo.Feedback) -> None:
        known = {phase.value for phase in TripPhase if not phase.is_over}
        phase = TripPhase(feedback.phase) if feedback.phase in known else TripPhase.DRIVING
        with self._lock:
            if self._is_current(trip):
                self._trip = Trip(trip.to, trip.by, phase, feedback.left_m, feedback.reason)

    def _on_result(self, trip: Trip, answer: Any) -> None:
        if answer.status == GoalStatus.STATUS_CANCELED:
            self._end(trip, TripPhase.CALLED_OFF, "")
        else:
            self._end(trip, TripPhase.ARRIVED if answer.result.arrived else TripPhase.ENDED, answer.result.reason)

    def _end(self, trip: Trip, phase: TripPhase, reason: str) -> None:
        with self._lock:
            if self._is_current(trip):
                self._trip = Trip(trip.to, trip.by, phase, 0.0, reason)

    def _is_current(self, trip: Trip) -> bool:
        """Whether no later trip took its place; the same person may send the robot to the same place again."""
        now = self._trip
        return now is not None and not now.phase.is_over and (now.to, now.by) == (trip.to, trip.by)
