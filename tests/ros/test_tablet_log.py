"""The lines that nodes log reach the tablet: warnings and worse of this robot, the newest first, also older ones."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rclpy.node import Node

from carebot.ros.tablet_log import LINES_KEPT, TabletLog
from tests.ros.conftest import ROBOT, Peer


@contextlib.contextmanager
def logging_node(name: str, robot: str = ROBOT) -> Iterator[Node]:
    node = Node(name, namespace=robot)
    try:
        yield node
    finally:
        node.destroy_node()


def test_warnings_and_worse_of_this_robot_are_kept_the_newest_first(peer: Peer) -> None:
    with logging_node("drive") as drive, logging_node("drive", "another_robot") as other:
        drive.get_logger().warning("said before anybody listened")
        log = TabletLog(peer)
        peer.wait_until(lambda: len(log.log()) == 1)
        drive.get_logger().info("all is well")
        other.get_logger().error("of no concern here")
        drive.get_logger().error("the cable is loose")
        peer.wait_until(lambda: len(log.log()) >= 2)
        peer.spin(0.5)
    assert [(line.level, line.node, line.text) for line in log.log()] == [
        ("error", "drive", "the cable is loose"),
        ("warn", "drive", "said before anybody listened"),
    ]


def test_so_many_lines_are_kept_and_no_more(peer: Peer) -> None:
    log = TabletLog(peer)
    with logging_node("care") as care:
        care.get_logger().warning("first")
        peer.wait_until(log.log)
        for number in range(LINES_KEPT + 20):
            care.get_logger().warning(f"line {number}")
            peer.spin(0.002)
        peer.wait_until(lambda: log.log()[0].text == f"line {LINES_KEPT + 19}")
    assert len(log.log()) == LINES_KEPT
    assert log.log()[-1].text == "line 20"
