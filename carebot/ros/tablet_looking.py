"""Looking through the camera over ROS: perception decides, and gives one picture after the other to its token."""

from __future__ import annotations

from carebot_interfaces.srv import LookFrame, LookThrough
from rclpy.node import Node

from carebot.ros.ask import ask
from carebot.tablet.looks import PERCEPTION_SILENT, Opened, Shown

ANSWER_TIMEOUT_S = 2.0


class TabletLooking:
    """A `LookingRobot`."""

    def __init__(self, node: Node) -> None:
        self._ask = node.create_client(LookThrough, "look_through")
        self._frame = node.create_client(LookFrame, "look_frame")

    async def look(self, by: str, reason: str, for_s: float, emergency: bool) -> Opened:
        if not self._ask.service_is_ready():
            return PERCEPTION_SILENT
        request = LookThrough.Request(by=by, reason=reason, for_s=for_s, emergency=emergency)
        answer = await ask(self._ask, request, ANSWER_TIMEOUT_S)
        if answer is None:
            return PERCEPTION_SILENT
        return Opened(answer.accepted, answer.message, answer.token, answer.seconds_left)

    async def picture(self, token: str, end: bool = False) -> Shown:
        if not self._frame.service_is_ready():
            return Shown()
        answer = await ask(self._frame, LookFrame.Request(token=token, end=end), ANSWER_TIMEOUT_S)
        return Shown() if answer is None else Shown(answer.open, answer.seconds_left, bytes(answer.jpeg))
