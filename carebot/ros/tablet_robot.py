"""The robot as the tablet sees it over ROS: callbacks store, `view` reads, `answer` asks care."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from carebot_interfaces.msg import Alerts as AlertsMsg
from carebot_interfaces.msg import FallAlert
from carebot_interfaces.msg import People as PeopleMsg
from carebot_interfaces.srv import AnswerAlert
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from pydantic import Field
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import BatteryState

from carebot.alerts import Alert, Answer, AnswerOutcome, FallEventKind, News, Told
from carebot.geometry import CameraMounting
from carebot.people import People
from carebot.ros import qos
from carebot.ros.ask import ask
from carebot.ros.convert import (
    alert_from_msg,
    fall_event_from_msg,
    news_from_msg,
    people_from_msg,
    seconds,
    told_from_msg,
)
from carebot.ros.params import declare
from carebot.ros.tablet_caring import TabletCaring
from carebot.ros.tablet_going import TabletGoing
from carebot.ros.tablet_house import TabletHouse
from carebot.ros.tablet_log import TabletLog
from carebot.ros.tablet_looking import TabletLooking
from carebot.ros.tablet_motion import TabletMotion
from carebot.ros.tablet_noticing import TabletNoticing
from carebot.ros.tablet_talking import TabletTalking
from carebot.routines.whereabouts import spots_of
from carebot.site.file import load_site, site_path
from carebot.tablet.robot import CARE_ABSENT, CARE_LATE, Motion, Part, RobotView
from carebot.tablet.sightings import Sighting, Sightings
from carebot.tablet.teleop import MotionView

ANSWER_TIMEOUT_S = 3.0
RATE_WINDOW_S = 2.0
HEALTH_LIFE_S = 4.0
BATTERY_LIFE_S = 60.0  # some bases tell it only every ten seconds or more
TRACKS_KEPT = 20
LEVELS = {DiagnosticStatus.OK: "ok", DiagnosticStatus.WARN: "warn", DiagnosticStatus.ERROR: "error"}


@dataclass(frozen=True, slots=True)
class TabletParameters:
    """Where the tablet's page is served."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 lets other devices in the network reach it."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """The port to listen on; 0 lets the system choose."""

    language: Annotated[str, Field(pattern="^(en|fr|ja)$")] = "en"
    """The language for browsers that ask for none of ours: en, fr or ja."""

    hosts: tuple[str, ...] = ()
    """Further names under which browsers may reach the robot."""

    site: str = ""
    """The site file, for the map on which the robot is sent; without one there is no map."""

    tls: Annotated[str, Field(pattern="^(auto|on|off)$")] = "auto"
    """HTTPS with the robot's own certificate: auto, wherever other devices can reach the robot; on or off, always."""

    certificate: str = ""
    """A PEM file with a certificate of your own, and those that vouch for it; with it the server always speaks HTTPS,
    unless `tls` is off. It is served as it is, and read anew once a day."""

    certificate_key: str = ""
    """The PEM file with that certificate's key, without a password."""

    sign_in: Annotated[str, Field(pattern="^(auto|on|off)$")] = "auto"
    """Whether people must sign in: on, always, beginning with an administrator; off, from the first account on; auto:
    on wherever other devices can reach the robot."""

    push_contact: str = ""
    """A mail address for whoever runs the browsers' push services, should something be wrong; Apple's wants one."""

    push_services: tuple[str, ...] = ()
    """Origins of push services beside those of the usual browsers, as https://push.example:8443."""


@dataclass(frozen=True, slots=True)
class _PartHealth:
    level: bytes
    message: str
    values: Mapping[str, str]
    heard_s: float

    @property
    def provider(self) -> str:
        return self.values.get("provider", "")


