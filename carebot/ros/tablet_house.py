"""Contacts and quiet hours over ROS, as the tablet's web server uses them."""

from __future__ import annotations

import json
import threading

from carebot_interfaces.msg import HouseSettings
from carebot_interfaces.srv import ChangeHouse
from rclpy.node import Node

from carebot.ros import qos
from carebot.ros.ask import ask
from carebot.tablet.house import HouseChange, HouseOutcome, HouseView, house_view

ANSWER_TIMEOUT_S = 5.0
SILENT = HouseOutcome(False, "silent", "The robot's care node does not answer.")
UNANSWERED = HouseOutcome(False, "unanswered", "The robot's care node did not answer: it may have done it.")


class TabletHouse:
    """A `HouseRobot`. ROS calls the callback, the web server the rest."""

    def __init__(self, node: Node) -> None:
        self._node, self._lock, self._view = node, threading.Lock(), HouseView()
        self._client = node.create_client(ChangeHouse, "change_house")
        self._input = node.create_subscription(HouseSettings, "house_settings", self._on_settings, qos.SCHEDULE)

    def house(self) -> HouseView:
        with self._lock:
            return self._view

    async def change_house(self, change: HouseChange) -> HouseOutcome:
        if not self._client.service_is_ready():
            return SILENT
        request = ChangeHouse.Request(
            what=change.what,
            subject=change.subject,
            content=json.dumps(dict(change.content)),
            by=change.by,
            is_based=change.revision is not None,
            revision=change.revision or 0,
        )
        response = await ask(self._client, request, ANSWER_TIMEOUT_S)
        if response is None:
            return UNANSWERED
        values = dict(zip(response.values[::2], response.values[1::2], strict=True))
        return HouseOutcome(response.accepted, response.code, response.message, values, response.id)

    def _on_settings(self, message: HouseSettings) -> None:
        try:
            view = house_view(json.loads(message.content), message.revision, message.fault)
        except (ValueError, KeyError, TypeError) as error:
            self._node.get_logger().error(f"cannot read the settings of the house: {error}")
            return
        with self._lock:
            self._view = view
