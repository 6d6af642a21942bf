"""A caregiver's look through the camera, as the perception node gives it: announced, short, and never published."""

from __future__ import annotations

import threading
import time
from array import array

import cv2
from carebot_interfaces.msg import LookState
from carebot_interfaces.srv import LookFrame, LookThrough
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import String

from carebot.perception.frames import Image
from carebot.perception.looking import Look, LookDesk, Request
from carebot.ros import qos

WIDEST_PX = 640
QUALITY = 70
STATE_EVERY_S = 0.25
SAID = {
    "en": ("{by} is now looking through my camera: {reason}.", "Nobody is looking through my camera any more."),
    "fr": ("{by} regarde maintenant par ma caméra : {reason}.", "Plus personne ne regarde par ma caméra."),
    "ja": ("{by}さんが今から私のカメラで見ます。理由は、{reason}です。", "もうだれもカメラで見ていません。"),
}


class LookServer:
    """The services `look_through` and `look_frame`, and `look_state` for whoever shows it.

    The worker's thread brings pictures, ROS's callbacks give them out.
    """

    def __init__(self, node: Node, language: str) -> None:
        self._node, self._said = node, SAID[language]
        self._lock = threading.Lock()
        self._desk = LookDesk()
        self._picture: Image | None = None
        self._shown: Look | None = None
        self._state = node.create_publisher(LookState, "look_state", qos.latched(1))
        self._aloud = node.create_publisher(String, "announcements", qos.ANNOUNCEMENTS)
        self._parts = [
            node.create_service(LookThrough, "look_through", self._on_ask),
            node.create_service(LookFrame, "look_frame", self._on_frame),
            node.create_timer(STATE_EVERY_S, self._tell, clock=Clock(clock_type=ClockType.STEADY_TIME)),
        ]
        self._publish(None)

    def keep(self, picture: Image) -> None:
        """The newest picture; it is held only while somebody looks."""
        with self._lock:
            self._picture = picture if self._desk.look(time.monotonic()) is not None else None

    def switch(self, is_off: bool) -> None:
        """The camera was switched off for a while, or on again; nobody looks through one that is off."""
        with self._lock:
            self._desk.switch(is_off)
            if is_off:
                self._picture = None

    def _on_ask(self, request: LookThrough.Request, response: LookThrough.Response) -> LookThrough.Response:
        wanted = Request(request.by, request.reason, request.for_s, request.emergency)
        with self._lock:
            now_s = time.monotonic()
            found = self._desk.ask(wanted, self._aloud.get_subscription_count() > 0, now_s)
            self._picture = None
        if isinstance(found, str):
            response.message = found
            return response
        response.accepted, response.token, response.seconds_left = True, found.token, found.ends_s - now_s
        self._tell()
        return response

    def _on_frame(self, request: LookFrame.Request, response: LookFrame.Response) -> LookFrame.Response:
        now_s = time.monotonic()
        with self._lock:
            if request.end:
                self._desk.end(request.token, now_s)
            look = self._desk.holds(request.token, now_s)
            is_there = look is not None and self._picture is not None
            picture = self._picture if is_there and self._desk.may_see(request.token, now_s) else None
        if look is not None:
            response.open, response.seconds_left = True, look.ends_s - now_s
        if picture is not None:
            response.jpeg = array("B", _jpeg(picture))
        return response

    def _tell(self) -> None:
        """Say aloud when a look begins and ends, and publish its state."""
        with self._lock:
            look = self._desk.look(time.monotonic())
            if look is None:
                self._picture = None
        before, self._shown = self._shown, look
        if look is not None and (before is None or before.token != look.token):
            self._aloud.publish(String(data=self._said[0].format(by=look.by, reason=look.reason)))
        elif look is None and before is not None:
            self._aloud.publish(String(data=self._said[1]))
        if look is not None or before is not None:
            self._publish(look)

    def _publish(self, look: Look | None) -> None:
        message = LookState(active=look is not None)
        message.header.stamp = self._node.get_clock().now().to_msg()
        if look is not None:
            message.by, message.reason, message.pictures = look.by, look.reason, look.pictures
            message.seconds_left = max(0.0, look.ends_s - time.monotonic())
        self._state.publish(message)


def _jpeg(picture: Image) -> bytes:
    height, width = picture.shape[:2]
    if width > WIDEST_PX:
        size = WIDEST_PX, max(1, round(height * WIDEST_PX / width))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
