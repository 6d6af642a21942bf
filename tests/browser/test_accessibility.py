"""WCAG 2.2 AA by axe-core: every page, on a phone and a tablet, light and dark, quiet and with an alert."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from carebot.tablet.language import languages
from carebot.tablet.places import PLACES
from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer
from tests.tablet.test_black_box_api import record

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
SIZES = {"phone": (390, 844), "tablet": (1280, 800)}
TURNED = {"phone-turned": ((844, 390), "dark", "fr"), "tablet-turned": ((800, 1280), "light", "ja")}
"""Held the other way: each in one theme and one language, for each takes half a minute."""
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response["violations"]
    return [f"{each['id']}: {node['html'][:160]} {node['failureSummary']}" for each in found for node in each["nodes"]]


def fill(server: RunningServer) -> None:
    server.do("resident", name="佐藤 ハル", reading="サトウ ハル", room="12", robot="")
    for ago_s in (3600, 3600 + 43200):  # one of both is in the night
        server.do("hour", spent_s={"lying": 1800.0, "up": 1200.0}, ago_s=ago_s, times_up=1)
    server.do("news", who="Aiko", title="medicine", body="Hana has not confirmed her medicine.")
    server.do("seen", spots=[[7.5, 6.5, 0.0], [2.0, 6.5, 12.0]])
    server.do("logged", level="warn", node="drive", text="the motor controller was silent for 0.4 s")
    record(server.folder)


# Each element is named once: an index would move while the page still draws its map.
NAMES = """(() => {
  const names = new WeakMap();
  let named = 0;
  window.nameOf = (each) => {
    if (each === document.body || !each) return "body";
    if (!names.has(each)) names.set(each, `${each.tagName} ${++named} ${each.outerHTML.slice(0, 120)}`);
    return names.get(each);
  };
  return [...document.querySelectorAll('button, a[href], select, input:not([type=hidden]), summary, [tabindex="0"]')]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("[inert]") && !each.disabled)
    .map(window.nameOf);
})()"""
TOO_SMALL = """() => [...document.querySelectorAll(
    'button, a[href], select, input:not([type=hidden]), summary, textarea, [tabindex="0"]')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 1)
  .map((each) => [each, (each.closest("label") ?? each).getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 47.5)
  .map(([each, box]) => `${each.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)"""


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(
    browser: Browser, server: RunningServer, contexts: Contexts, size: str, theme: str, language: str, screenshots: Path
):
    assert_no_page_has_a_violation(
        Tablet(browser, server, contexts, locale=language, viewport=viewport(SIZES[size])),
        theme,
        screenshots / f"{size}-{theme}-{language}",
    )


@pytest.mark.parametrize("size", TURNED)
def test_no_page_has_a_violation_when_the_device_is_turned(
    browser: Browser, server: RunningServer, contexts: Contexts, size: str, screenshots: Path
):
    turned, theme, language = TURNED[size]
    assert_no_page_has_a_violation(
        Tablet(browser, server, contexts, locale=language, viewport=viewport(turned)),
        theme,
        screenshots / f"{size}-{theme}-{language}",
    )


def viewport(size: tuple[int, int]) -> dict[str, int]:
    return {"width": size[0], "height": size[1]}


def assert_no_page_has_a_violation(tablet: Tablet, theme: str, screenshots: Path) -> None:
    """On any page; pictures of them go to files whose names begin with `screenshots`."""
    server = tablet.server
    fill(server)
    width = tablet.page.evaluate("innerWidth")
    tablet.page.add_init_script(f"localStorage.setItem('carebot-theme', '{theme}')")
    tablet.page.goto(f"{server.url}pair")
    assert violations(tablet.page) == []
    page = tablet.pair()
    for place in PLACES:
        page.goto(server.url.rstrip("/") + place.path)
        page.wait_for_selector(".page[data-beat]")
        picture = screenshots.with_name(f"{screenshots.name}-{place.name.removeprefix('place_')}.png")
        page.screenshot(path=picture, full_page=True)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(page) == [], place.path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place.path
        assert page.evaluate(TOO_SMALL) == [], place.path
    page.locator("#emergency-stop").click()
    page.locator("#release").click()
    assert violations(page) == [], "the question before it may move again"
    page.keyboard.press("Escape")
    server.do("hear", fall="a", kind="confirmed")
    page.locator(".alarm-screen").wait_for()
    assert violations(page) == [], "an alert"
    page.screenshot(path=screenshots.with_name(f"{screenshots.name}-alert.png"))


@pytest.mark.parametrize("size", SIZES)
def test_texts_of_double_size_stay_on_the_page(browser: Browser, server: RunningServer, contexts: Contexts, size: str):
    fill(server)
    width, height = SIZES[size]
    page = Tablet(browser, server, contexts, locale="fr", viewport={"width": width, "height": height}).pair("Élodie")
    server.do("hear", fall="a", kind="confirmed")
    for place in PLACES:
        page.goto(server.url.rstrip("/") + place.path)
        page.locator(".alarm-screen .alert").wait_for()
        page.evaluate("document.documentElement.style.fontSize = `${2 * 17}px`")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place.path
        for button in page.locator(".alarm-screen button").all():
            button.scroll_into_view_if_needed()
            box = button.bounding_box()
            assert box is not None
            assert box["x"] >= 0, place.path
            assert box["x"] + box["width"] <= width, place.path
            assert button.evaluate("each => each.scrollWidth <= each.clientWidth + 2"), button.inner_text()


def assert_the_keyboard_reaches_everything(page: Page) -> None:
    """By the Tab key alone, and what has the focus shows it."""
    reachable = set(page.evaluate(NAMES))
    reached: set[str] = set()
    page.evaluate("document.activeElement?.blur()")
    for _ in range(len(reachable) + 10):
        page.keyboard.press("Tab")
        found = page.evaluate("nameOf(document.activeElement)")
        reached.add(found)
        shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert shown != "none" or found == "body", found
    assert reachable <= reached, reachable - reached


@pytest.mark.parametrize("path", [place.path for place in PLACES])
def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(
    browser: Browser, server: RunningServer, contexts: Contexts, path: str
):
    fill(server)
    page = Tablet(browser, server, contexts).pair()
    page.goto(server.url.rstrip("/") + path)
    page.wait_for_selector(".page[data-beat]")
    page.keyboard.press("Tab")  # a touch or key lets the page sound, and the button that asks for one goes away
    expect(page.locator(".sound-bar")).to_be_hidden()
    assert_the_keyboard_reaches_everything(page)


def test_a_further_alarm_is_said_to_a_screen_reader(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    said = page.locator(".alarm-screen > [aria-live=assertive]")
    server.do("hear", fall="a", kind="confirmed")
    expect(said).to_have_text("Fall · ハナさん · the kitchen. Not answered: 1.")
    assert page.locator(".alarm-screen").get_attribute("aria-describedby") == said.get_attribute("id")
    server.do("hear", fall="b", kind="confirmed")
    expect(said).to_have_text("Fall · ハナさん · the kitchen. Not answered: 2.")


UNTIMELY = """() => [...document.querySelectorAll('time')]
  .filter((each) => each.closest('[aria-live], [role=alert], [role=log], [role=status]') && each.ariaLive !== 'off')
  .map((each) => each.outerHTML)"""


def test_a_screen_reader_is_not_told_the_time_every_second(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    server.do("hear", fall="a", kind="confirmed")
    page.get_by_role("button", name="I am coming").click()
    expect(page.locator(".alerts .alert.acknowledged time").first).to_contain_text("·")
    assert page.evaluate(UNTIMELY) == []


def test_how_long_one_has_to_wait_at_the_door_is_said_once(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).page
    page.goto(server.url)
    page.route("**/api/v1/pair", lambda route: route.fulfill(status=429, headers={"Retry-After": "3"}, json={}))
    page.fill("#pin", "000000")
    page.fill("#name", "Aiko")
    page.click("form button")
    expect(page.locator("#problem [aria-live=off]")).to_have_text("3")
    page.evaluate("""() => { window.said = 0; new MutationObserver(() => window.said++)
      .observe(document.getElementById('problem'), { childList: true }); }""")
    expect(page.locator("#problem [aria-live=off]")).to_have_text("1", timeout=5000)
    assert page.evaluate("said") == 0
    expect(page.locator("#problem")).to_have_text("")


def test_a_page_says_in_its_title_which_one_it_is(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts, viewport={"width": 390, "height": 844}).pair()
    expect(page).to_have_title("Home · carebot")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    assert page.locator(".server-lost").get_attribute("aria-label") == "No connection to the robot"
