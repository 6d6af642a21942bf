"""A night on the ward: driving with a dead-man, the network gone and back, the app installed and opened offline."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Tablet
from tests.browser.test_frame import open_place
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]

KEEP_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...words) { super(...words); window.sockets.push(this); }
};
"""


def hold(page: Page) -> None:
    """A finger on the stick, pushed forward, and still there."""
    page.locator(".drive-state[data-mood=calm]").wait_for()
    stick = page.locator(".stick")
    stick.scroll_into_view_if_needed()
    box = stick.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4, steps=5)
    expect(page.locator(".drive-state")).to_contain_text("You are driving")


def stands(server: RunningServer) -> dict[str, list[float]]:
    """What was driven, once the robot stands."""
    for _ in range(100):
        driven = server.do("driven")
        if driven["now_m_s"] == 0.0:
            return driven
        time.sleep(0.1)
    raise AssertionError("the robot goes on")


def test_the_robot_moves_while_the_stick_is_held_and_no_longer(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts)
    page = tablet.pair()
    open_place(page, server, "/drive")
    expect(page.locator(".drive-limit")).to_contain_text("Up to 0.35 m/s allowed")
    expect(page.locator(".drive-reasons")).to_contain_text("Something is 0.8 m ahead.")
    hold(page)
    page.wait_for_function("document.querySelector('.speed .real').style.width !== '0%'")
    assert server.do("driven")["now_m_s"] == pytest.approx(0.5, abs=0.05)
    page.mouse.up()
    expect(page.locator(".drive-state")).to_contain_text("Hold the stick")
    assert stands(server)["vx_m_s"][-1] == 0.0
    assert tablet.errors == []


def test_the_keyboard_drives_too(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    open_place(page, server, "/drive")
    page.locator(".drive-state[data-mood=calm]").wait_for()
    page.locator(".stick").focus()
    page.keyboard.down("ArrowUp")
    expect(page.locator(".drive-state")).to_contain_text("You are driving")
    page.wait_for_function("document.querySelector('.speed .real').style.width !== '0%'")
    page.keyboard.up("ArrowUp")
    expect(page.locator(".drive-state")).to_contain_text("Hold the stick")
    stands(server)


def test_a_cut_network_stops_it_and_it_moves_again_only_after_the_finger_was_lifted(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = Tablet(browser, server, contexts).pair()
    page.add_init_script(KEEP_SOCKETS)
    open_place(page, server, "/drive")
    hold(page)
    page.context.set_offline(True)  # Chromium leaves open web sockets alone: the page's own socket is cut by hand
    page.evaluate("sockets.filter((socket) => socket.url.includes('teleop')).forEach((socket) => socket.close())")
    expect(page.locator(".drive-state")).to_contain_text("No connection")
    stands(server)
    page.context.set_offline(False)
    expect(page.locator(".drive-state")).to_contain_text("Lift the finger")
    assert server.do("driven")["now_m_s"] == 0.0
    page.mouse.up()
    expect(page.locator(".drive-state")).to_contain_text("Hold the stick")
    hold(page)
    page.mouse.up()


def test_the_second_driver_is_told_who_drives(browser: Browser, server: RunningServer, contexts: Contexts):
    aiko, ben = Tablet(browser, server, contexts).pair("Aiko"), Tablet(browser, server, contexts).pair("Ben")
    for page in (aiko, ben):
        open_place(page, server, "/drive")
    hold(aiko)
    expect(ben.locator(".drive-state")).to_contain_text("Aiko is driving")
    aiko.mouse.up()
    expect(ben.locator(".drive-state")).to_contain_text("Hold the stick")


def test_settings_are_refused_without_a_connection(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    open_place(page, server, "/settings")
    page.locator("summary", has_text="New resident").click()
    form = page.locator("details[open] form")
    form.get_by_label("Name", exact=True).fill("Haru")
    page.context.set_offline(True)
    form.get_by_role("button", name="Add").click()
    expect(form.locator(".problem")).to_contain_text("no connection")
    page.context.set_offline(False)
    expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)
    assert page.request.get(f"{server.url}api/v1/residents").json()["residents"] == []


def test_a_resident_written_in_the_settings_is_at_home(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    open_place(page, server, "/settings")
    page.locator("summary", has_text="New resident").click()
    page.locator("details[open] form").get_by_label("Name", exact=True).fill("<b>佐藤</b> ハル" * 20)
    page.locator("details[open] form").get_by_role("button", name="Add").click()
    page.locator("summary", has_text="<b>佐藤</b> ハル").first.wait_for()
    page.get_by_role("button", name="Show a code").click()
    page.wait_for_function("document.querySelector('.outcome img')?.naturalWidth > 100")
    open_place(page, server, "/")
    expect(page.locator(".resident h2")).to_contain_text("<b>佐藤</b> ハル")
    expect(page.locator(".resident strong")).to_have_text("Up")


def test_the_installed_app_says_that_it_is_offline(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts)
    page = tablet.pair()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    manifest = page.request.get(f"{server.url}manifest.webmanifest").json()
    for icon in manifest["icons"]:
        assert page.request.get(server.url.rstrip("/") + icon["src"]).ok
    kept = page.evaluate(
        "caches.keys().then((keys) => caches.open(keys[0])).then((cache) => cache.keys())"
        ".then((requests) => requests.map((each) => new URL(each.url).pathname))"
    )
    assert kept
    assert all(path.startswith("/static/") for path in kept)
    page.context.set_offline(True)
    page.goto(server.url)
    expect(page.locator("h1")).to_have_text("No connection to the robot")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    page.wait_for_selector(".page[data-beat]")
    assert tablet.foreign == []
