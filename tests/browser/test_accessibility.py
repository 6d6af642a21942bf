"""WCAG 2.2 AA by axe-core: every page, on a phone and a tablet, light and dark, quiet and with an alert."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from carebot.tablet.places import PLACES
from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
SIZES = {"phone": (390, 844), "tablet": (1280, 800)}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response["violations"]
    return [f"{each['id']}: {node['html'][:160]} {node['failureSummary']}" for each in found for node in each["nodes"]]


def fill(server: RunningServer) -> None:
    server.do("resident", name="佐藤 ハル", reading="サトウ ハル", room="12", robot="")
    server.do("hour", spent_s={"lying": 1800.0, "up": 1200.0}, ago_s=3600)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(
    browser: Browser, server: RunningServer, contexts: Contexts, size: str, theme: str, tmp_path: Path
):
    fill(server)
    width, height = SIZES[size]
    tablet = Tablet(browser, server, contexts, viewport={"width": width, "height": height})
    tablet.page.add_init_script(f"localStorage.setItem('carebot-theme', '{theme}')")
    tablet.page.goto(f"{server.url}pair")
    assert violations(tablet.page) == []
    page = tablet.pair()
    for place in PLACES:
        page.goto(server.url.rstrip("/") + place.path)
        page.wait_for_selector(".page[data-beat]")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(page) == [], place.path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place.path
        page.screenshot(path=tmp_path / f"{size}-{theme}{place.path.replace('/', '-')}.png")
    page.locator("#emergency-stop").click()
    page.locator("#release").click()
    assert violations(page) == [], "the question before it may move again"
    page.keyboard.press("Escape")
    server.do("hear", fall="a", kind="confirmed")
    page.locator(".alarm-screen").wait_for()
    assert violations(page) == [], "an alert"
