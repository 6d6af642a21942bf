"""The real messenger and real services: SMTP, HTTP, an MQTT broker, a relay board on a pseudo-terminal."""

from __future__ import annotations

import os
import signal
import socket
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from carebot.benchmarks.receiver import Phones, phones
from carebot.escalation.carrier import MessengerProcess
from carebot.escalation.delivery import Parcel
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.plan import Relay
from carebot.escalation.relay import lcus_frame
from carebot.escalation.spool import Fate
from carebot.records.schema import open_records
from tests.escalation.broker import MOSQUITTO, broker, free_port
from tests.escalation.helpers import HandCarrier, alert, plan

WAIT_S = 30.0


def wait_until(condition: Callable[[], object]) -> None:
    until_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until_s, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def messenger(tmp_path: Path) -> Iterator[MessengerProcess]:
    made = MessengerProcess(tmp_path / "spool", time_limit_s=2.0)
    yield made
    made.close(within_s=WAIT_S)


@pytest.fixture
def http() -> Iterator[Phones]:
    with phones() as kept:
        yield kept


def ended(messenger: MessengerProcess, key: str) -> str:
    wait_until(lambda: messenger.fate(key) is Fate.ENDED)
    result = messenger.result(key)
    assert result is not None
    return result.error


def test_http(messenger: MessengerProcess, http: Phones):
    messenger.carry(Parcel("a.1", "転倒", "Please come.", f"{http.address}/aiko"))
    assert ended(messenger, "a.1") == ""
    messenger.carry(Parcel("a.1", "again", "again", f"{http.address}/aiko"))
    messenger.carry(Parcel("a.2", "second", "second", f"{http.address}/aiko"))
    assert ended(messenger, "a.2") == ""
    assert [letter.title for letter in http.letters] == ["転倒", "second"]


def test_a_service_that_refuses_is_told_in_a_sentence(messenger: MessengerProcess, http: Phones):
    http.status = 401
    messenger.carry(Parcel("a.1", "title", "body", f"{http.address}/aiko"))
    assert "It was not sent" in ended(messenger, "a.1")


def test_smtp(messenger: MessengerProcess):
    letters = []

    class Keep(MessageHandler):
        def handle_message(self, message):
            letters.append(message)

    server = Controller(Keep(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        address = f"mailto://127.0.0.1:{server.port}?from=robot@example.com&to=aiko@example.com&mode=insecure"
        messenger.carry(Parcel("a.1", "Fall", "Please come.", address))
        assert ended(messenger, "a.1") == ""
    finally:
        server.stop(no_assert=True)
    assert letters[0]["To"] == "aiko@example.com"
    assert letters[0]["Subject"] == "Fall"


def test_a_mail_server_that_hangs_holds_up_nobody(messenger: MessengerProcess, http: Phones):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = f"mailto://127.0.0.1:{port}?from=robot@example.com&to=aiko@example.com&mode=insecure"
        for number in range(5):
            messenger.carry(Parcel(f"hang.{number}", "Fall", "Please come.", address))
        messenger.carry(Parcel("a.1", "Fall", "Please come.", f"{http.address}/ben"))
        assert ended(messenger, "a.1") == ""
        assert all(messenger.fate(f"hang.{number}") is not Fate.ENDED for number in range(5))
        assert "did not answer within 2 s" in ended(messenger, "hang.0")


@pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed (Debian: mosquitto)")
def test_mqtt(messenger: MessengerProcess, tmp_path: Path):
    port, heard, subscribed = free_port(), list[bytes](), list[bool]()
    address = f"mqtt://127.0.0.1:{port}/carebot/aiko?qos=1"
    messenger.carry(Parcel("down.1", "Fall", "Please come.", address))
    assert ended(messenger, "down.1") != ""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.append(message.payload)
    client.on_connect = lambda client, *_: client.subscribe("carebot/#", 1)
    client.on_subscribe = lambda *_: subscribed.append(True)
    with broker(tmp_path, port):
        client.connect("127.0.0.1", port)
        client.loop_start()
        wait_until(lambda: subscribed)
        messenger.carry(Parcel("up.1", "Fall", "Please come.", address))
        assert ended(messenger, "up.1") == ""
        wait_until(lambda: heard)
        client.disconnect()
        client.loop_stop()
    assert b"Please come." in heard[0]


def test_a_relay_closes_and_opens_its_contact(messenger: MessengerProcess):
    board, port = os.openpty()
    tty.setraw(board)
    relay = Relay(port=os.ttyname(port), channel=2, close_for_s=0.05)
    messenger.carry(Parcel("a.1", "", "", relay=relay.model_dump()))
    assert ended(messenger, "a.1") == ""
    assert os.read(board, 100) == lcus_frame(2, True) + lcus_frame(2, False)
    assert lcus_frame(1, True) == b"\xa0\x01\x01\xa2"
    os.close(board)
    os.close(port)


def test_a_relay_that_is_unplugged_is_named(messenger: MessengerProcess):
    messenger.carry(Parcel("a.1", "", "", relay=Relay(port="/dev/no-such-relay").model_dump()))
    assert "/dev/no-such-relay does not answer" in ended(messenger, "a.1")


def test_a_messenger_that_is_killed_is_started_anew(messenger: MessengerProcess, http: Phones):
    os.kill(messenger.process_id, signal.SIGKILL)
    wait_until(lambda: not messenger.tend())
    messenger.carry(Parcel("a.1", "title", "body", f"{http.address}/aiko"))
    assert ended(messenger, "a.1") == ""


def test_deliveries_are_finished_when_care_is_gone(tmp_path: Path, http: Phones):
    messenger = MessengerProcess(tmp_path / "spool", time_limit_s=10.0)
    for number in range(30):
        messenger.carry(Parcel(f"a.{number}", "title", "body", f"{http.address}/{number}"))
    messenger.close(within_s=WAIT_S)
    assert len(http.letters) == 30


def test_from_a_fall_to_the_first_caregiver(tmp_path: Path, messenger: MessengerProcess, http: Phones):
    database = open_records(tmp_path / "records.sqlite", "the test")
    desk = EscalationDesk(database, plan(http.address), messenger)
    desk.tick([alert()], time.time())
    wait_until(lambda: http.letters)
    wait_until(lambda: desk.tick([alert()], time.time()) or desk.pending == 0)
    assert http.paths() == ["/aiko"]
    database.close()


def test_the_hand_carrier_of_other_tests_keeps_the_same_promises():
    carrier = HandCarrier()
    assert carrier.fate("a.1") is Fate.NOT_BEGUN
    carrier.carry(Parcel("a.1", "", ""))
    assert carrier.fate("a.1") is Fate.UNDER_WAY
    carrier.end_all()
    assert carrier.fate("a.1") is Fate.ENDED
