"""What Home Assistant is told over MQTT so that the robot appears there by itself: device discovery, one message.

Format: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PRESSED = "PRESS"


@dataclass(frozen=True, slots=True)
class HouseState:
    """What the house may know: no names of residents. `battery` is 0..1 or None where it is not known."""

    alert: bool = False
    alert_kind: str = ""
    alert_count: int = 0
    presence: bool = False
    battery: float | None = None
    activity: str = "idle"

    def payload(self) -> str:
        """As JSON, for the topic `state`."""
        battery_percent = None if self.battery is None else round(100 * self.battery)
        return json.dumps(
            {
                "alert": _on_off(self.alert),
                "alert_kind": self.alert_kind,
                "alert_count": self.alert_count,
                "presence": _on_off(self.presence),
                "battery_percent": battery_percent,
                "activity": self.activity,
            }
        )


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one robot below `carebot/ROBOT/`."""

    robot: str
    discovery_prefix: str = "homeassistant"

    @property
    def state(self) -> str:
        return f"carebot/{self.robot}/state"

    @property
    def availability(self) -> str:
        return f"carebot/{self.robot}/availability"

    @property
    def discovery(self) -> str:
        return f"{self.discovery_prefix}/device/carebot_{self.robot}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery_prefix}/status"

    def start(self, routine: str) -> str:
        return f"carebot/{self.robot}/start/{routine}"

    def routine_of(self, topic: str) -> str:
        """Which routine's button the topic is; empty where it is none."""
        prefix = self.start("")
        return topic.removeprefix(prefix) if topic.startswith(prefix) else ""


def discovery_payload(topics: Topics, routines: Mapping[str, str]) -> str:
    """The whole device as JSON; `routines` are the buttons: name → label."""
    robot = topics.robot
    components = {
        "alert": _sensor("binary_sensor", "Alert", "{{ value_json.alert }}", device_class="safety"),
        "alert_kind": _sensor("sensor", "Alert kind", "{{ value_json.alert_kind }}"),
        "alert_count": _sensor("sensor", "Open alerts", "{{ value_json.alert_count }}"),
        "presence": _sensor("binary_sensor", "Presence", "{{ value_json.presence }}", device_class="occupancy"),
        "battery": _sensor(
            "sensor",
            "Battery",
            "{{ value_json.battery_percent }}",
            device_class="battery",
            unit_of_measurement="%",
        ),
        "activity": _sensor("sensor", "Activity", "{{ value_json.activity }}"),
        **{f"start_{name}": _button(topics, name, label) for name, label in routines.items()},
    }
    for key, component in components.items():
        component["unique_id"] = f"carebot_{robot}_{key}"
    return json.dumps(
        {
            "device": {"identifiers": [f"carebot_{robot}"], "name": robot, "manufacturer": "carebot"},
            "origin": {"name": "carebot"},
            "availability_topic": topics.availability,
            "state_topic": topics.state,
            "qos": 1,
            "components": components,
        },
        ensure_ascii=False,
    )


def _sensor(platform: str, name: str, template: str, **more: str) -> dict[str, Any]:
    return {"platform": platform, "name": name, "value_template": template, **more}


def _button(topics: Topics, name: str, label: str) -> dict[str, Any]:
    return {"platform": "button", "name": label, "command_topic": topics.start(name), "payload_press": PRESSED}


def _on_off(value: bool) -> str:
    return "ON" if value else "OFF"
