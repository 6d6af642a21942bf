"""Forces on the resident in Gazebo: begun and ended by messages of its bridge, and lasting in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geometry_msgs.msg import Vector3, Wrench
from rclpy.node import Node

from carebot.simulation.gazebo import RESIDENT
from carebot.simulation.rotations import Vector


@dataclass(frozen=True, slots=True)
class WrenchMessages:
    """The two types of ros_gz_interfaces that are needed."""

    entity: Any
    entity_wrench: Any

    def link(self, body: str) -> Any:
        return self.entity(name=f"{RESIDENT}::{body}", type=self.entity.LINK)

    def wrench(self, body: str, force_n: Vector) -> Any:
        x, y, z = (float(part) for part in force_n)
        return self.entity_wrench(entity=self.link(body), wrench=Wrench(force=Vector3(x=x, y=y, z=z)))


class Pusher:
    """Tells of each force once when it begins and once when it ends: Gazebo adds what is told again to the force."""

    def __init__(self, messages: WrenchMessages, begin: Callable[[Any], None], end: Callable[[Any], None]) -> None:
        self._messages, self._begin, self._end = messages, begin, end
        self._on: set[str] = set()

    def push(self, forces_n: Mapping[str, Vector]) -> None:
        """The forces of now by body, in the world's frame."""
        for body in sorted(self._on - forces_n.keys()):
            self._end(self._messages.link(body))
        for body in sorted(forces_n.keys() - self._on):
            self._begin(self._messages.wrench(body, forces_n[body]))
        self._on = set(forces_n)


def make_pusher(node: Node) -> Pusher | None:
    """None, and a warning, where the bridge's messages are not here or too old to push."""
    try:
        from ros_gz_interfaces.msg import Entity, EntityWrench
    except ImportError:
        node.get_logger().warning(
            "Falls begin without a push, for ros_gz_interfaces with EntityWrench is not here: install ros_gz of ROS 2 "
            "Jazzy or later, and source ROS."
        )
        return None
    begin = node.create_publisher(EntityWrench, "resident/push", 10)
    end = node.create_publisher(Entity, "resident/push_ends", 10)
    return Pusher(WrenchMessages(Entity, EntityWrench), begin.publish, end.publish)
