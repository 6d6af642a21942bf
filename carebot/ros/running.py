"""Which robot a command means where nobody names one: the only one that runs."""

from __future__ import annotations

import time

from carebot.errors import SetupError
from carebot.ros.beside import node_beside

LOOKS_FOR_S = 3.0
SETTLES_S = 0.5
"""So long after the first robot another one may still be found."""
POLL_S = 0.05


def running_robot(node: str, looks_for_s: float = LOOKS_FOR_S) -> str:
    """The ROS namespace of the only robot that runs and has a node of this name.

    Raises:
        SetupError: none runs, or several do.
    """
    robots = sorted(_robots_with(node, looks_for_s))
    if not robots:
        raise SetupError(
            f"no robot with the node {node} runs that can be heard here: start one with `carebot up sim`, or name "
            "yours with --robot."
        )
    if len(robots) > 1:
        raise SetupError(f"several robots run ({', '.join(robots)}): say which one with --robot.")
    return robots[0]


def _robots_with(wanted: str, looks_for_s: float) -> set[str]:
    robots: set[str] = set()
    with node_beside("looking_for_robots", "carebot_command") as node:
        until_s = time.monotonic() + looks_for_s
        while time.monotonic() < until_s:
            found = {space.strip("/") for name, space in node.get_node_names_and_namespaces() if name == wanted}
            if found and not robots:
                until_s = time.monotonic() + SETTLES_S
            robots |= found
            time.sleep(POLL_S)
    return robots
