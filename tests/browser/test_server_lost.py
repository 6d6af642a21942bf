"""When the server is lost, keyboard and screen reader are told so at once, reach STOP, and go on where they were."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import violations
from tests.browser.test_typing import opened
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
REACHED_AFTER = 25
"""Presses of Tab: more than the overlay and the dock have."""


def lose(page: Page) -> Locator:
    page.context.set_offline(True)
    page.evaluate("window.socket.io.engine.close()")  # Chromium leaves open web sockets alone
    overlay = page.get_by_role("alertdialog")
    expect(overlay).to_be_visible(timeout=3000)
    return overlay


def find_again(page: Page) -> None:
    page.context.set_offline(False)
    expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)


def test_one_lands_on_it_and_goes_on_where_one_typed(browser: Browser, server: RunningServer, contexts: Contexts):
    page = opened(browser, server, contexts, "/talk")
    field = page.get_by_label("What to say")
    field.fill("The tea is ready.")
    for _ in range(len("is ready.")):
        page.keyboard.press("ArrowLeft")
    overlay = lose(page)
    expect(overlay).to_be_focused()
    expect(overlay).to_have_accessible_name("No connection to the robot")
    expect(overlay).to_have_accessible_description(
        "Alerts cannot reach this tablet. Check the Wi-Fi and the robot. This page reconnects by itself."
    )
    assert violations(page) == []
    page.keyboard.type("nobody hears this")
    find_again(page)
    expect(field).to_be_focused()
    page.keyboard.type("for two ")
    expect(field).to_have_value("The tea for two is ready.")


def test_what_lies_behind_is_out_of_reach_and_stop_is_not(browser: Browser, server: RunningServer, contexts: Contexts):
    page = opened(browser, server, contexts, "/routines")
    lose(page)
    reached = set()
    for _ in range(REACHED_AFTER):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.id || document.activeElement.closest('.dock, body > *')?.className || ''"
            )
        )
    assert "emergency-stop" in reached
    assert reached <= {"emergency-stop", "dock", "server-lost", ""}
    page.locator("#emergency-stop").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stop-state")).to_contain_text("NOT STOPPED")
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text("NOT STOPPED")
    assert page.locator(".page").evaluate("each => each.closest('[inert]') !== null")


def test_a_hand_at_stop_stays_there_and_hears_of_it(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    page.locator("#emergency-stop").focus()
    lose(page)
    expect(page.locator("#emergency-stop")).to_be_focused()
    expect(page.locator(".server-lost").get_by_role("alert")).to_contain_text("No connection to the robot")
    find_again(page)
    expect(page.locator("#emergency-stop")).to_be_focused()


def test_that_the_robot_is_stopped_is_said_no_longer_than_it_is_known(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = Tablet(browser, server, contexts).pair()
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text("The robot stays stopped")
    lose(page)
    expect(page.locator("#stop-state")).to_contain_text("not known whether the robot is stopped")
    find_again(page)
    expect(page.locator("#stop-state")).to_contain_text("The robot stays stopped")
