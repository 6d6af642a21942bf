"""Transforms on `/tf`, where the machine has tf2_msgs: there is no wheel of it, a machine with its own ROS has it."""

from __future__ import annotations

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node

try:
    from tf2_msgs.msg import TFMessage
except ImportError:
    TFMessage = None


class Transforms:
    """Sends what a node knows of frames; without tf2_msgs, nothing."""

    def __init__(self, node: Node) -> None:
        self._out = None if TFMessage is None else node.create_publisher(TFMessage, "/tf", 100)

    def send(self, transform: TransformStamped) -> None:
        if self._out is not None:
            self._out.publish(TFMessage(transforms=[transform]))
