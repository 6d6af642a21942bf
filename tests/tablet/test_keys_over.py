"""Keys that are used up or over open nothing any more: codes, tokens of apps, tablets' tokens, and what stands open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from itsdangerous import TimestampSigner

from carebot.records.keys import CODE_LIFE_S
from carebot.tablet.sessions import LIFE_S, Sessions, load_secret
from tests.tablet.running import RunningServer, running

DAY_S = 86_400.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path, access="pin") as started:
        yield started


def pair(server: RunningServer, code: str) -> httpx.Response:
    given = {"pin": code, "name": "kitchen"}
    return httpx.post(f"{server.url}api/v1/pair", json=given, trust_env=False)


def alerts(server: RunningServer, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{server.url}api/v1/alerts", headers=headers, trust_env=False)


def test_a_code_pairs_one_device_once(server: RunningServer, client: httpx.Client):
    made = client.post("/api/v1/devices/codes").json()
    assert made["url"] == f"{server.url}pair#code={made['code']}"
    first = pair(server, made["code"])
    assert first.status_code == 200
    assert alerts(server, first.json()["token"]).status_code == 200
    assert pair(server, made["code"]).status_code == 401
    assert pair(server, f"{made['code']}x").status_code == 401


def test_a_code_is_over_after_ten_minutes(server: RunningServer, client: httpx.Client):
    early, late = (client.post("/api/v1/devices/codes").json()["code"] for _ in range(2))
    server.do("time passes", seconds=CODE_LIFE_S - 60.0)
    assert pair(server, early).status_code == 200
    server.do("time passes", seconds=61.0)
    assert pair(server, late).status_code == 401


def test_an_apps_token_is_over_at_its_end_and_so_are_the_events_that_it_opened(
    server: RunningServer, client: httpx.Client
):
    asked = {"name": "bell", "scopes": ["alerts:read"], "days": 1}
    token = client.post("/api/v1/tokens", json=asked).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    server.do("time passes", seconds=DAY_S - 60.0)
    with httpx.stream("GET", f"{server.url}api/v1/events", headers=headers, trust_env=False) as events:
        lines = events.iter_lines()
        assert next(lines).startswith("event:")
        server.do("time passes", seconds=61.0)
        for _ in lines:
            pass
    refused = alerts(server, token)
    assert refused.status_code == 401
    assert refused.json()["title"] == "Not paired"


def test_a_tablets_token_is_over_after_180_days(server: RunningServer):
    sessions = Sessions(load_secret(server.folder / "secret"))
    assert alerts(server, token_of_before(sessions, LIFE_S - 60)).status_code == 200
    assert alerts(server, token_of_before(sessions, LIFE_S + 1)).status_code == 401


def token_of_before(sessions: Sessions, ago_s: int) -> str:
    """A tablet's token that was signed so long ago."""

    class Before(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - ago_s

    sessions._serializer.signer = Before
    return sessions.start("Aiko")[1]
