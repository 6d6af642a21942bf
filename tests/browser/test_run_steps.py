"""How far a routine is, on the page: live, in words for those who hear the page, and without a violation."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import TOO_SMALL, violations
from tests.tablet.running import RunningServer, paired

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
START = "/api/v1/routines/guide_to_room/runs"


def opened(browser: Browser, server: RunningServer, contexts: Contexts, locale: str) -> Page:
    page = Tablet(browser, server, contexts, locale=locale, viewport={"width": 390, "height": 844}).pair()
    page.goto(f"{server.url}routines")
    page.wait_for_selector(".page[data-beat]")
    return page


def spoken(page: Page) -> list[str]:
    """The steps as a screen reader has them: without what is hidden from it."""
    tree = page.locator(".steps ol").aria_snapshot()
    return [line.strip().removeprefix("- listitem: ") for line in tree.splitlines() if "listitem" in line]


def test_steps_go_on_and_stay_after_pause_and_cancel(browser: Browser, server: RunningServer, contexts: Contexts):
    page = opened(browser, server, contexts, "en-GB")
    with paired(server, "Ben") as ben:
        assert ben.post(START, json={"parameters": {"room": "kitchen"}}).status_code == 201
    now = page.locator('.steps [aria-current="step"]')
    expect(now).to_contain_text("Drive to: the kitchen")
    server.do("step", now=2)
    expect(now).to_have_text("▶Now: Ask: Are you thirsty?")
    assert spoken(page) == [
        '"Done: Drive to: the kitchen"',
        '"Now: Round 1 of at most 3"',
        '"Now: Ask: Are you thirsty?"',
        '"To come: Say: Thank you."',
        '"Perhaps: Tell caregivers"',
    ]
    expect(page.locator(".steps > summary")).to_have_text("Steps (1 done)")
    page.locator(".steps > summary").click()
    server.do("step", now=3)
    expect(page.locator(".steps > summary")).to_have_text("Steps (2 done)")
    assert not page.locator(".steps").evaluate("each => each.open"), "what somebody has folded stays folded"
    page.locator(".steps > summary").click()
    rest = page.get_by_role("button", name="Pause")
    rest.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_have_text("Aiko has paused it. It goes on when somebody presses “Go on”.")
    expect(page.locator(".steps .is-broken_off").last).to_contain_text("Interrupted: Say: Thank you.")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(now).to_contain_text("Say: Thank you.")
    expect(page.locator(".why")).to_have_count(0)
    page.locator(".run").get_by_role("button", name="Cancel").click()
    page.locator(".run button[data-asked]").click()
    expect(page.locator(".runs")).to_contain_text("nothing to do")
    assert page.evaluate("document.activeElement !== document.body"), "a keyboard goes on from where it was"


def test_after_a_yes_the_steps_go_on(browser: Browser, server: RunningServer, contexts: Contexts):
    page = opened(browser, server, contexts, "fr")
    server.do("approval", of="", about="")
    page.locator(".approval").get_by_role("button").first.click()
    expect(page.locator(".approval")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ja", "fr"])
def test_it_has_no_violation(browser: Browser, server: RunningServer, contexts: Contexts, language: str, theme: str):
    page = opened(browser, server, contexts, language)
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    with paired(server, "Ben") as ben:
        ben.post(START, json={"parameters": {"room": "kitchen"}})
    server.do("step", now=2)
    expect(page.locator(".steps .current")).to_have_count(1)
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button").filter(has_text={"ja": "一時停止", "fr": "Mettre en pause"}[language]).first.click()
    expect(page.locator(".why")).to_have_count(1)
    assert violations(page) == []
