"""Who was refused what stands in the record, and nobody fills it by asking on and on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from carebot.records.audit import Deed
from carebot.tablet.books import SELDOM_AT_ONCE, open_books
from tests.tablet.running import RunningServer, paired, running

PASSWORD = "seven blue teapots"
NIGHT_S = 1_900_000_000.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as started:
        started.do("account", name="Chie", password=PASSWORD, roles=[["administrator", "*"]])
        for name in ("Fumi", "Goro"):
            started.do("account", name=name, password=PASSWORD, roles=[["family", "*"]])
        yield started


@pytest.fixture
def admin(server: RunningServer) -> Iterator[httpx.Client]:
    with signed_in(server, "Chie") as client:
        yield client


@contextmanager
def signed_in(server: RunningServer, name: str) -> Iterator[httpx.Client]:
    with paired(server, "hall") as client:
        assert client.post("/api/v1/sign-in", json={"name": name, "password": PASSWORD}).status_code == 200
        yield client


def rows(admin: httpx.Client, kind: str, who: str) -> list[dict[str, object]]:
    found = admin.get("/api/v1/audit", params={"kind": kind, "limit": 1000}).json()["rows"]
    return [row for row in found if row["who"] == who]


def test_what_somebody_may_not_do_is_recorded_once_however_often_they_try(server: RunningServer, admin: httpx.Client):
    with signed_in(server, "Fumi") as fumi:
        for number in range(20):
            assert fumi.post(f"/api/v1/alerts/{number}/answer", json={"answer": "acknowledge"}).status_code == 403
            assert fumi.get("/api/v1/noticed").status_code == 403
            assert fumi.get("/drive").status_code == 403
    with signed_in(server, "Goro") as goro:
        assert goro.get("/api/v1/noticed").status_code == 403
    told = [(row["what"], row["detail"]["method"]) for row in rows(admin, "refusal", "Fumi")]
    assert told == [("/drive", "GET"), ("/api/v1/noticed", "GET"), ("/api/v1/alerts/0/answer", "POST")]
    assert [row["detail"]["needs"] for row in rows(admin, "refusal", "Goro")] == ["history:read"]


def test_another_website_in_somebodys_browser_is_recorded(server: RunningServer, admin: httpx.Client):
    for _ in range(3):
        foreign = admin.get("/api/v1/alerts", headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
    with httpx.Client(base_url=server.url, trust_env=False) as stranger:
        assert stranger.get("/api/v1/alerts", headers={"Origin": "https://evil.example"}).status_code == 403
    told = [(row["what"], row["about"]) for row in rows(admin, "refusal", "Chie")]
    assert told == [("came from another website", "https://evil.example")]


def test_whoever_answers_in_anothers_name_is_recorded(server: RunningServer, admin: httpx.Client):
    server.do("account", name="Aiko", password=PASSWORD, roles=[["caregiver", "*"]])
    alert = server.do("hear", fall="another's name", kind="confirmed")["id"]
    with signed_in(server, "Aiko") as aiko:
        answer = {"answer": "acknowledge", "by": "Chie"}
        assert aiko.post(f"/api/v1/alerts/{alert}/answer", json=answer).status_code == 403
    assert [row["detail"]["by"] for row in rows(admin, "refusal", "Aiko")] == ["Chie"]


def test_an_answer_for_another_is_recorded(server: RunningServer, admin: httpx.Client):
    server.do("account", name="Ben", password=PASSWORD, roles=[["caregiver", "*"]])
    run = server.do("approval", of="Chie", about="x")["run"]
    with signed_in(server, "Ben") as ben:
        assert ben.post(f"/api/v1/runs/{run}/answer", json={"answer": "approve"}).status_code == 403
    assert [row["detail"]["name"] for row in rows(admin, "refusal", "Ben")] == ["Chie"]


def test_a_code_that_does_not_work_is_recorded_with_the_address_it_came_from(tmp_path: Path):
    with running(tmp_path) as server, paired(server) as aiko:
        for number in range(20):
            guess = {"pin": f"guess-{number}", "name": "Eve"}
            assert httpx.post(f"{server.url}api/v1/pair", json=guess, trust_env=False).status_code == 401
        told = [(row["what"], row["about"]) for row in rows(aiko, "sign-in", "Eve")]
        assert told == [("gave a wrong code", "127.0.0.1")]


def test_after_a_minute_it_is_recorded_again_but_only_so_often_in_an_hour(tmp_path: Path):
    now_s = NIGHT_S
    books = open_books(tmp_path / "site.sqlite", lambda: now_s)

    def note(caller: str, matter: str) -> int:
        books.audit.note_seldom(Deed("refusal", "Aiko", "/drive"), caller, matter)
        return len(books.audit.log.newest(1000))

    assert [note("tablet", "/drive"), note("tablet", "/drive"), note("tablet", "/talk")] == [1, 1, 2]
    now_s += 59.0
    assert note("tablet", "/drive") == 2
    now_s += 2.0
    assert [note("tablet", "/drive"), note("another", "/drive")] == [3, 4]
    for number in range(10 * SELDOM_AT_ONCE):
        note("tablet", f"/{number}")
    kept = note("tablet", "/drive")
    assert kept <= SELDOM_AT_ONCE + 2
    assert note("another", "/talk") == kept + 1
    now_s += 3600.0
    assert note("tablet", "/drive") == kept + 2
    books.close()
