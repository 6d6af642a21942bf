"""Somebody with different roles for different residents, asked by HTTP: each role counts for its own resident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.tablet.running import RunningServer, paired, running

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
