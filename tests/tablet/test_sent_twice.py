"""A command that is sent twice with one key, as after a lost answer, acts once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.tablet.running import RunningServer, paired

PASSWORD = "seven blue teapots"
ADMINISTRATOR = [{"role": "administrator"}]
COMMANDS: list[tuple[str, Any, Any, str]] = [
    ("trip", {"name": "kitchen"}, {"x_m": 7.0, "y_m": 6.0}, "sent the robot"),
    ("emergency_stop/reset", {"reason": "a look"}, {"reason": "another"}, "emergency stop reset"),
    ("residents", {"name": "Hanako"}, {"name": "Jiro"}, "wrote a resident"),
    (
        "accounts",
        {"name": "Mori", "password": PASSWORD, "grants": ADMINISTRATOR},
        {"name": "Mori", "password": "seven red teapots", "grants": ADMINISTRATOR},
        "made an account",
    ),
    (
        "tokens",
        {"name": "bell", "scopes": ["alerts:read"], "days": 1},
        {"name": "bell", "scopes": ["alerts:read", "alerts:answer"], "days": 1},
        "made a token",
    ),
    ("devices/codes", None, None, "made a code for pairing a device"),
    ("contacts/{aiko}/trial", None, None, "try contact"),
]
"""Path, body, another body, and what the record says of it."""

WITHOUT_KEY = {
    "/api/v1/pair",  # a PIN works once
    "/api/v1/emergency_stop",  # to stop twice is to stop
    "/api/v1/audit/erasures",
    "/api/v1/contacts/restore",
    "/api/v1/quiet-hours/restore",
    "/api/v1/schedule/entries/{id}/restore",
    "/api/v1/schedule/pauses/{id}/restore",
    "/api/v1/push/subscriptions",  # the browser's address stays the same
    "/api/v1/push/trial",
}
"""Sent twice they do what they do once, or what nobody minds twice."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path_factory.mktemp("server"), access="pin", wheels=True)
    yield started
    started.close()


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with paired(server, timeout_s=30.0) as client:
        yield client


def recorded(client: httpx.Client, what: str) -> int:
    rows = client.get("/api/v1/audit", params={"limit": 1000}).json()["rows"]
    return sum(row["what"] == what for row in rows)


def send(client: httpx.Client, path: str, body: Any, key: str) -> httpx.Response:
    everybody = client.get("/api/v1/contacts").json()["contacts"]
    aiko = next(each["id"] for each in everybody if each["name"] == "Aiko Tanaka")
    return client.post(f"/api/v1/{path.format(aiko=aiko)}", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(("path", "body", "other", "what"), COMMANDS, ids=[each[0] for each in COMMANDS])
def test_it_acts_once_and_answers_the_same(client: httpx.Client, path: str, body: Any, other: Any, what: str):
    before = recorded(client, what)
    first, again = (send(client, path, body, "one") for _ in range(2))
    assert first.is_success, first.text
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers.get("location") == first.headers.get("location")
    assert recorded(client, what) == before + 1
    if other is not None:
        refused = send(client, path, other, "one")
        assert refused.status_code == 409
        assert "another command" in refused.json()["detail"]
        assert recorded(client, what) == before + 1


def test_what_failed_may_be_tried_again(server: RunningServer, client: httpx.Client):
    server.do("stays stopped", why="The button is still pressed.")
    assert send(client, "emergency_stop/reset", {"reason": "a look"}, "after a fault").status_code == 409
    server.do("stays stopped", why="")
    assert send(client, "emergency_stop/reset", {"reason": "a look"}, "after a fault").status_code == 200


def test_the_description_names_the_key_wherever_a_command_sent_twice_would_act_twice(client: httpx.Client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    posts = {path: each["post"] for path, each in paths.items() if "post" in each}
    keyed = {
        path
        for path, each in posts.items()
        if any(given["name"] == "Idempotency-Key" for given in each.get("parameters", ()))
    }
    assert posts.keys() - keyed == WITHOUT_KEY
    assert all("409" in posts[path]["responses"] for path in keyed)
