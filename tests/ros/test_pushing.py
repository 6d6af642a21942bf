"""What Gazebo's bridge is told of a push: once when it begins, once when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from geometry_msgs.msg import Wrench

from carebot.ros.pushing import Pusher, WrenchMessages


@dataclass
class Entity:
    """As ros_gz_interfaces/msg/Entity, which no package here has."""

    LINK: ClassVar[int] = 3
    name: str = ""
    type: int = 0


@dataclass
class EntityWrench:
    entity: Entity = field(default_factory=Entity)
    wrench: Wrench = field(default_factory=Wrench)


def test_a_push_is_told_once_and_ended_once() -> None:
    begun: list[EntityWrench] = []
    ended: list[Entity] = []
    pusher = Pusher(WrenchMessages(Entity, EntityWrench), begun.append, ended.append)
    chest, feet = {"thorax": np.array((10.0, -20.0, 5.0))}, {"left_foot": np.array((-3.0, 0.0, 0.0))}
    for forces in ({}, chest | feet, chest | feet, chest, chest, {}, {}):
        pusher.push(forces)
    assert [each.entity for each in begun] == [Entity("resident::left_foot", 3), Entity("resident::thorax", 3)]
    force = begun[1].wrench.force
    assert (force.x, force.y, force.z) == (10.0, -20.0, 5.0)
    assert [each.name for each in ended] == ["resident::left_foot", "resident::thorax"]
