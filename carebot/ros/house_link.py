"""The robot in Home Assistant: its state goes out over MQTT, and pressed buttons start routines.

Only the routines that the site file's `mqtt.buttons` names have a button, and each must run without being given
anything. A press counts for the moment in which it comes; see `MqttLink` for what is no press.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from rclpy.node import Node

from carebot.alerts import Alert
from carebot.escalation.home_assistant import HouseState
from carebot.escalation.mqtt_link import MqttLink, MqttSettings, load_mqtt
from carebot.routines.agenda import check_buttons
from carebot.routines.engine import Engine
from carebot.routines.file import Routine
from carebot.routines.parameters import GivenError
from carebot.routines.triggers import Facts
from carebot.site.file import Site

BY = "trigger Home Assistant"
"""Who asks: in quiet hours a button is no person."""


def checked_mqtt(
    path: Path, library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]
) -> MqttSettings | None:
    """The site file's `mqtt`; raises ConfigError for a button of a routine that there is not, or that needs more."""
    settings = load_mqtt(path)
    check_buttons(path, settings.buttons if settings else (), library, site, caregivers)
    return settings


class HouseLink:
    """Ticked with the routines."""

    def __init__(self, node: Node, settings: MqttSettings, library: Mapping[str, Routine], language: str) -> None:
        self._node = node
        labels = {name: library[name].called(language) for name in settings.buttons}
        self._link = MqttLink(settings, node.get_namespace().strip("/").replace("/", "_") or "carebot", labels)

    def tick(self, engine: Engine, alerts: list[Alert], facts: Facts) -> None:
        """Start what was pressed, and show how things are."""
        for name in self._link.presses():
            try:
                run = engine.request(name, {}, BY, time.time())
                self._node.get_logger().info(f"Home Assistant's button starts {name} ({run.id})")
            except GivenError as error:
                self._node.get_logger().error(f"Home Assistant's button does not start {name}: {error}")
        running = engine.running()
        newest = alerts[0].kind if alerts else ""
        activity = running.run.routine if running else "idle"
        self._link.show(HouseState(bool(alerts), newest, len(alerts), bool(facts.places), facts.battery, activity))

    def close(self) -> None:
        self._link.close()
