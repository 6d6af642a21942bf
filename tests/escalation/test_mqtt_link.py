"""The link to a real Mosquitto: discovery, states, buttons, a broker that comes late and goes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from carebot.escalation.home_assistant import HouseState, Topics, discovery_payload
from carebot.escalation.mqtt_link import MqttLink, MqttSettings
from tests.escalation.broker import MOSQUITTO, broker, free_port

WAIT_S = 30.0
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed (Debian: mosquitto)")


def wait_until(condition: Callable[[], object]) -> None:
    until_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until_s, "waited in vain"
        time.sleep(0.01)


class House:
    """Home Assistant's part: keeps what is retained, presses buttons."""

    def __init__(self, port: int) -> None:
        self.kept: dict[str, str] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.on_message = self._keep
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _keep(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        self.kept[message.topic] = message.payload.decode("utf-8", "replace")

    def state(self) -> dict:
        return json.loads(self.kept.get("carebot/robo/state", "{}"))

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def house(port: int) -> Iterator[House]:
    made = House(port)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def linked(port: int) -> Iterator[MqttLink]:
    made = MqttLink(MqttSettings(host="127.0.0.1", port=port), "robo", {"come_here": "Come here"})
    try:
        yield made
    finally:
        made.close()


@needs_mosquitto
def test_the_robot_appears_shows_its_state_and_hears_its_buttons(tmp_path: Path):
    port = free_port()
    with broker(tmp_path, port), linked(port) as link, house(port) as home:
        link.show(HouseState(alert=True, alert_kind="fall", alert_count=1, battery=0.5))
        wait_until(lambda: home.state().get("alert") == "ON")
        assert home.state()["battery_percent"] == 50
        wait_until(lambda: home.kept.get("carebot/robo/availability") == "online")
        device = json.loads(home.kept["homeassistant/device/carebot_robo/config"])
        assert device["components"]["start_come_here"]["command_topic"] == "carebot/robo/start/come_here"
        home.client.publish("carebot/robo/start/unknown", "PRESS", qos=1)
        home.client.publish("carebot/robo/start/come_here", b"\xff\x00", qos=1)
        home.client.publish("carebot/robo/start/come_here", "PRESS", qos=1)
        pressed: list[str] = []
        wait_until(lambda: pressed.extend(link.presses()) or pressed)
        assert pressed == ["come_here"]
        link.close()
        wait_until(lambda: home.kept["carebot/robo/availability"] == "offline")


@needs_mosquitto
def test_a_broker_that_comes_late_hears_the_newest_state(tmp_path: Path):
    port = free_port()
    with linked(port) as link:
        link.show(HouseState(activity="old"))
        link.show(HouseState(activity="newest"))
        assert not link.is_connected
        with broker(tmp_path, port):
            wait_until(lambda: link.is_connected)
            with house(port) as home:
                wait_until(lambda: home.state().get("activity") == "newest")
        wait_until(lambda: not link.is_connected)
        link.show(HouseState(activity="after"))


def test_every_entity_has_its_own_identity_and_names_known_topics():
    topics = Topics("robo")
    device = json.loads(discovery_payload(topics, {"a": "A", "b": "B"}))
    identities = [component["unique_id"] for component in device["components"].values()]
    assert len(set(identities)) == len(identities) == 8
    assert topics.routine_of(topics.start("a")) == "a"
    assert topics.routine_of("carebot/other/start/a") == ""
    state = json.loads(HouseState().payload())
    used = [component.get("value_template", "") for component in device["components"].values()]
    assert all(any(f"value_json.{key} " in template for template in used) for key in state)


@needs_mosquitto
def test_what_the_broker_kept_floods_and_garbage_start_nothing(tmp_path: Path):
    port, press = free_port(), "carebot/robo/start/come_here"
    with broker(tmp_path, port), house(port) as home:
        home.client.publish(press, "PRESS", qos=1, retain=True).wait_for_publish(WAIT_S)
        with linked(port) as link:
            wait_until(lambda: link.refused == 1)  # what is retained comes at once
            for payload in ("press", "PRESS ", b"", b"\x00" * 100_000, '{"start": true}'):
                home.client.publish(press, payload, qos=1)
            home.client.publish("carebot/other/start/come_here", "PRESS", qos=1)
            home.client.publish(press + "/x", "PRESS", qos=1)
            wait_until(lambda: link.refused == 6)
            assert link.presses() == []
            for _ in range(1000):
                home.client.publish(press, "PRESS", qos=1)
            wait_until(lambda: link.refused == 6 + 999)
            assert link.presses() == ["come_here"]


@needs_mosquitto
def test_a_press_that_nobody_took_before_the_loss_is_forgotten(tmp_path: Path):
    port = free_port()
    with linked(port) as link:
        with broker(tmp_path, port), house(port) as home:
            wait_until(lambda: link.is_connected)
            wait_until(lambda: home.kept.get("carebot/robo/availability") == "online")
            home.client.publish("carebot/robo/start/come_here", "PRESS", qos=1).wait_for_publish(WAIT_S)
            wait_until(lambda: not link.is_idle)
        wait_until(lambda: not link.is_connected)
        with broker(tmp_path, port):
            wait_until(lambda: link.is_connected)
            assert link.presses() == []
