"""The map over the API: what it says, and where it lets nobody send the robot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from carebot.geometry import Pose2D
from carebot.navigation.navigator import Phase
from carebot.site.file import load_site, site_path
from carebot.tablet.floor_plan import moving_svg, rooms_svg, view_box
from carebot.tablet.language import Texts
from carebot.tablet.trips import Destination, TripPhase, Whereabouts, is_on, named
from tests.tablet.running import RunningServer, paired

SITE = load_site(site_path("home"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path_factory.mktemp("server"), wheels=True)
    yield started
    started.close()


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    server.do("trip is forgotten")
    with paired(server) as client:
        yield client


def test_the_map_says_where_the_robot_is_and_what_rooms_are_called(client: httpx.Client):
    found = client.get("/api/v1/map", headers={"Accept-Language": "ja"}).json()
    assert {room["name"]: room["called"] for room in found["rooms"]}["kitchen"] == "台所"
    assert found["robot"] == {"x_m": 1.0, "y_m": 1.0}
    assert found["trip"] is None


def test_the_map_says_where_people_were_seen_to_those_who_may_see_people(server: RunningServer, client: httpx.Client):
    server.do("seen", spots=[[7.5, 6.5, 0.0], [2.0, 6.5, 12.0]])
    found = client.get("/api/v1/map").json()["people"]
    assert [(each["x_m"], each["y_m"], each["confidence"]) for each in found] == [(7.5, 6.5, 0.9), (2.0, 6.5, 0.9)]
    assert found[0]["seen_at"] > found[1]["seen_at"]
    server.do("account", name="Tomo", password="seven blue teapots", roles=[["technician", "*"]])
    with paired(server, "Tomo") as technician:
        answer = technician.post("/api/v1/sign-in", json={"name": "Tomo", "password": "seven blue teapots"})
        assert answer.status_code == 200
        seen = technician.get("/api/v1/map").json()
        assert (seen["people"], seen["robot"]) == ([], {"x_m": 1.0, "y_m": 1.0})


def test_an_alert_says_in_which_room(server: RunningServer, client: httpx.Client):
    alert_id = server.do("hear", fall="in the kitchen", kind="confirmed")["id"]
    found = client.get(f"/api/v1/alerts/{alert_id}").json()
    assert found["room"] == "kitchen"
    assert (found["evidence"]["place_x_m"], found["evidence"]["place_y_m"]) == (7.5, 6.5)
    client.post(f"/api/v1/alerts/{alert_id}/answer", json={"answer": "real"})


def test_a_call_for_help_says_from_which_room_it_was_heard(server: RunningServer, client: httpx.Client):
    alert_id = server.do("call", words="助けて")["id"]
    found = client.get(f"/api/v1/alerts/{alert_id}").json()
    assert found["room"] == "kitchen"
    assert found["evidence"] == {"heard_x_m": 7.5, "heard_y_m": 6.5}
    client.post(f"/api/v1/alerts/{alert_id}/answer", json={"answer": "real"})


def test_it_is_sent_by_name_or_to_a_point_and_called_off(client: httpx.Client):
    assert client.post("/api/v1/trip", json={"name": "kitchen"}).status_code == 200
    assert client.get("/api/v1/map").json()["trip"]["name"] == "kitchen"
    assert client.post("/api/v1/trip", json={"x_m": 7.0, "y_m": 6.0}).status_code == 200
    assert client.delete("/api/v1/trip").status_code == 200
    assert client.get("/api/v1/map").json()["trip"]["phase"] == "called_off"


@pytest.mark.parametrize(
    "to",
    [
        {"name": "store"},
        {"x_m": 4.7, "y_m": 7.0},
        {"x_m": -50.0, "y_m": 0.0},
        {"name": "'; DROP TABLE deeds;--"},
        {"name": "../../etc/passwd"},
        {"name": "{{7*7}}"},
        {"name": "佐" * 100},
    ],
)
def test_where_it_may_not_go_it_is_not_sent(client: httpx.Client, to: dict[str, object]):
    answer = client.post("/api/v1/trip", json=to)
    assert answer.status_code == 404
    assert client.get("/api/v1/map").json()["trip"] is None


@pytest.mark.parametrize(
    "to",
    [
        {},
        {"name": ""},
        {"x_m": 7.0},
        {"y_m": 6.0},
        {"name": "kitchen", "x_m": 7.0, "y_m": 6.0},
        {"name": "kitchen", "x_m": 7.0},
        {"name": "", "x_m": 7.0, "y_m": 6.0},
    ],
)
def test_what_names_no_place_or_two_sends_it_nowhere(client: httpx.Client, to: dict[str, object]):
    answer = client.post("/api/v1/trip", json=to)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/map").json()["trip"] is None


@pytest.mark.parametrize("body", ['{"x_m": NaN}', '{"x_m": 1e400}', '{"x_m": "1"}', '{"name": 1}', '{"z_m": 1}'])
def test_what_is_no_place_is_explained(client: httpx.Client, body: str):
    answer = client.post("/api/v1/trip", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_it_does_not_go_unrecorded(server: RunningServer, client: httpx.Client):
    client.get("/api/v1/map")
    with sqlite3.connect(server.folder / "site.sqlite", timeout=10) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = client.post("/api/v1/trip", json={"name": "kitchen"}, timeout=30)
        assert answer.status_code == 503
        assert client.get("/api/v1/map").json()["trip"] is None
    assert client.post("/api/v1/trip", json={"name": "kitchen"}).status_code == 200


def test_a_robot_that_finds_no_way_says_so(tmp_path: Path):
    server = RunningServer(tmp_path)
    try:
        with paired(server) as client:
            assert client.get("/api/v1/map").status_code == 404
            assert client.post("/api/v1/trip", json={"name": "kitchen"}).status_code == 409
            assert client.delete("/api/v1/trip").status_code == 409
    finally:
        server.close()


def test_destinations_are_called_in_the_language_of_whoever_reads():
    assert named(SITE, Destination("kitchen"), "fr") == "la cuisine"
    assert named(SITE, Destination("", 7.0, 6.0), "ja") == "台所"
    assert named(SITE, Destination("", -9.0, 6.0), "ja") == ""
    assert not is_on(SITE, Destination("", float("nan"), 1.0))
    assert is_on(SITE, Destination("entrance"))


def test_up_on_the_map_is_up_on_the_page():
    assert view_box(SITE) == "-30 -830 1060 860"
    assert 'points="0,-460 400,-460 400,-800 0,-800"' in rooms_svg(SITE, "en")
    drawn = moving_svg(Whereabouts(Pose2D(1.0, 2.0, 0.0), ((1.0, 2.0), (3.0, 4.0))), Destination("", 3.0, 4.0))
    assert 'points="100,-200 300,-400"' in drawn
    assert "translate(100 -200) rotate(0) scale(1.7)" in drawn


@pytest.mark.parametrize("language", ["en", "ja", "fr"])
@pytest.mark.parametrize("phase", [each for each in Phase if each not in (Phase.IDLE, Phase.ARRIVED, Phase.GAVE_UP)])
def test_whatever_navigation_does_is_told_in_words(phase: Phase, language: str):
    told = TripPhase(phase.value)
    assert not told.is_over
    words = Texts(language)(f"trip_{told.value}", place="K7", name="Aiko", left_m="3.2")
    assert "K7" in words
