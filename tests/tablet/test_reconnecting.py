"""Tablets whose connection is cut again and again, as at the edge of a house's Wi-Fi."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection

from carebot.benchmarks.tablet_crowd import draw_page, open_socket
from tests.loops import run_apart
from tests.tablet.running import RunningServer, cookies_of, paired, running

PAGES, CUTS_OF_EACH = 20, 50
FORGOTTEN_WITHIN_S = 120.0
"""NiceGUI keeps a page for 10 s in which nobody comes back to it."""


async def come_and_go(url: str, cookie: str) -> None:
    for _ in range(PAGES):
        page = await draw_page(url, cookie)
        for _ in range(CUTS_OF_EACH):
            socket = await come_back(url, cookie, page)
            socket.transport.abort()
            await socket.wait_closed()


async def come_back(url: str, cookie: str, page: dict[str, str]) -> ClientConnection:
    socket = await open_socket(url, cookie, page)
    assert str(await socket.recv()).startswith("40"), "the page is still known"
    return socket


def open_files(server: RunningServer) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def until(condition) -> bool:
    ends_s = time.monotonic() + FORGOTTEN_WITHIN_S
    while not condition():
        if time.monotonic() > ends_s:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.slow
def test_a_thousand_cuts_leave_no_page_nobody_present_and_no_open_socket(tmp_path: Path):
    with running(tmp_path) as server, paired(server) as client:
        alert = server.do("hear", fall="night", kind="confirmed")["id"]
        cookie = cookies_of(client)

        def present() -> list[str]:
            return list(client.get(f"/api/v1/alerts/{alert}/told").json()["tablets"])

        async def once() -> None:
            socket = await come_back(server.url, cookie, await draw_page(server.url, cookie))
            assert present() == ["Aiko"]
            await socket.close()

        run_apart(once())
        assert until(lambda: server.do("open pages")["count"] == 0 and present() == [])
        before = open_files(server)
        run_apart(come_and_go(server.url, cookie))
        assert until(lambda: server.do("open pages")["count"] == 0)
        assert present() == []
        assert until(lambda: open_files(server) <= before)
        run_apart(once())
        with httpx.Client(base_url=server.url, trust_env=False) as stranger:
            assert stranger.get("/health").status_code == 200
