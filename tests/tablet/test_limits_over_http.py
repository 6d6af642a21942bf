"""What the server takes from one sender: so many requests, and no frame that is larger than any page's."""

from __future__ import annotations

import json
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from carebot.benchmarks.tablet_crowd import draw_page, open_socket
from carebot.tablet.certificate import ensure
from carebot.tablet.gate import REQUESTS_AT_ONCE
from tests.loops import run_apart
from tests.tablet.running import RunningServer, cookies_of

FRAME_TOO_LARGE = 1009
MIB = 1 << 20
AT_ONCE, MOST_ASKED = 500, 100_000


def test_who_asks_too_often_has_to_wait_and_others_do_not(server: RunningServer):
    address = urlsplit(server.url)
    assert address.hostname is not None
    assert address.port is not None
    question = f"GET /api/v1/robot HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode() * AT_ONCE
    answered, refused = 0, b""
    with socket.create_connection((address.hostname, address.port), timeout=30) as sender:
        replies = sender.makefile("rb")
        while not refused and answered < MOST_ASKED:
            sender.sendall(question)
            for _ in range(AT_ONCE):
                head, body = read_answer(replies)
                if b" 429 " in head.splitlines()[0]:
                    refused = refused or head + body
                answered += not refused
    assert answered >= REQUESTS_AT_ONCE
    assert b"retry-after: 1\r\n" in refused
    problem = json.loads(refused.partition(b"\r\n\r\n")[2])
    assert (problem["status"], problem["detail"]) == (429, "Too many requests: wait 1 s.")
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as other:
        assert other.get(f"{server.url}health").status_code == 200


def read_answer(replies: object) -> tuple[bytes, bytes]:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += replies.readline()
    body = b""
    while (size := int(replies.readline(), 16)) > 0:
        body += replies.read(size)
        replies.readline()
    replies.readline()
    return head, body


def test_a_browser_that_came_by_https_is_told_to_stay_with_it(tmp_path: Path):
    made = ensure(tmp_path / "tls")
    server = RunningServer(tmp_path, certificates=made)
    trusted = ssl.create_default_context(cafile=made.authority)
    for path in ("health", "pair", "api/v1/alerts"):
        answer = httpx.get(f"{server.url}{path}", verify=trusted, trust_env=False)
        assert answer.headers["strict-transport-security"] == "max-age=31536000", path
    server.close()


def test_without_tls_no_browser_is_told_so(client: httpx.Client):
    assert "strict-transport-security" not in client.get("/health").headers


def test_a_frame_that_is_too_large_ends_the_events_socket_and_nothing_else(server: RunningServer, client: httpx.Client):
    address = f"ws{server.url[4:]}api/v1/events/socket"
    headers = {"Cookie": cookies_of(client)}
    with (
        connect(address, additional_headers=headers, proxy=None) as other,
        connect(address, additional_headers=headers, proxy=None) as socket,
    ):
        socket.send("x" * (MIB + 1))
        assert code_at_the_end(socket) == FRAME_TOO_LARGE
        assert "event" in json.loads(other.recv(timeout=30))
    assert client.get("/api/v1/session").status_code == 200


def code_at_the_end(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012
        while True:
            socket.recv(timeout=30)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_frame_that_is_too_large_ends_a_pages_socket_and_no_other_page(server: RunningServer, client: httpx.Client):
    async def flood() -> int:
        cookie = cookies_of(client)
        other = await open_socket(server.url, cookie, await draw_page(server.url, cookie))
        flooding = await open_socket(server.url, cookie, await draw_page(server.url, cookie))
        await flooding.send("42" + "x" * MIB)
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012
            while True:
                await flooding.recv()
        await other.recv()
        await other.close()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code

    assert run_apart(flood()) == FRAME_TOO_LARGE
    assert client.get("/api/v1/session").status_code == 200
