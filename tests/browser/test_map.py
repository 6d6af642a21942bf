"""The map: touch a place, send the robot there, and call it off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import violations
from tests.browser.test_frame import PHONE, open_place
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]


def touch(page: Page, x_m: float, y_m: float) -> None:
    """A finger on a point of the map."""
    at = page.evaluate(
        """([x, y]) => {
          const svg = document.querySelector(".floor svg");
          svg.scrollIntoView({ block: "center" });
          const at = new DOMPoint(100 * x, -100 * y).matrixTransform(svg.getScreenCTM());
          return [at.x, at.y];
        }""",
        [x_m, y_m],
    )
    page.mouse.click(*at)


def test_a_place_is_touched_and_the_robot_sent_there_by_a_second_touch(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE, locale="ja")
    page = tablet.pair("愛子")
    open_place(page, server, "/drive")
    expect(page.locator(".floor .robot")).to_have_count(1)
    expect(page.locator(".floor .room-name", has_text="台所")).to_be_visible()
    touch(page, 7.0, 6.0)
    expect(page.locator(".floor .chosen")).to_have_count(1)
    assert page.request.get(f"{server.url}api/v1/map").json()["trip"] is None
    page.get_by_role("button", name="印の場所へ送る（台所）").click()
    expect(page.locator(".trip-state")).to_contain_text("移動中：台所、あと3.2 m（愛子）")
    trip = page.request.get(f"{server.url}api/v1/map").json()["trip"]
    assert (trip["x_m"], trip["y_m"]) == (pytest.approx(7.0, abs=0.1), pytest.approx(6.0, abs=0.1))
    expect(page.locator(".floor .way")).to_have_count(1)
    expect(page.locator("#emergency-stop")).to_be_in_viewport()
    page.get_by_role("button", name="移動を取り消す").click()
    expect(page.locator(".trip-state")).to_contain_text("取り消されました")
    server.do("trip ends", phase="ended", reason="something is in the way")
    expect(page.locator(".trip-state")).to_contain_text("（通り道に何かあります）")
    rows = page.request.get(f"{server.url}api/v1/audit?kind=motion").json()["rows"]
    assert [row["what"] for row in rows] == ["called the trip off", "sent the robot"]
    assert tablet.errors == []
    assert tablet.foreign == []


def test_a_touch_beside_the_home_or_in_a_closed_room_chooses_nothing(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = Tablet(browser, server, contexts).pair()
    open_place(page, server, "/drive")
    touch(page, 7.0, 6.0)
    expect(page.get_by_role("button", name="Send the robot")).to_be_visible()
    touch(page, 4.7, 7.0)  # the store, which nobody lets it enter
    expect(page.get_by_role("button", name="Send the robot")).to_be_hidden()
    assert "store room" not in page.get_by_label("Where to?").inner_text()


def test_people_stand_on_it_where_they_are_seen_and_fade_where_they_were(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE)
    page = tablet.pair()
    open_place(page, server, "/drive")
    expect(page.locator(".floor .robot")).to_have_count(1)
    expect(page.locator(".floor .seen")).to_have_count(0)
    server.do("seen", spots=[[7.5, 6.5, 0.0], [2.0, 6.5, 12.0], [3.0, 3.9, 40.0]])
    expect(page.locator(".floor .seen")).to_have_count(2)
    expect(page.locator(".floor .seen-age")).to_have_text("10 s ago")
    expect(page.locator(".people-on-map")).to_have_text(
        "People seen: the kitchen (now), the bedroom (10 s ago)", use_inner_text=True
    )
    assert violations(page) == []
    touch(page, 7.5, 6.5)
    expect(page.get_by_role("button", name="Send the robot to the mark (the kitchen)")).to_be_visible()
    server.do("seen", spots=[])
    expect(page.locator(".floor .seen")).to_have_count(0)
    expect(page.locator(".people-on-map")).to_have_text("")
    assert tablet.errors == []


def test_whoever_may_drive_but_not_see_people_sees_none_on_it(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page, password = Tablet(browser, server, contexts, viewport=PHONE).pair("Tomo"), "seven blue teapots"
    server.do("account", name="Tomo", password=password, roles=[["technician", "*"]])
    assert page.request.post(f"{server.url}api/v1/sign-in", data={"name": "Tomo", "password": password}).ok
    server.do("seen", spots=[[7.5, 6.5, 0.0]])
    open_place(page, server, "/drive")
    expect(page.locator(".floor .robot")).to_have_count(1)
    page.wait_for_timeout(500)
    assert page.locator(".floor .seen").count() == 0
    assert page.locator(".people-on-map").inner_text() == ""


def test_the_keyboard_sends_it_too_and_why_it_did_not_arrive_is_told(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page, ben = Tablet(browser, server, contexts).pair("Aiko"), Tablet(browser, server, contexts).pair("Ben")
    for each in (page, ben):
        open_place(each, server, "/drive")
    page.get_by_label("Where to?").select_option("kitchen")
    page.get_by_role("button", name="Send the robot: the kitchen").press("Enter")
    for each in (page, ben):
        expect(each.locator(".trip-state")).to_contain_text("On the way: the kitchen, 3.2 m left (Aiko)")
    server.do("trip ends", phase="ended", reason="the door is <b>shut</b>")
    for each in (page, ben):
        expect(each.locator(".trip-state")).to_contain_text("Did not arrive: the kitchen (the door is <b>shut</b>)")
    server.do("navigation is silent")
    page.get_by_label("Where to?").select_option("bedroom")
    page.get_by_role("button", name="Send the robot: the bedroom").click()
    expect(page.get_by_text("navigation does not answer")).to_be_visible()
