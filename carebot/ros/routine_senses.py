"""What routines see and feel over ROS: exercise, bumper, the camera's being off, and what triggers go by."""

from __future__ import annotations

import math
import time
from collections import deque

from carebot_interfaces.msg import People as PeopleMsg
from carebot_interfaces.msg import Utterance
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import BatteryState
from std_msgs.msg import Bool, Float64, String

from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People
from carebot.ros import qos
from carebot.ros.convert import people_from_msg
from carebot.routines.ports import DONE, Counting, Job, Outcome
from carebot.routines.resting import RestWatch
from carebot.routines.triggers import Facts
from carebot.routines.watching import STALE_S, Watching, watching
from carebot.routines.whereabouts import places_of
from carebot.site.file import Site

TOUCHED_FOR_S = 3.0
"""A press of the bumper counts for so long: routines look ten times a second, and a press is short."""
BATTERY_STALE_S = 60.0
ANSWER_S = 10.0
MOST_EVENTS = 50


class Closing:
    """The camera on its way to be off (or on); done when perception says that it is."""

    def __init__(self, senses: RoutineSenses, is_off: bool) -> None:
        self._senses, self._is_off = senses, is_off
        self._until_s = time.monotonic() + ANSWER_S

    def outcome(self, _now_s: float) -> Outcome | None:
        if self._senses.are_closed() is self._is_off:
            return DONE
        if time.monotonic() > self._until_s:
            return Outcome(False, "perception does not answer")
        return None

    def cancel(self) -> None:
        """What was asked for stays."""


class RoutineSenses:
    """The ports Exercise, Eyes, Touch and Standing, and the facts for triggers."""

    def __init__(self, node: Node, site: Site, camera: CameraMounting) -> None:
        self._site, self._camera = site, camera
        self._watching: Watching | None = None
        self.rest = RestWatch()
        self._people: People | None = None
        self._pose: Pose2D | None = None
        self._people_s = self._pose_s = self._touched_s = self._battery_s = -1e9
        self._battery: float | None = None
        self._is_charging = False
        self._is_off: bool | None = None
        self._events: deque[str] = deque(maxlen=MOST_EVENTS)
        self._close = node.create_publisher(Float64, "camera_off_until", qos.latched(1))
        self._subscriptions = [
            node.create_subscription(PeopleMsg, "people", self._on_people, qos.PEOPLE),
            node.create_subscription(Utterance, "utterances", self._on_words, qos.SPOKEN_ONCE),
            node.create_subscription(Bool, "bumper", self._on_bumper, qos_profile_sensor_data),
            node.create_subscription(Bool, "camera_is_off", self._on_camera, qos.latched(1)),
            node.create_subscription(BatteryState, "battery_state", self._on_battery, 10),
            node.create_subscription(PoseStamped, "map_pose", self._on_pose, 1),
            node.create_subscription(String, "routine_events", self._on_event, 10),
        ]

    # ports

    def watch(self, movement: str, _now_s: float) -> Counting | None:
        if time.monotonic() - self._people_s > STALE_S or (found := watching(movement, time.monotonic)) is None:
            return None
        self._watching = found
        return found

    def close_until(self, until_s: float) -> Job:
        self._close.publish(Float64(data=float(until_s)))
        return Closing(self, until_s > time.time())

    def are_closed(self) -> bool | None:
        return self._is_off

    def room_here(self) -> str:
        place_m = self.place_m()
        room = None if place_m is None else self._site.room_at(*place_m)
        return room.name if room else ""

    def place_m(self) -> tuple[float, float] | None:
        """Where the robot is on the map; None where it does not say."""
        if self._pose is None or time.monotonic() - self._pose_s > STALE_S:
            return None
        return self._pose.x_m, self._pose.y_m

    def is_touched(self, _now_s: float) -> bool:
        return time.monotonic() - self._touched_s < TOUCHED_FOR_S

    # what triggers go by

    def facts(self, alerts: dict[str, str]) -> Facts:
        """What is known now; events are given once."""
        now_s = time.monotonic()
        events = tuple(self._events)
        self._events.clear()
        battery = self._battery if now_s - self._battery_s < BATTERY_STALE_S else None
        return Facts(battery, self._is_charging, self._places(), events, alerts)

    def _places(self) -> frozenset[str]:
        """The rooms and zones in which somebody is seen now."""
        now_s = time.monotonic()
        if self._people is None or self._pose is None or max(now_s - self._people_s, now_s - self._pose_s) >= STALE_S:
            return frozenset()
        return places_of(self._people, self._pose, self._camera, self._site)

    # what comes in

    def _on_people(self, message: PeopleMsg) -> None:
        self._people, self._people_s = people_from_msg(message), time.monotonic()
        self.rest.see(self._people, self._places, time.time())
        if self._watching is not None and not self._watching.is_closed:
            self._watching.see(self._people)

    def _on_words(self, message: Utterance) -> None:
        if self._watching is not None and not self._watching.is_closed:
            self._watching.hear(message.text, message.language or "en")

    def _on_bumper(self, message: Bool) -> None:
        if message.data:
            self._touched_s = time.monotonic()

    def _on_camera(self, message: Bool) -> None:
        self._is_off = message.data

    def _on_battery(self, message: BatteryState) -> None:
        self._battery_s = time.monotonic()
        self._battery = float(message.percentage) if 0.0 <= message.percentage <= 1.0 else None
        charging = (BatteryState.POWER_SUPPLY_STATUS_CHARGING, BatteryState.POWER_SUPPLY_STATUS_FULL)
        self._is_charging = message.power_supply_status in charging

    def _on_pose(self, message: PoseStamped) -> None:
        at, turned = message.pose.position, message.pose.orientation
        self._pose, self._pose_s = Pose2D(at.x, at.y, 2 * math.atan2(turned.z, turned.w)), time.monotonic()

    def _on_event(self, message: String) -> None:
        self._events.append(message.data[:40])
