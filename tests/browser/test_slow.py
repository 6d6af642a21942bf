"""STOP while all else is slow, and a Wi-Fi that swallows everything: what the page says, and what is not done."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from carebot.tablet.touches import LATE_S
from tests.browser.conftest import Tablet
from tests.browser.test_frame import open_place
from tests.browser.wifi import Wifi
from tests.tablet.running import RunningServer, paired

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
SLOW_LINK = {"offline": False, "latency": 1200, "downloadThroughput": 8000, "uploadThroughput": 4000}
"""Milliseconds and bytes a second: the far end of a garden."""
STOPPED = re.compile("is stopped|stays stopped")


def test_stop_works_while_the_server_has_no_time_for_anything_else(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts)
    page = tablet.pair()
    server.do("looks take long", block_s=0.25)  # which the server takes ten times a second and more
    beats = "() => document.querySelector('.page').dataset.beat"
    first = page.evaluate(beats)
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text(STOPPED, timeout=30_000)
    assert server.do("stopped") == {"latched": True, "by": "Aiko"}
    page.wait_for_function(f"({beats})() !== '{first}'")  # it still lives
    assert tablet.errors == []


def test_stop_works_over_a_slow_link_that_is_full(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_LINK)
    page.evaluate(
        """() => { window.loaded = 0;
          for (let at = 0; at < 4; at++) fetch("/api/v1/openapi.json", { cache: "no-store" })
            .then((answer) => answer.text()).then(() => window.loaded++).catch(() => {}); }"""
    )
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text(STOPPED, timeout=30_000)
    assert page.evaluate("loaded") < 4, "the link is still full"
    assert server.do("stopped") == {"latched": True, "by": "Aiko"}


@pytest.fixture
def wifi(server: RunningServer) -> Iterator[Wifi]:
    made = Wifi(int(server.info["port"]))
    yield made
    made.close()


class FarServer:
    """The server as it is reached over a Wi-Fi."""

    def __init__(self, server: RunningServer, wifi: Wifi) -> None:
        self.pin, self.url = server.pin, f"http://127.0.0.1:{wifi.port}/"


@pytest.fixture
def page(browser: Browser, server: RunningServer, contexts: Contexts, wifi: Wifi) -> Page:
    return Tablet(browser, FarServer(server, wifi), contexts).pair()  # type: ignore[arg-type]


WITHIN_MS = 3000
"""By the browser's own clock, which the tests move."""


def test_a_wifi_that_swallows_everything_is_said_in_time_and_so_is_that_stop_does_not_get_through(
    page: Page, wifi: Wifi
):
    page.clock.install()
    page.reload()
    page.wait_for_selector(".page[data-beat]")
    expect(page.locator(".server-lost")).to_be_hidden()
    wifi.swallow()
    page.clock.run_for(WITHIN_MS)
    assert page.locator(".server-lost").is_visible()
    assert page.evaluate("carebotAlarm.playing()") == "lost"
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text("NOT STOPPED", timeout=30_000)
    wifi.deliver()
    page.clock.run_for(WITHIN_MS)
    expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)


def test_what_was_touched_before_the_page_could_know_is_not_done_when_the_wifi_delivers_it(
    page: Page, server: RunningServer, wifi: Wifi
):
    open_place(page, FarServer(server, wifi), "/drive")  # type: ignore[arg-type]
    page.get_by_label("Where to?").select_option("kitchen")
    go = page.get_by_role("button", name="Send the robot: the kitchen")
    expect(go).to_be_visible()
    wifi.swallow()
    go.click()
    touched_s = page.evaluate("window.carebotNow()")
    expect(page.locator(".server-lost")).to_be_visible(timeout=30_000)
    page.wait_for_function(f"window.carebotNow() > {touched_s} + {LATE_S} + 0.5")
    wifi.deliver()
    expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)
    expect(page.get_by_text("your touch arrived too late")).to_be_visible()
    with paired(server, "Ben") as ben:
        assert ben.get("/api/v1/map").json()["trip"] is None
