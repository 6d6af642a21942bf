"""The quiet hours that care holds, for whoever keeps them."""

from __future__ import annotations

from collections.abc import Callable

from carebot_interfaces.msg import HouseSettings
from rclpy.node import Node

from carebot.ros import qos
from carebot.ros.convert import quiet_from_msg
from carebot.site.hours import Quiet


def listen_to_quiet_hours(node: Node, take: Callable[[Quiet], None]) -> None:
    """`take` is given them as they are told on `house_settings`; what cannot be read is logged and not taken."""

    def on_message(message: HouseSettings) -> None:
        try:
            quiet = quiet_from_msg(message)
        except ValueError as error:
            node.get_logger().error(f"cannot read the quiet hours: {error}")
            return
        take(quiet)

    node.create_subscription(HouseSettings, "house_settings", on_message, qos.SCHEDULE)
