"""What the robot's nodes log, as the tablet's web server reads it."""

from __future__ import annotations

from rcl_interfaces.msg import Log
from rclpy.node import Node

from carebot.ros import qos
from carebot.ros.convert import seconds
from carebot.tablet.traces import LogLine

LINES_KEPT = 200


class TabletLog:
    """A `LoggingRobot`: warnings and worse. ROS calls the callback, the web server the rest."""

    def __init__(self, node: Node) -> None:
        self._robot = node.get_namespace().strip("/").replace("/", ".")
        self._lines: tuple[LogLine, ...] = ()
        self._in = node.create_subscription(Log, "/rosout", self._on_line, qos.latched(LINES_KEPT))

    def log(self) -> tuple[LogLine, ...]:
        return self._lines

    def _on_line(self, message: Log) -> None:
        robot, _, node = message.name.rpartition(".")
        if robot != self._robot or message.level < Log.WARN:
            return
        level = "error" if message.level >= Log.ERROR else "warn"
        line = LogLine(seconds(message.stamp), level, node, message.msg)
        newest_first = sorted((line, *self._lines), key=lambda each: -each.at_s)
        self._lines = tuple(newest_first[:LINES_KEPT])
