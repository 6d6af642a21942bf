"""The network or the robot is gone while somebody types: it is said, it sounds, nothing is done, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.test_typing import opened, unfolded
from tests.tablet.running import RunningServer, paired

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
PLAYING = "carebotAlarm.playing()"


@dataclass(frozen=True)
class Typing:
    """A page on which a form is filled and sent; `done` is where the API says that it was."""

    path: str
    fill: Callable[[Page], tuple[Locator, Locator]]
    done: str
    words: str = "Amlodipine"


def routine(page: Page) -> tuple[Locator, Locator]:
    form = unfolded(page, "Medicine")
    form.get_by_label("Resident").select_option(index=1)
    return form.get_by_label("Medicine", exact=True), form.get_by_role("button", name="Start: Medicine")


def entry(page: Page) -> tuple[Locator, Locator]:
    form = unfolded(page, "Add an entry …", "Medicine")
    form.get_by_label("Resident").select_option(index=1)
    form.get_by_label("Time 1").fill("08:15")
    return form.get_by_label("Medicine", exact=True), form.get_by_role("button", name="Add")


def sentence(page: Page) -> tuple[Locator, Locator]:
    return page.get_by_label("What to say"), page.get_by_role("button", name="Say it")


PAGES = {
    "routines": Typing("/routines", routine, "/api/v1/runs"),
    "schedule": Typing("/schedule", entry, "/api/v1/schedule"),
    "talk": Typing("/talk", sentence, "/api/v1/conversation"),
}


def is_seen(shown: Locator, what: str, since_s: float) -> None:
    expect(shown).to_be_visible(timeout=10_000)
    print(f"{what}: {time.monotonic() - since_s:.2f} s (to reach: 3 s)")


@pytest.mark.parametrize("kind", PAGES)
def test_a_cut_network_is_said_sounds_refuses_and_loses_nothing(
    browser: Browser, server: RunningServer, contexts: Contexts, kind: str
):
    typing = PAGES[kind]
    page = opened(browser, server, contexts, typing.path)
    field, button = typing.fill(page)
    field.press_sequentially(typing.words[:4])
    with paired(server, "Ben") as ben:
        cut_s = time.monotonic()
        page.context.set_offline(True)
        page.evaluate("window.socket.io.engine.close()")  # Chromium leaves open web sockets alone
        is_seen(page.locator(".server-lost"), f"{kind}: network cut to overlay", cut_s)
        page.wait_for_function(f"{PLAYING} === 'lost'")
        page.keyboard.type("nobody reads this")
        button.evaluate("each => each.closest('form').requestSubmit()")
        expect(button.locator("xpath=..").locator(".problem")).to_contain_text("there is no connection")
        page.context.set_offline(False)
        expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)
        page.keyboard.type(typing.words[4:])  # where it was
        expect(field).to_have_value(typing.words)
        assert typing.words not in ben.get(typing.done).text, "a command was kept for later"
        button.click()
        expect(page.locator(".content")).to_contain_text(typing.words)
        assert typing.words in ben.get(typing.done).text


@pytest.mark.parametrize("kind", PAGES)
def test_a_robot_that_is_gone_is_said_sounds_refuses_and_loses_nothing(
    browser: Browser, server: RunningServer, contexts: Contexts, kind: str
):
    typing = PAGES[kind]
    page = opened(browser, server, contexts, typing.path)
    field, button = typing.fill(page)
    field.fill(typing.words)
    cut_s = time.monotonic()
    server.do("robot is gone")
    is_seen(page.locator(".lost-banner"), f"{kind}: robot silent to banner", cut_s)
    page.wait_for_function(f"{PLAYING} === 'lost'")
    button.click()
    expect(button.locator("xpath=..").locator(".problem")).not_to_have_text("")
    expect(field).to_have_value(typing.words)
    server.do("robot is back")
    expect(page.locator(".lost-banner")).to_be_hidden()
    with paired(server, "Ben") as ben:
        assert typing.words not in ben.get(typing.done).text, "a command was kept for later"
    expect(field).to_have_value(typing.words)
    button.click()
    expect(page.locator(".content")).to_contain_text(typing.words)


@pytest.mark.parametrize("kind", PAGES)
def test_what_is_typed_outlives_another_server(browser: Browser, server: RunningServer, contexts: Contexts, kind: str):
    typing = PAGES[kind]
    page = opened(browser, server, contexts, typing.path)
    field, _ = typing.fill(page)
    field.fill(typing.words)
    server.kill()
    expect(page.locator(".server-lost")).to_be_visible(timeout=10_000)
    again = server.restart()
    try:
        with page.expect_navigation(timeout=60_000):
            pass
        expect(field).to_have_value(typing.words)
        expect(field).to_be_visible()
        expect(field).to_be_focused()
        expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)
    finally:
        again.close()


def chosen_destination(browser: Browser, server: RunningServer, contexts: Contexts) -> tuple[Page, Locator]:
    page = opened(browser, server, contexts, "/drive")
    page.get_by_label("Where to?").select_option("kitchen")
    go = page.get_by_role("button", name="Send the robot: the kitchen")
    expect(go).to_be_visible()
    return page, go


def test_a_robot_that_is_sent_while_the_network_is_cut_does_not_leave_when_it_is_back(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page, go = chosen_destination(browser, server, contexts)
    page.context.set_offline(True)
    go.evaluate("each => { window.socket.io.engine.close(); each.click(); }")  # before the page can know
    expect(page.locator(".server-lost")).to_contain_text("Not done")
    page.context.set_offline(False)
    expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)
    with paired(server, "Ben") as ben:
        assert ben.get("/api/v1/map").json()["trip"] is None
        go.click()
        expect(page.locator(".trip-state")).to_contain_text("On the way: the kitchen")
        assert ben.get("/api/v1/map").json()["trip"]["by"] == "Aiko"


LATE = "window.carebotNow = ((now) => () => now() - 10)(window.carebotNow)"


def test_a_robot_whose_order_a_network_held_back_for_long_stays(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page, go = chosen_destination(browser, server, contexts)
    page.evaluate(LATE)
    go.click()
    expect(page.get_by_text("your touch arrived too late")).to_be_visible()
    with paired(server, "Ben") as ben:
        assert ben.get("/api/v1/map").json()["trip"] is None


def test_an_answer_that_a_network_held_back_for_long_is_none(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = opened(browser, server, contexts, "/")
    page.evaluate(LATE)
    alert = server.do("hear", fall="late", kind="confirmed")["id"]
    page.locator(f'[data-alert="{alert}"]').get_by_role("button", name="I am coming").click()
    expect(page.get_by_text("your touch arrived too late")).to_be_visible()
    with paired(server, "Ben") as ben:
        assert ben.get(f"/api/v1/alerts/{alert}").json()["acknowledged_by"] == ""
