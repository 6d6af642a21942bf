"""The tablet over real ROS: falls told on one side are answered by HTTP on the other."""

from __future__ import annotations

import contextlib
import math
import re
import signal
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from carebot_interfaces.msg import People as PeopleMsg
from sensor_msgs.msg import BatteryState

from carebot.people import People
from carebot.ros import qos
from carebot.ros.convert import people_to_msg
from carebot.tablet.certificate import ensure, tls_dir
from carebot.tablet.invitation import read_invitation
from tests.ros.conftest import Peer, Running
from tests.ros.test_care_node import Caregiver
from tests.tablet.serve import person


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pin_of(tablet: Running) -> str:
    found = re.findall(r"PIN (\d{3}) (\d{3})", "\n".join(tablet.read()))
    return "".join(found[-1]) if found else ""


def answers(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/health").status_code == 200
    return False


@pytest.mark.parametrize(("number", "tls"), [(signal.SIGINT, "auto"), (signal.SIGTERM, "on")])
def test_a_fall_reaches_the_api_and_the_answer_reaches_care(peer: Peer, start, number: signal.Signals, tls: str):
    port = free_port()
    caregiver, people = Caregiver(peer), peer.create_publisher(PeopleMsg, "people", qos.PEOPLE)
    battery = peer.create_publisher(BatteryState, "battery_state", 10)
    care, tablet = start(care={}), start(tablet={"port": port, "tls": tls})
    caregiver.tell(1)
    peer.wait_until(lambda: len(caregiver.alerts()) == 1)
    peer.wait_until(lambda: pin_of(tablet), "the PIN on the terminal")
    invitation = read_invitation(port)
    assert invitation is not None
    assert invitation.pin == pin_of(tablet)
    assert invitation.url.startswith("https:" if tls == "on" else "http:")
    trusted = ssl.create_default_context()
    if tls == "on":  # nothing but the robot's own authority, as on a tablet that has installed it
        trusted = ssl.create_default_context(cafile=tls_dir() / "ca.pem")

    with httpx.Client(base_url=invitation.url, timeout=10, trust_env=False, verify=trusted) as client:
        peer.wait_until(lambda: answers(client), "the web server")
        assert client.post("/api/v1/pair", json={"pin": invitation.pin, "name": "Aiko"}).status_code == 200
        peer.wait_until(lambda: client.get("/api/v1/alerts").json()["alerts"], "the alert in the API")
        alert = client.get("/api/v1/alerts").json()["alerts"][0]
        assert alert["id"] == caregiver.alerts()[0].id
        answered = client.post(f"/api/v1/alerts/{alert['id']}/answer", json={"answer": "acknowledge"})
        assert answered.json()["acknowledged_by"] == "Aiko"
        peer.wait_until(lambda: caregiver.alerts()[0].acknowledged_by == "Aiko")

        assert client.get("/api/v1/robot").json()["sees"] is False

        def is_seen() -> bool:
            people.publish(people_to_msg(People(peer.get_clock().now().nanoseconds / 1e9, 640, 480, (person(4, 0.5),))))
            return bool(client.get("/api/v1/people").json()["people"])

        peer.wait_until(is_seen, "people in the API")

        assert client.get("/api/v1/robot").json()["battery"] is None

        def reads(percentage: float, shown: float | None) -> bool:
            battery.publish(BatteryState(percentage=percentage))
            return bool(client.get("/api/v1/robot").json()["battery"] == shown)

        peer.wait_until(lambda: reads(0.25, 0.25), "the battery in the API")
        peer.wait_until(lambda: reads(math.nan, None), "a battery that nobody measures")
        peer.wait_until(lambda: reads(1.0, 1.0), "a full battery")
        peer.wait_until(lambda: reads(80.0, None), "a battery told in percent, which is not the standard")

        care.child.send(signal.SIGKILL)
        peer.wait_until(lambda: not client.get("/api/v1/alerts").json()["live"], "the tablet to miss care")
        unheard = client.post(f"/api/v1/alerts/{alert['id']}/answer", json={"answer": "real"})
        assert unheard.status_code == 503
        assert "go and look" in unheard.json()["detail"]
    assert tablet.stop(number) == 0
    assert not any("Traceback" in line or "Error" in line for line in tablet.lines), tablet.lines
    assert read_invitation(port) is None


@pytest.mark.parametrize(
    ("parameters", "is_forced"),
    [
        ({"host": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "sign_in": "off"}, False),
        ({"sign_in": "on"}, True),
        ({}, False),
    ],
)
def test_where_others_reach_the_robot_nothing_opens_before_somebody_administers_it(
    peer: Peer, start, parameters: dict[str, str], is_forced: bool
):
    port = free_port()
    tablet = start(tablet={"port": port, "tls": "off", **parameters})
    peer.wait_until(lambda: pin_of(tablet), "the PIN on the terminal")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
        peer.wait_until(lambda: answers(client), "the web server")
        assert client.post("/api/v1/pair", json={"pin": pin_of(tablet), "name": "hall"}).status_code == 200
        refused, door = client.get("/api/v1/alerts"), client.get("/", headers={"Accept": "text/html"})
        if not is_forced:
            assert (refused.status_code, door.status_code) == (200, 200)
            return
        assert refused.status_code == 401
        assert "open /set-up" in refused.json()["detail"]
        assert (door.status_code, door.headers["location"]) == (303, "/set-up")
        assert client.post("/api/v1/set-up", json={"name": "Mori", "password": "short"}).status_code == 409
        assert client.get("/api/v1/alerts").status_code == 401
        made = client.post("/api/v1/set-up", json={"name": "Mori", "password": "seven blue teapots"})
        assert made.status_code == 200
        assert client.get("/api/v1/alerts").status_code == 200
        assert client.get("/api/v1/accounts").json()["accounts"][0]["name"] == "Mori"
        again = client.post("/api/v1/set-up", json={"name": "Eve", "password": "seven red teapots"})
        assert again.status_code == 409


def test_a_port_that_is_taken_is_named_in_one_sentence(start):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        tablet = start(tablet={"port": port})
        assert tablet.wait() == 1
    assert [line for line in tablet.lines if f"port {port}" in line and "is taken" in line]
    assert not any("Traceback" in line for line in tablet.lines)


def test_a_certificate_of_ones_own_is_served_as_it_is(peer: Peer, start, tmp_path: Path):
    own, port = ensure(tmp_path, ["robot.example"]), free_port()
    before = (own.server.read_bytes(), own.key.read_bytes())
    tablet = start(tablet={"port": port, "certificate": str(own.server), "certificate_key": str(own.key)})
    peer.wait_until(lambda: pin_of(tablet), "the PIN on the terminal")
    trusted = ssl.create_default_context(cafile=own.authority)
    with httpx.Client(base_url=f"https://127.0.0.1:{port}", timeout=10, trust_env=False, verify=trusted) as client:
        peer.wait_until(lambda: answers(client), "the web server")
    assert (own.server.read_bytes(), own.key.read_bytes()) == before
    assert not tls_dir().exists()


def test_a_certificate_that_is_not_there_ends_the_start_in_one_sentence(start, tmp_path: Path):
    missing = {"certificate": str(tmp_path / "lost.pem"), "certificate_key": str(tmp_path / "lost.key")}
    tablet = start(tablet={"port": free_port(), **missing})
    assert tablet.wait() == 1
    assert [line for line in tablet.lines if "lost.pem cannot be read" in line and "tablet.certificate" in line]
    assert not any("Traceback" in line for line in tablet.lines)


@pytest.mark.parametrize("parameters", [{"port": 70000}, {"language": "de"}, {"host": "no such host"}, {"prot": 1}])
def test_bad_parameters_end_in_a_sentence(start, parameters: dict[str, object]):
    tablet = start(tablet=parameters)
    assert tablet.wait() == 2
    assert not any("Traceback" in line for line in tablet.lines), tablet.lines
