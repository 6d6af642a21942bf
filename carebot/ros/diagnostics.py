"""A node's health, once a second on `diagnostics`, whatever the simulated clock does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

PERIOD_S = 1.0


class Level(Enum):
    """How bad it is, in the levels of diagnostic_msgs."""

    OK = DiagnosticStatus.OK
    WARN = DiagnosticStatus.WARN
    ERROR = DiagnosticStatus.ERROR
    STALE = DiagnosticStatus.STALE


@dataclass(frozen=True, slots=True)
class Health:
    """One part's state: its name (`camera`), a sentence, and values whose keys carry their units."""

    part: str
    level: Level
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


class Diagnostics:
    """Asks `report` once a second and publishes what it answers; `publish_now` does not wait."""

    def __init__(self, node: Node, report: Callable[[], Sequence[Health]]) -> None:
        self._node, self._report = node, report
        self._publisher = node.create_publisher(DiagnosticArray, "diagnostics", 10)
        # A steady clock: with use_sim_time the node's own stands still when the simulation does.
        self._timer = node.create_timer(PERIOD_S, self.publish_now, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def publish_now(self) -> None:
        message = DiagnosticArray(status=[self._status(health) for health in self._report()])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)

    def _status(self, health: Health) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=health.level.value,
            name=f"{self._node.get_name()}: {health.part}",
            message=health.message,
            hardware_id=self._node.get_namespace().strip("/"),
            values=[KeyValue(key=key, value=_text(value)) for key, value in health.values.items()],
        )


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
