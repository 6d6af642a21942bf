"""What every page has: the emergency stop at one place, the way to the others, and the alert over everything."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from carebot.safety.safety_judge import BUTTON_PRESSED
from carebot.tablet.places import PLACES
from carebot.tablet.teleop import SAFETY_SILENT
from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import violations
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
PHONE = {"width": 390, "height": 844}


def open_place(page: Page, server: RunningServer, path: str) -> None:
    page.goto(server.url.rstrip("/") + path)
    page.wait_for_selector(".page[data-beat]")


def test_the_emergency_stop_is_at_the_same_place_on_every_page(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE)
    page, places = tablet.pair(), []
    for place in PLACES:
        open_place(page, server, place.path)
        marked = page.locator("nav :is([aria-current=page], .more.here > summary):visible")
        expect(marked).to_have_count(1)
        places.append(page.locator("#emergency-stop").bounding_box())
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], place.path
    assert all(each == places[0] for each in places)
    assert places[0] is not None
    assert min(places[0]["width"], places[0]["height"]) >= 48
    assert tablet.errors == []
    assert tablet.foreign == []


def test_it_stops_tells_both_tablets_and_is_let_go_with_a_reason(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    aiko, ben = Tablet(browser, server, contexts).pair("Aiko"), Tablet(browser, server, contexts).pair("Ben")
    aiko.locator("#emergency-stop").click()
    expect(aiko.locator("#stop-state")).to_contain_text("stopped")
    expect(ben.locator("#stop-state")).to_contain_text("Stopped by Aiko")
    ben.locator("#release").click()
    ben.fill("#release-reason", "the wheel is free again")
    expect(ben.locator("#emergency-stop")).to_be_in_viewport()
    ben.locator("#release-yes").click()
    for page in (ben, aiko):
        expect(page.locator("#stop-state")).to_be_hidden()
    rows = ben.request.get(f"{server.url}api/v1/audit?kind=motion").json()["rows"]
    assert [(row["who"], row["what"]) for row in rows] == [("Ben", "emergency stop reset"), ("Aiko", "emergency stop")]
    assert rows[0]["detail"]["reason"] == "the wheel is free again"


def test_it_works_while_the_pages_own_socket_is_cut(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts)
    tablet.pair()
    tablet.page.evaluate("window.socket.disconnect()")
    tablet.page.keyboard.press("Tab")
    tablet.page.locator("#emergency-stop").focus()
    tablet.page.keyboard.press("Enter")
    expect(tablet.page.locator("#stop-state")).to_contain_text("The robot is stopped")


def test_what_safety_said_last_is_not_shown_for_ever(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text("The robot stays stopped")
    server.do("safety is silent", silence_s=3.0)
    expect(page.locator("#stop-state")).to_contain_text("not known whether the robot is stopped")
    server.do("safety is silent", silence_s=0.0)
    expect(page.locator("#stop-state")).to_contain_text("The robot stays stopped")


def test_it_says_so_when_it_did_not_work(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    page.context.set_offline(True)
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text("NOT STOPPED")
    expect(page.locator("#release")).to_be_hidden()


@pytest.mark.parametrize("status", [401, 409, 503])
def test_that_it_did_not_work_is_told_in_the_caregivers_language(
    browser: Browser, server: RunningServer, contexts: Contexts, status: int
):
    page = Tablet(browser, server, contexts, locale="ja-JP").pair()
    page.route("**/emergency_stop", lambda route: route.fulfill(status=status, json={"detail": "It does not answer."}))
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state p")).to_have_text(
        "止まっていません：応答がありません。ロボット本体の赤いボタンを押してください。"
    )


RELEASES = {
    BUTTON_PRESSED: {
        "en-GB": "The button on the robot is still pressed: release it first.",
        "ja-JP": "ロボット本体のボタンが押されたままです。先にボタンを戻してください。",
        "fr-FR": "Le bouton du robot est encore enfoncé : relâchez-le d’abord.",
    },
    SAFETY_SILENT.message: {
        "en-GB": "No answer: it is not known whether the robot may move again.",
        "ja-JP": "応答がありません。停止が解除されたかどうかわかりません。",
        "fr-FR": "Pas de réponse : on ne sait pas si le robot peut repartir.",
    },
}


@pytest.mark.parametrize("locale", ["en-GB", "ja-JP", "fr-FR"])
def test_why_the_robot_stays_stopped_is_told_in_the_caregivers_language(
    browser: Browser, server: RunningServer, contexts: Contexts, locale: str
):
    page = Tablet(browser, server, contexts, locale=locale).pair()
    page.locator("#emergency-stop").click()
    page.locator("#release").click()
    for why, told in RELEASES.items():
        server.do("stays stopped", why=why)
        page.locator("#release-yes").click()
        expect(page.locator("#release-problem")).to_contain_text(told[locale])
    page.context.set_offline(True)
    page.locator("#release-yes").click()
    expect(page.locator("#release-problem")).to_contain_text(RELEASES[SAFETY_SILENT.message][locale])


def test_whoever_is_refused_a_page_may_stop_the_robot_there(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts)
    page, password = tablet.pair("Fumi"), "seven blue teapots"
    server.do("account", name="Fumi", password=password, roles=[["family", "*"]])
    assert page.request.post(f"{server.url}api/v1/sign-in", data={"name": "Fumi", "password": password}).ok
    page.goto(f"{server.url}routines")
    expect(page.locator("h1")).to_have_text("This page is not yours")
    page.locator("#emergency-stop").click()
    expect(page.locator("#stop-state")).to_contain_text("The robot is stopped")
    assert tablet.errors == []


def test_an_alert_comes_over_every_page_and_one_thumb_answers_it(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    aiko = Tablet(browser, server, contexts, viewport=PHONE, has_touch=True).pair("Aiko")
    ben = Tablet(browser, server, contexts).pair("Ben")
    for page, path in ((aiko, "/drive"), (ben, "/health-of-the-robot")):
        open_place(page, server, path)
    server.do("hear", fall="a", kind="confirmed")
    for page in (aiko, ben):
        expect(page.locator(".alarm-screen .alert.confirmed")).to_be_in_viewport(ratio=0.5)
        expect(page.locator("#emergency-stop")).to_be_in_viewport()
    ben.get_by_role("button", name="Look at the page").click()
    expect(ben.locator(".alarm-screen")).to_be_hidden()
    expect(ben.locator("html")).to_have_attribute("data-alarm", "urgent")
    ben.get_by_role("button", name="Back to the alarm").click()
    coming = aiko.get_by_role("button", name="I am coming")
    box = coming.bounding_box()
    assert box is not None
    assert box["y"] > 300, "a thumb reaches the lower half of a phone"
    coming.tap()
    for page in (aiko, ben):
        expect(page.locator(".alarm-screen")).to_be_hidden()
        expect(page.locator(".open-alerts")).to_contain_text("Aiko is coming")


def test_a_page_ends_with_the_session(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    server.do("account", name="Chie", password="seven blue teapots", roles=[["administrator", "*"]])
    page.request.post(f"{server.url}api/v1/sign-out", data={"everywhere": False})
    page.wait_for_url("**/pair*", timeout=15_000)


def test_a_browser_that_does_not_leave_an_ended_page_is_told_nothing_more(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = Tablet(browser, server, contexts).pair()
    page.evaluate("window.socket.off('open')")
    server.do("hear", fall="a", kind="confirmed")
    expect(page.locator(".alarm-screen .alert.confirmed")).to_have_count(1)
    assert page.request.post(f"{server.url}api/v1/sign-out", data={"everywhere": False}).ok
    page.get_by_role("button", name="I am coming").first.dispatch_event("click")
    page.wait_for_timeout(2000)
    server.do("hear", fall="b", kind="confirmed")
    page.wait_for_timeout(1000)
    assert page.locator(".alarm-screen .alert").count() <= 1
    ben = Tablet(browser, server, contexts).pair("Ben")
    assert {each["state"] for each in ben.request.get(f"{server.url}api/v1/alerts").json()["alerts"]} == {"confirmed"}


def test_one_hands_an_alert_over_to_another_who_is_called_and_takes_it(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    aiko = Tablet(browser, server, contexts, viewport=PHONE, has_touch=True).pair("Aiko")
    ben, chie = Tablet(browser, server, contexts).pair("Ben"), Tablet(browser, server, contexts).pair("Chie")
    open_place(ben, server, "/drive")
    alert_id = server.do("hear", fall="a", kind="confirmed")["id"]
    server.do("told", alert_id=alert_id, who="<b>Dan</b>", by="phone", state="sent")
    server.do("told", alert_id=alert_id, who="Emi", by="mail", state="planned", in_s=90)
    expect(chie.locator(".told")).to_contain_text("<b>Dan</b> (phone) was told: now")
    expect(chie.locator(".told")).to_contain_text("Emi (mail) is next, if nobody answers: in 2 minutes")
    expect(chie.locator(".told")).to_contain_text("On the tablets of: Aiko, Ben")
    aiko.get_by_role("button", name="I am coming").tap()
    expect(ben.locator(".alarm-screen")).to_be_hidden()
    aiko.get_by_role("button", name="Hand over").tap()
    aiko.get_by_label("Who takes over?").select_option("Ben")
    aiko.get_by_label("Note").fill("I am with Mr Sato")
    aiko.get_by_role("button", name="Ask", exact=True).tap()
    expect(aiko.locator(".offer")).to_contain_text("Ben was asked to take over")
    expect(ben.locator(".alarm-screen .offer")).to_contain_text("Aiko asks you to take over.")
    expect(ben.locator(".alarm-screen .note")).to_contain_text("I am with Mr Sato")
    expect(ben.locator("html")).to_have_attribute("data-alarm", "soft")
    expect(chie.locator(".alarm-screen")).to_be_hidden()
    ben.get_by_role("button", name="I am coming").click()
    for page in (aiko, chie):
        expect(page.locator(".alert h3")).to_contain_text("Ben is coming")
    rows = ben.request.get(f"{server.url}api/v1/audit?kind=answer").json()["rows"]
    assert [(row["who"], row["what"]) for row in rows] == [
        ("Ben", "acknowledge"),
        ("Aiko", "hand_over"),
        ("Aiko", "acknowledge"),
    ]
    assert rows[1]["detail"]["to"] == "Ben"


def test_a_note_is_not_lost_when_the_alert_changes_while_it_is_typed(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    aiko = Tablet(browser, server, contexts).pair("Aiko")
    server.do("hear", fall="a", kind="confirmed")
    aiko.get_by_role("button", name="I am coming").click()
    aiko.get_by_role("button", name="Resolved").click()
    note = aiko.get_by_label("Note")
    note.press_sequentially("a bruise <on> the knee")
    server.do("hear", fall="a", kind="recovered")
    expect(aiko.locator(".alert .up")).to_be_visible()
    expect(note).to_have_value("a bruise <on> the knee")
    aiko.get_by_role("button", name="Yes, it is over").click()
    expect(aiko.locator(".alert.resolved .note")).to_have_text("a bruise <on> the knee")


def test_a_card_that_is_drawn_anew_keeps_whom_one_chose_and_where_one_types(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    aiko = Tablet(browser, server, contexts).pair("Aiko")
    ben, chie = (Tablet(browser, server, contexts).pair(name) for name in ("Ben", "Chie"))
    server.do("hear", fall="a", kind="confirmed")
    aiko.get_by_role("button", name="I am coming").click()
    aiko.get_by_role("button", name="Hand over").click()
    aiko.get_by_label("Who takes over?").select_option("Chie")
    note = aiko.get_by_label("Note")
    note.press_sequentially("in the ")
    Tablet(browser, server, contexts).pair("Anna")
    ben.close()
    names = aiko.locator(".question option")
    expect(names).to_have_text(["Anna", "Chie"], timeout=30_000)
    assert note.evaluate("(each) => each === document.activeElement")
    aiko.keyboard.type("bath")
    expect(note).to_have_value("in the bath")
    expect(aiko.get_by_label("Who takes over?")).to_have_value("Chie")
    chie.close()
    server.do("hear", fall="a", kind="recovered")
    expect(aiko.locator(".alert .up")).to_be_visible()
    aiko.wait_for_timeout(1000)
    expect(aiko.get_by_label("Who takes over?")).to_have_value("Chie")
    aiko.get_by_role("button", name="Ask", exact=True).click()
    expect(aiko.locator(".offer")).to_contain_text("Chie was asked to take over")


def test_from_the_alarm_it_takes_two_touches_to_speak_to_the_person(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE, has_touch=True)
    page = tablet.pair("Aiko")
    open_place(page, server, "/schedule")
    alert = server.do("hear", fall="speak", kind="confirmed")["id"]
    card = page.locator(f'[data-alert="{alert}"]')
    card.get_by_role("button", name="Speak to them").tap()
    card.locator("[data-do='say:wait']").tap()
    expect(page.get_by_text("The robot says:")).to_be_visible()
    card.get_by_role("button", name="Speak to them").tap()
    assert violations(page) == []
    card.locator("textarea").fill("Haru, I am at the door.")
    card.get_by_role("button", name="Say it").tap()
    expect(card.get_by_role("button", name="I am coming")).to_be_visible()
    lines = page.request.get(f"{server.url}api/v1/conversation").json()["lines"]
    assert "Haru, I am at the door." in [each["text"] for each in lines]
    assert len([each for each in lines if each["who"] == "Aiko"]) == 2
    rows = page.request.get(f"{server.url}api/v1/audit?kind=command").json()["rows"]
    assert [row["what"] for row in rows] == ["said through the robot"] * 2
    assert page.request.get(f"{server.url}api/v1/alerts/{alert}").json()["acknowledged_by"] == ""

    card.get_by_role("button", name="Speak to them").tap()
    server.do("conversation is silent")
    card.locator("[data-do='say:how']").tap()
    expect(page.get_by_text("Nothing can be said")).to_be_visible()
    assert tablet.errors == []
