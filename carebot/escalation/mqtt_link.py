"""The robot's link to an MQTT broker: states out, pressed buttons in; a broker that is down holds up nobody."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import Field

from carebot.config import FileModel, check, read_mapping
from carebot.escalation.home_assistant import PRESSED, HouseState, Topics, discovery_payload
from carebot.site.file import HOUSE_KEYS

LONGEST_WAIT_S = 30
KEEP_ALIVE_S = 20
MOST_PRESSES = 20
APART_S = 3.0
"""Presses of one button that come faster are one press."""


class MqttSettings(FileModel):
    """The site file's `mqtt`. `buttons` are the routines that the broker's users may start."""

    host: str = Field(min_length=1)
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str = ""
    password: str = ""
    tls: bool = False
    discovery_prefix: str = "homeassistant"
    buttons: tuple[str, ...] = ()


class _House(FileModel):
    mqtt: MqttSettings | None = None


def load_mqtt(path: Path) -> MqttSettings | None:
    """The `mqtt` of the site file `path`; None where it has none. Raises ConfigError naming file, line and key."""
    content = read_mapping(path)
    return check({key: content[key] for key in HOUSE_KEYS if key in content}, _House, path).mqtt


class MqttLink:
    """Connects in the background and again after any loss; what is newest is published then.

    `labels` are the buttons' names for people. Whatever arrives that is no press of one of them is ignored and counted
    in `refused`: an unknown name, another payload, a press that the broker kept (retained, or sent again after a
    loss). A press from before a loss that nobody took yet is forgotten: after a reconnect nothing begins by itself.
    """

    def __init__(self, settings: MqttSettings, robot: str, labels: Mapping[str, str]) -> None:
        self._topics, self._labels = Topics(robot, settings.discovery_prefix), dict(labels)
        self._presses: queue.Queue[str] = queue.Queue(MOST_PRESSES)
        self._state: HouseState | None = None
        self._pressed_s: dict[str, float] = {}
        self.refused = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"carebot_{robot}")
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.will_set(self._topics.availability, "offline", qos=1, retain=True)
        self._client.reconnect_delay_set(1, LONGEST_WAIT_S)
        if settings.username:
            self._client.username_pw_set(settings.username, settings.password)
        if settings.tls:
            self._client.tls_set()
        self._client.connect_async(settings.host, settings.port, KEEP_ALIVE_S)
        self._client.loop_start()

    @property
    def is_connected(self) -> bool:
        """Whether the broker answers."""
        return self._client.is_connected()

    @property
    def is_idle(self) -> bool:
        """Whether no press waits to be taken."""
        return self._presses.empty()

    def show(self, state: HouseState) -> None:
        """Publish `state` where it is news; without a broker it is published when one answers."""
        if state != self._state:
            self._state = state
            if self.is_connected:
                self._publish(self._topics.state, state.payload())

    def presses(self) -> list[str]:
        """The routines whose buttons were pressed since the last call."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._presses.get_nowait())
        return found

    def close(self) -> None:
        """Say that the robot goes, and disconnect."""
        if self.is_connected:
            with contextlib.suppress(ValueError, RuntimeError):
                self._client.publish(self._topics.availability, "offline", qos=1, retain=True).wait_for_publish(2.0)
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            return
        client.subscribe([(self._topics.birth, 1), (self._topics.start("+"), 1)])
        self._introduce()

    def _introduce(self) -> None:
        self._publish(self._topics.discovery, discovery_payload(self._topics, self._labels))
        self._publish(self._topics.availability, "online")
        if self._state is not None:
            self._publish(self._topics.state, self._state.payload())

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic == self._topics.birth and message.payload == b"online":
            self._introduce()
            return
        name = self._topics.routine_of(message.topic)
        is_press = name in self._labels and message.payload == PRESSED.encode()
        now_s = time.monotonic()
        if not is_press or message.retain or message.dup or now_s - self._pressed_s.get(name, -APART_S) < APART_S:
            self.refused += 1
            return
        self._pressed_s[name] = now_s
        with contextlib.suppress(queue.Full):
            self._presses.put_nowait(name)

    def _on_disconnect(self, *_: Any) -> None:
        self.presses()

    def _publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, qos=1, retain=True)
