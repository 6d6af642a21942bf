"""A tablet on the wall: its page is loaded anew, or its browser starts anew, in the middle of an alarm."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Tablet
from tests.browser.test_frame import PHONE
from tests.browser.test_tablet import WATCH_SOUND_BAR
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
PASSWORD = "seven blue teapots"


def nurse_on_the_wall(browser: Browser, server: RunningServer, contexts: Contexts) -> Page:
    page = Tablet(browser, server, contexts, viewport=PHONE).pair("the tablet in the hall")
    server.do("account", name="Nina", password=PASSWORD, roles=[["nurse_in_charge", "*"]])
    assert page.request.post(f"{server.url}api/v1/sign-in", data={"name": "Nina", "password": PASSWORD}).ok
    page.goto(server.url)
    page.wait_for_selector(".page[data-beat]")
    return page


def assert_the_alarm_is_up(page: Page) -> None:
    expect(page.locator(".alarm-screen .alert.confirmed")).to_be_in_viewport(ratio=0.5)
    expect(page.locator("html")).to_have_attribute("data-alarm", "urgent")
    expect(page.locator(".me .full")).to_have_text("You are Nina")


def test_a_page_that_is_loaded_anew_in_an_alarm_shows_it_again_signed_in_and_sounds(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = nurse_on_the_wall(browser, server, contexts)
    server.do("hear", fall="a", kind="confirmed")
    assert_the_alarm_is_up(page)
    page.reload()
    assert_the_alarm_is_up(page)
    page.mouse.click(5, 5)
    page.wait_for_function("carebotAlarm.calls.includes('urgent')")
    page.get_by_role("button", name="I am coming").click()
    expect(page.locator(".alert h3")).to_contain_text("Nina is coming")


def test_a_browser_that_starts_anew_in_an_alarm_shows_it_asks_for_a_touch_and_sounds(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    before = nurse_on_the_wall(browser, server, contexts)
    server.do("hear", fall="a", kind="confirmed")
    kept = before.context.storage_state()
    before.context.close()
    context = browser.new_context(storage_state=kept, viewport=PHONE, locale="en-GB")
    contexts.append(context)
    page = context.new_page()
    page.add_init_script(WATCH_SOUND_BAR)
    page.goto(server.url)
    page.wait_for_timeout(2500)  # untouched: whatever Playwright asks of a page counts as a touch
    assert page.evaluate("seenSoundBar") == "♪ Tap here to switch the alarm sound on"
    assert_the_alarm_is_up(page)
    page.mouse.click(5, 5)
    expect(page.locator(".sound-bar")).to_be_hidden()
    page.wait_for_function("carebotAlarm.calls.includes('urgent')")


SPY = "navigator.vibrate = (pattern) => { (window.vibrated ??= []).push(pattern); return true; };"
VIBRATED = "JSON.stringify(window.vibrated ?? [])"


def test_an_urgent_alarm_asks_the_tablet_to_vibrate_again_and_again_until_it_is_answered(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE)
    tablet.page.add_init_script(SPY)
    page = tablet.pair()
    page.mouse.click(5, 5)
    server.do("hear", fall="a", kind="suspected")
    page.wait_for_function("carebotAlarm.calls.includes('soft')")
    assert page.evaluate(VIBRATED) == "[]", "what is only suspected does not"
    server.do("hear", fall="a", kind="confirmed")
    page.wait_for_function(f"{VIBRATED}.startsWith('[[400,150,400],[400,150,400]')")
    page.get_by_role("button", name="I am coming").click()
    page.wait_for_function("carebotAlarm.playing() === 'none'")
    page.evaluate("window.vibrated = []")
    page.wait_for_timeout(2500)  # the alarm repeats every two seconds
    assert page.evaluate(VIBRATED) == "[]"
    page.locator("#emergency-stop").click()
    assert page.evaluate(VIBRATED) == "[80]", "a finger at STOP feels it"
