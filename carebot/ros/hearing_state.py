"""How hearing is, for diagnostics and for care."""

from __future__ import annotations

from rclpy.node import Node
from std_msgs.msg import String

from carebot.ros import qos
from carebot.ros.diagnostics import Health, Level
from carebot.ros.listening import Listening


class HearingState:
    """`hearing_fault` out, latched, at each change: a sentence, or empty where the robot hears or is not meant to."""

    def __init__(self, node: Node, listening: Listening | None) -> None:
        self._node, self._listening = node, listening
        self._told = ""
        self._out = node.create_publisher(String, "hearing_fault", qos.HEARING_FAULT)
        self._out.publish(String())

    def tick(self) -> bool:
        """Tell what has changed; whether anything has."""
        fault = self._listening.fault if self._listening is not None else None
        if fault is None or fault == self._told:
            return False
        self._told = fault
        self._out.publish(String(data=fault))
        log = self._node.get_logger()
        log.error(f"nothing is heard: {fault}") if fault else log.info("the microphone works again")
        return True

    def health(self) -> Health:
        """In a sentence."""
        if self._listening is None:
            return Health("hearing", Level.OK, "is off: no microphone is named")
        fault = self._listening.fault
        if fault is None:
            return Health("hearing", Level.OK, "loads its speech model")
        if fault:
            return Health("hearing", Level.WARN, f"hears nothing: {fault}")
        return Health("hearing", Level.OK, "hears")
