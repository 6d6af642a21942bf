"""Which node lives where: shared by `carebot up`, `ros2 launch` and `carebot.ros.process`. Imports no ROS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeType:
    """A node's module, which has `main()`, and its class, which takes no arguments.

    `alone`: it needs a process of its own, because it keeps the main thread for itself.
    """

    module: str
    class_name: str
    alone: bool = False


NODES = {
    "perception": NodeType("carebot.ros.perception_node", "PerceptionNode"),
    "falls": NodeType("carebot.ros.falls_node", "FallsNode"),
    "care": NodeType("carebot.ros.care_node", "CareNode"),
    "conversation": NodeType("carebot.ros.conversation_node", "ConversationNode"),
    "tablet": NodeType("carebot.ros.tablet_node", "TabletNode", alone=True),
    "navigation": NodeType("carebot.ros.navigation_node", "NavigationNode"),
    "drive": NodeType("carebot.ros.drive_node", "DriveNode"),
    "safety": NodeType("carebot.ros.safety_node", "SafetyNode"),
    "black_box": NodeType("carebot.ros.black_box_node", "BlackBoxNode"),
    "simulation": NodeType("carebot.ros.simulation_node", "SimulationNode"),
    "resident": NodeType("carebot.ros.resident_node", "ResidentNode"),
    "gazebo": NodeType("carebot.ros.gazebo_node", "GazeboNode"),
}
"""By node name, which is also the ROS name and the key in profiles."""