class TabletNode(Node):
    """A `carebot.tablet.robot.Robot`. Threads: ROS calls the callbacks, the web server the rest."""

    def __init__(self) -> None:
        super().__init__("tablet")
        self.settings = declare(self, TabletParameters)
        self.motion = TabletMotion(self)
        self.looking = TabletLooking(self)
        self.caring, self.talking, self.house = TabletCaring(self), TabletTalking(self), TabletHouse(self)
        self.noticing, self.log = TabletNoticing(self), TabletLog(self)
        site = self.settings.site
        self.going = TabletGoing(self, load_site(site_path(site))) if site else None
        self._camera = declare(self, CameraMounting, "camera")
        self._sightings = None if self.going is None else Sightings(self.going.site)
        self._lock = threading.Lock()
        self._alerts: tuple[Alert, ...] = ()
        self._told: tuple[Told, ...] = ()
        self._news: tuple[News, ...] = ()
        self._alerts_s: float | None = None
        self._people_heard: PeopleMsg | None = None  # read only when somebody looks: it comes more often
        self._people: People | None = None
        self._picture_age_s = 0.0
        self._people_times_s: deque[float] = deque(maxlen=120)
        self._tracks: dict[int, str] = {}
        self._health: dict[str, _PartHealth] = {}
        self._battery, self._battery_s = math.nan, -math.inf
        self._care = self.create_client(AnswerAlert, "answer_alert")
        self._inputs = [
            self.create_subscription(AlertsMsg, "alerts", self._on_alerts, qos.ALERTS),
            self.create_subscription(PeopleMsg, "people", self._on_people, qos.PEOPLE),
            # Only falls from now on: an old one's track number may be somebody else's by now.
            self.create_subscription(FallAlert, "fall_alerts", self._on_fall, QoSProfile(depth=50)),
            self.create_subscription(DiagnosticArray, "diagnostics", self._on_diagnostics, 20),
            self.create_subscription(BatteryState, "battery_state", self._on_battery, 10),
        ]

    def view(self) -> RobotView:
        """The robot as it was last heard of."""
        now_s = time.monotonic()
        with self._lock:
            if self._people_heard is not None:
                self._people, self._people_heard = people_from_msg(self._people_heard), None
                self._place(self._people, time.time() - self._picture_age_s - (now_s - self._people_times_s[-1]))
            people_age_s = now_s - self._people_times_s[-1] if self._people_times_s else None
            health = [part for part in self._health.values() if now_s - part.heard_s < HEALTH_LIFE_S]
            return RobotView(
                name=self.get_namespace().strip("/") or "robot",
                alerts=self._alerts,
                told=self._told,
                news=self._news,
                sightings=() if self._sightings is None else self._sightings.known(time.time()),
                care_age_s=None if self._alerts_s is None else now_s - self._alerts_s,
                people=self._people,
                people_age_s=people_age_s,
                camera_age_s=None if people_age_s is None else people_age_s + self._picture_age_s,
                frames_per_second=_rate(self._people_times_s, now_s),
                provider=next((part.provider for part in health if part.provider), ""),
                tracks=dict(self._tracks),
                parts=tuple(_part(name, part, now_s) for name, part in sorted(self._health.items())),
                motion=_motion(self.motion.motion(), now_s),
                battery=_charge(self._battery, now_s - self._battery_s),
                faults=tuple(part.message for part in health if part.level != DiagnosticStatus.OK),
            )

    def _place(self, people: People, at_s: float) -> None:
        """Where the map has them; unknown where the robot does not know its place, or nobody has said how its camera is
        fixed."""
        pose = self.going.whereabouts().pose if self.going is not None else None
        if self._sightings is None or pose is None or not self._camera.is_described:
            return
        spots, sure = spots_of(people, pose, self._camera), {each.track_id: each.confidence for each in people.people}
        self._sightings.see({each: Sighting(*spot, at_s, sure[each]) for each, spot in spots.items()})

    async def answer(self, alert_id: str, answer: Answer, by: str, note: str, to: str = "") -> AnswerOutcome:
        """Ask care to take an answer; what it says, or that it is silent."""
        if not self._care.service_is_ready():
            return CARE_ABSENT
        request = AnswerAlert.Request(alert_id=alert_id, answer=answer.value, by=by, note=note, to=to)
        response = await ask(self._care, request, ANSWER_TIMEOUT_S)
        if response is None:
            return CARE_LATE
        return AnswerOutcome(response.accepted, response.message, _alert_or_none(response))

    def _on_alerts(self, message: AlertsMsg) -> None:
        try:
            alerts = tuple(alert_from_msg(alert) for alert in message.alerts)
            told = tuple(told_from_msg(each) for each in message.told)
            news = tuple(news_from_msg(each) for each in message.news)
        except ValueError as error:
            self.get_logger().error(f"cannot read the list of alerts: {error}", throttle_duration_sec=10.0)
            return
        with self._lock:
            # The same values keep the page from comparing and drawing anew twice a second.
            self._alerts = self._alerts if alerts == self._alerts else alerts
            self._told = self._told if told == self._told else told
            self._news = self._news if news == self._news else news
            self._alerts_s = time.monotonic()

    def _on_people(self, message: PeopleMsg) -> None:
        age_s = self.get_clock().now().nanoseconds / 1e9 - seconds(message.header.stamp)
        with self._lock:
            self._people_heard, self._picture_age_s = message, max(0.0, age_s)
            self._people_times_s.append(time.monotonic())

    def _on_fall(self, message: FallAlert) -> None:
        try:
            _, event = fall_event_from_msg(message)
        except ValueError:
            return  # care says so
        with self._lock:
            if event.kind is FallEventKind.RECOVERED:
                self._tracks.pop(event.track_id, None)
            else:
                self._tracks[event.track_id] = event.kind.value
            while len(self._tracks) > TRACKS_KEPT:
                del self._tracks[next(iter(self._tracks))]

    def _on_battery(self, message: BatteryState) -> None:
        with self._lock:
            self._battery, self._battery_s = float(message.percentage), time.monotonic()

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        now_s = time.monotonic()
        with self._lock:
            for status in message.status:
                values = {pair.key: pair.value for pair in status.values}
                self._health[status.name] = _PartHealth(status.level, status.message, values, now_s)


def _part(name: str, health: _PartHealth, now_s: float) -> Part:
    age_s = now_s - health.heard_s
    level = LEVELS.get(health.level, "stale") if age_s < HEALTH_LIFE_S else "stale"
    return Part(name, level, health.message, health.values, age_s)


def _charge(percentage: float, age_s: float) -> float | None:
    """0 to 1, as sensor_msgs has it; None where it was not measured, or is something else, or long ago."""
    return percentage if 0.0 <= percentage <= 1.0 and age_s < BATTERY_LIFE_S else None


def _motion(heard: MotionView | None, now_s: float) -> Motion | None:
    if heard is None:
        return None
    reasons = tuple(reason.words for reason in heard.reasons)
    stop = heard.estop
    return Motion(heard.allowed_m_s, stop.latched, stop.cause, stop.by, reasons, now_s - heard.heard_s)


def _alert_or_none(response: AnswerAlert.Response) -> Alert | None:
    return alert_from_msg(response.alert) if response.alert.id else None


def _rate(times_s: Sequence[float], now_s: float) -> float:
    """Messages a second over the last two seconds."""
    recent = [time_s for time_s in times_s if now_s - time_s <= RATE_WINDOW_S]
    if len(recent) < 2 or recent[-1] <= recent[0]:
        return 0.0
    return (len(recent) - 1) / (recent[-1] - recent[0])
