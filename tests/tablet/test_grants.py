"""Somebody with different roles for different residents, asked by HTTP: each role counts for its own resident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.tablet.running import RunningServer, cookies_of, paired, running

PASSWORD = "seven blue teapots"


@dataclass
class Home:
    """Haru lives with this robot, Jiro with another one."""

    server: RunningServer
    haru: str
    jiro: str
    alert: str

    def sign_in(self, client: httpx.Client, name: str, *roles: tuple[str, str]) -> None:
        self.server.do("account", name=name, password=PASSWORD, roles=list(roles))
        answer = client.post("/api/v1/sign-in", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with running(tmp_path_factory.mktemp("home"), access="accounts") as server:
        server.do("account", name="Adm", password=PASSWORD, roles=[["administrator", "*"]])
        haru = server.do("resident", name="Haru", reading="", room="12", robot="")["id"]
        jiro = server.do("resident", name="Jiro", reading="", room="3", robot="another robot")["id"]
        server.do("consent", to="family_alerts", given=True)
        yield Home(server, haru, jiro, server.do("hear", fall="a", kind="confirmed")["id"])


@pytest.fixture
def client(home: Home) -> Iterator[httpx.Client]:
    with paired(home.server) as opened:
        yield opened


def test_whoever_is_family_here_and_a_nurse_elsewhere_changes_nothing_here(home: Home, client: httpx.Client):
    home.sign_in(client, "Nina", ("nurse_in_charge", home.jiro), ("family", home.haru))
    at = f"/api/v1/residents/{home.haru}"
    assert client.get(at).status_code == 200
    assert client.put(at, json={"name": "x"}).status_code == 404
    assert client.put(f"{at}/consents/live_view", json={"given": True}).status_code == 404
    assert client.delete(at).status_code == 404
    assert (
        client.put(f"/api/v1/residents/{home.jiro}", json={"name": "Jiro", "robot": "another robot"}).status_code == 200
    )
    shown = client.get("/settings").text
    assert home.jiro in shown
    assert home.haru not in shown


def test_whoever_is_family_here_and_a_nurse_elsewhere_answers_nothing_here(home: Home, client: httpx.Client):
    home.sign_in(client, "Nora", ("nurse_in_charge", home.jiro), ("family", home.haru))
    at = f"/api/v1/alerts/{home.alert}"
    assert client.get(at).status_code == 200
    assert client.post(f"{at}/answer", json={"answer": "acknowledge"}).status_code == 403
    assert client.get(f"{at}/replay").status_code == 403
    assert client.get(f"{at}/told").status_code == 403
    assert client.post("/api/v1/looks", json={"reason": "why not"}).status_code == 403


def test_an_administrator_who_cares_elsewhere_sees_no_alert_here(home: Home, client: httpx.Client):
    home.sign_in(client, "Ada", ("administrator", "*"), ("caregiver", home.jiro))
    assert client.get("/api/v1/alerts").json()["alerts"] == []
    assert len(client.get("/api/v1/residents").json()["residents"]) == 2


def test_a_nurse_of_another_robots_resident_takes_nothing_along_from_here(home: Home, client: httpx.Client):
    home.sign_in(client, "Nell", ("nurse_in_charge", home.jiro))
    files = ("alerts.csv", "activity.csv", "medicines.csv", "exercises.csv", "noticed.csv", "gait.csv", "fhir")
    for path in (*(f"export/{file}" for file in files), "activity", "people", "conversation"):
        assert client.get(f"/api/v1/{path}").status_code == 403, path
    assert client.get("/talk").status_code == 403
    assert "figures" not in client.get("/").text


NO_WHEELS = 409  # what this robot, which has none, says to whoever may
ONLY_HERE = [
    ("GET", "routines"),
    ("POST", "routines/come_here/runs"),
    ("POST", "runs/r1/answer"),
    ("GET", "schedule"),
    ("POST", "schedule/entries"),
    ("DELETE", "schedule/entries/e1"),
    ("GET", "conversation"),
    ("POST", "say"),
    ("GET", "map"),
    ("POST", "trip"),
    ("DELETE", "trip"),
    ("POST", "emergency_stop/reset"),
    ("GET", "contacts"),
    ("POST", "contacts"),
    ("PUT", "quiet-hours"),
]


def test_a_nurse_of_another_robots_resident_makes_this_robot_do_nothing_but_stop(home: Home, client: httpx.Client):
    known = {(method.upper(), path) for path, each in api_paths(client) for method in each}
    home.sign_in(client, "Nika", ("nurse_in_charge", home.jiro))
    for method, path in ONLY_HERE:
        assert any(method == way and re.fullmatch(of, f"/api/v1/{path}") for way, of in known), path
        answer = client.request(method, f"/api/v1/{path}", json=None if method in ("GET", "DELETE") else {})
        assert answer.status_code == 403, (path, answer.text)
    for page in ("routines", "schedule", "talk", "drive"):
        assert client.get(f"/{page}").status_code == 403, page
    dock = client.get("/").text
    assert 'href="/drive"' not in dock
    assert 'id="release"' not in dock
    assert client.post("/api/v1/emergency_stop").status_code == NO_WHEELS
    with pytest.raises(InvalidStatus) as refused:
        connect_teleop(home, client)
    assert refused.value.response.status_code == 403


def test_a_technician_of_the_whole_house_drives(home: Home, client: httpx.Client):
    home.sign_in(client, "Tomo", ("technician", "*"))
    assert client.get("/drive").status_code == 200
    assert client.post("/api/v1/emergency_stop/reset").status_code == NO_WHEELS
    assert client.get("/routines").status_code == 403


def api_paths(client: httpx.Client) -> Iterator[tuple[str, dict[str, object]]]:
    for path, each in client.get("/api/v1/openapi.json").json()["paths"].items():
        yield re.sub(r"\{[^}]*\}", "[^/]+", path), each


def connect_teleop(home: Home, client: httpx.Client) -> None:
    cookies = cookies_of(client)
    with connect(f"ws{home.server.url[4:]}api/v1/teleop", additional_headers={"Cookie": cookies}, proxy=None) as socket:
        socket.recv(timeout=5)
