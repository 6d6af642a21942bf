"""Home: where the robot is and what is due next, without a question asked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import violations
from tests.browser.test_frame import PHONE
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]


def test_it_says_where_the_robot_is_and_what_is_due_next(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts, viewport=PHONE, locale="ja")
    page = tablet.pair("愛子")
    due = page.locator(".next-due li")
    expect(due).to_have_count(3)
    for number in range(3):
        expect(due.nth(number)).to_contain_text(re.compile(r"\d\d:[03]0"))
        expect(due.nth(number)).to_contain_text(re.compile("水分補給|夜の見回り|朝の確認"))
    expect(page.locator(".fact.where dd")).to_have_text("洗面所")
    assert tablet.errors == []


def test_how_a_name_is_read_stands_above_it(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts, viewport=PHONE, locale="ja")
    page = tablet.pair("愛子")
    named = {"name": "服部 花", "reading": "はっとり はな", "room": "204", "robot": ""}
    assert page.request.post(f"{server.url}api/v1/residents", data=named).status == 201
    page.reload()
    expect(page.locator(".resident h2 rt")).to_have_text("はっとり はな")
    server.do("hear", fall="night", kind="confirmed")
    name = page.locator(".alarm-screen .where ruby")
    expect(name).to_contain_text("服部 花")
    reading, written = name.locator("rt").bounding_box(), name.bounding_box()
    assert reading is not None
    assert written is not None
    assert reading["y"] < written["y"] + written["height"] / 2, "above, not behind"
    assert tablet.errors == []


def test_it_says_in_which_room_the_resident_is_seen_and_where_and_when_last(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE)
    page = tablet.pair("Aiko")
    server.do("resident", name="佐藤 ハル", reading="", room="12", robot="")
    page.reload()
    where = page.locator(".resident .seen-where")
    expect(page.locator(".resident strong")).to_have_text("Up")
    expect(where).to_have_text("")
    server.do("seen", spots=[[7.5, 6.5, 0.0]])
    expect(where).to_have_text("the kitchen")
    expect(page.locator(".fact.where dd")).to_have_text("the bathroom")
    server.do("nobody in sight")
    expect(page.locator(".resident strong")).to_have_text("Not in sight")
    expect(where).to_contain_text("Last seen: the kitchen")
    expect(where.locator("time")).to_contain_text("second")
    server.do("time passes", seconds=3 * 3600.0 + 5.0)
    expect(page.locator(".resident strong")).to_have_text("Not seen for 3 h")
    assert violations(page) == []
    assert tablet.errors == []


def test_a_care_that_does_not_answer_is_said_and_asked_again(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = Tablet(browser, server, contexts).pair()
    expect(page.locator(".next-due li")).to_have_count(3)
    server.do("care is silent")
    expect(page.locator(".residents .problem")).to_be_visible()
    server.do("robot is back")
    expect(page.locator(".next-due li")).to_have_count(3)


def test_what_caregivers_were_told_stands_there_and_only_then(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE, locale="ja")
    page = tablet.pair("愛子")
    expect(page.locator(".resident").first).to_be_visible()
    expect(page.locator(".news")).to_be_hidden()
    server.do("news", who="愛子", title="服薬", body="花さんは<b>薬</b>を確認していません。")
    told = page.locator(".news article")
    expect(told).to_contain_text("愛子さんへ")
    expect(told).to_contain_text("服薬 花さんは<b>薬</b>を確認していません。")
    expect(told).to_contain_text("秒前")
    assert violations(page) == []
    assert tablet.errors == []


SOUNDED = "carebotAlarm.calls.filter((each) => each === 'news').length"


def test_news_sound_once_on_a_tablet_and_are_said_on_every_page(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts, viewport=PHONE)
    page = tablet.pair("Aiko")
    page.goto(f"{server.url}schedule")
    server.do("news", who="Aiko", title="long ago", body="Old.", ago_s=3600)
    server.do("news", who="Aiko", title="n1", body="Hana has not confirmed <b>her</b> medicine.")
    told = page.locator("[role=status].fresh-news a")
    expect(told).to_have_text("n1 Hana has not confirmed <b>her</b> medicine.")
    assert violations(page) == []
    page.keyboard.press("Shift")  # no browser lets a page sound before a touch or key
    page.wait_for_function(f"{SOUNDED} === 1")
    assert page.evaluate("carebotAlarm.playing()") == "none", "it is no alarm"
    server.do("news", who="Ben", title="n2", body="The battery is low.")
    expect(told).to_have_count(2)
    page.wait_for_function(f"{SOUNDED} === 2")
    told.first.click()
    expect(page.locator(".news article")).to_have_count(3)
    for told_at in page.locator(".news time").all():
        expect(told_at).to_have_text(re.compile(r"· \d\d:\d\d$"))  # as the schedule beside it has its hours
    expect(page.locator("[role=status].sr-only p")).to_have_text(
        ["n2 The battery is low.", "n1 Hana has not confirmed <b>her</b> medicine."]
    )
    page.keyboard.press("Shift")
    page.wait_for_function("carebotAlarm.isOn()")
    page.wait_for_timeout(1000)
    assert page.evaluate(SOUNDED) == 0, "another page of the same tablet"
    assert tablet.errors == []


def test_news_do_not_sound_into_an_urgent_alarm(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts, viewport=PHONE).pair("Aiko")
    page.keyboard.press("Shift")
    alert = server.do("hear", fall="a", kind="confirmed")["id"]
    page.wait_for_function("carebotAlarm.calls.includes('urgent')")
    server.do("news", who="Aiko", title="n1", body="Hana has not confirmed her medicine.")
    page.wait_for_function("document.querySelector('.page').dataset.news === 'n1'")
    page.wait_for_timeout(1000)
    assert page.evaluate(SOUNDED) == 0
    answer = page.request.post(f"{server.url}api/v1/alerts/{alert}/answer", data={"answer": "acknowledge"})
    assert answer.ok
    page.wait_for_function(f"{SOUNDED} === 1")
