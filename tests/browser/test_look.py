"""Looking through the camera in a real browser: the picture, the time left, and that leaving the page ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from carebot.tablet.language import languages
from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import SIZES, TOO_SMALL, violations
from tests.tablet.running import RunningServer

PASSWORD = "seven blue teapots"
WHITE = "(canvas) => canvas.getContext('2d').getImageData(canvas.width - 2, 5, 1, 1).data[0]"


def signed_in(browser: Browser, server: RunningServer, contexts: list[BrowserContext], **options: object) -> Page:
    server.do("resident", name="佐藤 ハル", reading="", room="12", robot="")
    server.do("consent", to="live_view", given=True)
    server.do("account", name="Aiko", password=PASSWORD, roles=[["caregiver", "*"], ["nurse_in_charge", "*"]])
    page = Tablet(browser, server, contexts, **options).pair()
    answer = page.request.post(f"{server.url}api/v1/sign-in", data={"name": "Aiko", "password": PASSWORD})
    assert answer.ok
    page.goto(server.url + "drive")
    page.locator(".look").wait_for()
    return page


def begin(page: Page) -> None:
    page.locator('[data-look="reason"]').fill("no answer at the door")
    page.locator('[data-look="begin"]').click()
    page.locator(".look canvas").wait_for(timeout=10_000)


def test_a_picture_is_drawn_with_the_time_left_and_gone_at_the_end(
    browser: Browser, server: RunningServer, contexts: list[BrowserContext]
):
    page = signed_in(browser, server, contexts)
    page.locator('[data-look="begin"]').click()
    page.locator(".look-state", has_text="reason").or_(page.locator(".look-state", has_text="422")).wait_for()
    begin(page)
    assert page.locator(".look canvas").evaluate(WHITE) > 240
    assert "s left" in page.locator(".look-state").inner_text()
    page.locator('[data-look="end"]').click()
    page.wait_for_timeout(500)
    assert server.do("looked")["active"] is False
    assert page.locator(".look canvas").is_hidden()
    assert page.locator(".look canvas").evaluate("(canvas) => canvas.width") == 1


def test_leaving_the_page_ends_the_look_at_once(
    browser: Browser, server: RunningServer, contexts: list[BrowserContext]
):
    page = signed_in(browser, server, contexts)
    begin(page)
    page.goto(server.url)
    for _ in range(50):  # the look itself would go on for longer
        if not server.do("looked")["active"]:
            return
        page.wait_for_timeout(100)
    pytest.fail("the camera is still looked through")


@pytest.mark.slow
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("size", SIZES)
def test_the_changed_pages_have_no_violation(
    browser: Browser, server: RunningServer, contexts: list[BrowserContext], size: str, language: str, tmp_path: Path
):
    width, height = SIZES[size]
    theme = "dark" if size == "phone" else "light"
    page = signed_in(browser, server, contexts, locale=language, viewport={"width": width, "height": height})
    page.evaluate(f"localStorage.setItem('carebot-theme', '{theme}')")
    page.reload()
    page.locator(".look").wait_for()
    begin(page)
    for name in ("drive", "settings"):
        if name == "settings":
            page.goto(server.url + name)
            page.locator(".push-state:not(:empty)").wait_for()
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(TOO_SMALL) == [], name
        page.screenshot(path=tmp_path / f"{size}-{language}-{name}.png", full_page=True)
