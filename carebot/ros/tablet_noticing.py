"""What care keeps of what was noticed, as the tablet's web server reads it."""

from __future__ import annotations

from carebot_interfaces.msg import NoticeBook
from rclpy.node import Node

from carebot.ros import qos
from carebot.ros.noticing import book_from_msg
from carebot.tablet.noticing import NoticeView


class TabletNoticing:
    """A `NoticingRobot`. ROS calls the callback, the web server the rest."""

    def __init__(self, node: Node) -> None:
        self._logger = node.get_logger()
        self._view = NoticeView()
        self._in = node.create_subscription(NoticeBook, "notice_book", self._on_book, qos.NOTICE_BOOK)

    def notices(self) -> NoticeView:
        return self._view

    def _on_book(self, message: NoticeBook) -> None:
        try:
            self._view = NoticeView(*book_from_msg(message))
        except ValueError as error:
            self._logger.error(f"cannot read what was noticed: {error}", throttle_duration_sec=60.0)
