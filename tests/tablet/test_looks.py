"""Looking through the camera by HTTP: who may, what the audit says of it, and that no picture outlives a look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from carebot.tablet.access import Visitor
from carebot.tablet.books import open_books
from carebot.tablet.looks import LEFT_AFTER_S, Allowed, Looks
from carebot.tablet.sessions import Session
from tests.tablet.running import RunningServer, paired, running
from tests.tablet.serve import Looking

PASSWORD = "seven blue teapots"
AT = "/api/v1/looks"
WHY = {"reason": "no answer at the door"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path) as started:
        started.do("resident", name="Haru", reading="", room="12", robot="")
        started.do("account", name="Adm", password=PASSWORD, roles=[["administrator", "*"]])
        for name, role in (
            ("Aiko", "caregiver"),
            ("Nina", "nurse_in_charge"),
            ("Fumi", "family"),
            ("Tom", "technician"),
        ):
            started.do("account", name=name, password=PASSWORD, roles=[[role, "*"]])
        yield started


def sign_in(client: httpx.Client, name: str) -> None:
    assert client.post("/api/v1/sign-in", json={"name": name, "password": PASSWORD}).status_code == 200


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with paired(server) as opened:
        sign_in(opened, "Aiko")
        yield opened


def marks(server: RunningServer, kind: str) -> list[dict[str, Any]]:
    with paired(server, "reader") as reader:
        sign_in(reader, "Nina")
        return list(reader.get("/api/v1/audit", params={"kind": kind}).json()["rows"])


def begun(client: httpx.Client) -> str:
    answer = client.post(AT, json=WHY)
    assert answer.status_code == 201, answer.text
    assert 55 < answer.json()["seconds_left"] <= 63
    return f"{AT}/{answer.json()['id']}/picture"


def first_picture(client: httpx.Client, path: str) -> httpx.Response:
    ends_s = time.monotonic() + 8
    while (answer := client.get(path)).status_code == 204:
        assert time.monotonic() < ends_s
        time.sleep(0.1)
    return answer


def test_without_consent_nobody_looks_and_the_refusal_is_kept(server: RunningServer, client: httpx.Client):
    refused = client.post(AT, json=WHY)
    assert refused.status_code == 403
    assert "not consented" in refused.json()["detail"]
    assert server.do("looked")["active"] is False
    assert any(row["what"] == "looking through the camera" for row in marks(server, "refusal"))


def test_a_look_is_shown_never_kept_and_leaves_its_mark(server: RunningServer, client: httpx.Client):
    server.do("consent", to="live_view", given=True)
    path = begun(client)
    picture = first_picture(client, path)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content[:2] == b"\xff\xd8"
    assert "no-store" in picture.headers["cache-control"]
    assert 0 < float(picture.headers["x-seconds-left"]) <= 60
    assert client.delete(path.removesuffix("/picture")).status_code == 204
    assert client.get(path).status_code == 410
    after, before = marks(server, "look")
    assert (before["who"], before["about"], before["detail"]["reason"]) == ("Aiko", "Haru", WHY["reason"])
    assert after["what"] == "looked through the camera"
    assert float(after["detail"]["seconds"]) >= 3.0
    assert int(after["detail"]["pictures"]) == 1
    kept = b"".join(file.read_bytes() for file in server.folder.rglob("*") if file.is_file())
    assert b"\xff\xd8\xff" not in kept


def test_a_page_that_was_left_without_a_word_ends_the_look(tmp_path: Path):
    books, robot, now_s = open_books(tmp_path / "site.sqlite"), Looking(), 100.0
    looks = Looks(robot, books, lambda: now_s)
    visitor = Visitor(Session("tablet", "Aiko", "aiko", "key"))

    async def leave() -> None:
        nonlocal now_s
        opened, look_id = await looks.begin(visitor, Allowed("", False, "Haru"), WHY["reason"])
        look = looks.of(visitor, look_id)
        assert look is not None
        now_s += 60.0
        await looks.picture(look)
        now_s += LEFT_AFTER_S
        await looks.end_where_left()
        assert (await robot.picture(opened.token)).open
        now_s += 0.1
        await looks.end_where_left()
        assert not (await robot.picture(opened.token)).open
        assert looks.of(visitor, look_id) is None

    with ThreadPoolExecutor(1) as apart:  # a browser of other tests may hold this thread's event loop
        apart.submit(asyncio.run, leave()).result()
    books.audit.settle()
    told = books.audit.log.newest(kind="look")[0]
    books.close()
    assert told.deed is not None
    assert (told.deed.what, told.deed.detail["seconds"]) == ("looked through the camera", 63.1)


def test_the_emergency_consent_opens_only_while_an_alert_is_open(server: RunningServer, client: httpx.Client):
    server.do("consent", to="live_view_emergency", given=True)
    assert client.post(AT, json=WHY).status_code == 403
    server.do("voiceless")
    alert = server.do("hear", fall="a", kind="suspected")["id"]
    assert client.post(AT, json=WHY).status_code == 403, "not while it is only suspected"
    server.do("hear", fall="a", kind="confirmed")
    path = begun(client)
    assert client.get(path).status_code == 200, "nobody waits"
    client.delete(path.removesuffix("/picture"))
    client.post(f"/api/v1/alerts/{alert}/answer", json={"answer": "real"})
    assert client.post(AT, json=WHY).status_code == 403


def test_privacy_refuses_even_with_consent(server: RunningServer, client: httpx.Client):
    server.do("consent", to="live_view", given=True)
    server.do("privacy", wanted=True)
    refused = client.post(AT, json=WHY)
    assert refused.status_code == 409
    assert "privacy" in refused.json()["detail"]
    assert any("privacy" in str(row["detail"]) for row in marks(server, "refusal"))


def test_a_look_is_its_owners_alone(server: RunningServer, client: httpx.Client):
    server.do("consent", to="live_view", given=True)
    path = begun(client)
    with paired(server, "another") as other:
        assert other.get(path).status_code == 410, "nobody is signed in"
        sign_in(other, "Nina")
        assert other.get(path).status_code == 410
        busy = other.post(AT, json=WHY)
        assert busy.status_code == 409
        assert "Aiko" in busy.json()["detail"]
        for name in ("Fumi", "Tom", "Adm"):
            sign_in(other, name)
            assert other.post(AT, json=WHY).status_code == 403, name
            assert other.get(path).status_code == 403, name


def test_a_paired_tablet_without_accounts_and_other_apps_cannot_look(tmp_path: Path):
    with running(tmp_path) as server, paired(server) as client:
        server.do("resident", name="Haru", reading="", room="12", robot="")
        server.do("consent", to="live_view", given=True)
        assert "signed in" in client.post(AT, json=WHY).json()["detail"]
        token = client.post("/api/v1/tokens", json={"name": "app", "scopes": ["people:read"], "days": 1})
        app = {"authorization": f"Bearer {token.json().get('token')}"}
        assert httpx.post(f"{server.url}api/v1/looks", json=WHY, headers=app, trust_env=False).status_code in (401, 403)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " \n "}, {"reason": "x" * 201}, {"reason": 1}])
def test_a_look_without_a_reason_is_none(server: RunningServer, client: httpx.Client, body: dict[str, object]):
    server.do("consent", to="live_view", given=True)
    assert client.post(AT, json=body).status_code == 422
    assert server.do("looked")["active"] is False
