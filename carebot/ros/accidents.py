"""What makes a black box keep its recording: a confirmed alert, an emergency stop, a node that died."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carebot_interfaces.msg import Alert, Alerts, MotionState
from diagnostic_msgs.msg import DiagnosticArray

from carebot.records.black_box import Why

SILENT_AFTER_S = 5.0
"""Nodes tell of themselves once a second."""
FORGIVEN_AFTER_S = 2.0
"""Whoever did not come to listen for so long blames nobody for being silent."""


class Accidents:
    """`hear` each message that was decoded, `look` several times a second; both tell what has just happened.

    How things are when it begins to listen is no accident of now.
    """

    def __init__(self) -> None:
        self._confirmed: set[str] | None = None
        self._is_stopped: bool | None = None
        self._heard_s: dict[str, float] = {}
        self._looked_s: float | None = None

    def hear(self, message: Any, now_s: float) -> Why | None:
        if isinstance(message, Alerts):
            return self._hear_alerts(message)
        if isinstance(message, MotionState):
            was, self._is_stopped = self._is_stopped, message.emergency_stop
            return "stop" if message.emergency_stop and was is False else None
        if isinstance(message, DiagnosticArray):
            self._heard_s.update(dict.fromkeys(_nodes(message), now_s))
        return None

    def look(self, now_s: float) -> Why | None:
        """Whether a node died since; each is told of once, until it speaks again."""
        if self._looked_s is None or now_s - self._looked_s > FORGIVEN_AFTER_S:
            self._heard_s = dict.fromkeys(self._heard_s, now_s)
        self._looked_s = now_s
        silent = [node for node, heard_s in self._heard_s.items() if now_s - heard_s > SILENT_AFTER_S]
        for node in silent:
            del self._heard_s[node]
        return "crash" if silent else None

    def _hear_alerts(self, message: Alerts) -> Why | None:
        confirmed = {alert.id for alert in message.alerts if alert.state == Alert.CONFIRMED}
        before, self._confirmed = self._confirmed, confirmed
        return None if before is None or confirmed <= before else "alarm"


def _nodes(message: DiagnosticArray) -> Iterator[str]:
    return (status.name.partition(":")[0] for status in message.status)
