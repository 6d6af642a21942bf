"""Contacts and quiet hours in the settings, as they are used: by thumb, in Japanese, by two people at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from carebot.benchmarks.receiver import phones
from carebot.tablet.language import languages
from tests.browser.conftest import Tablet
from tests.browser.test_accessibility import TOO_SMALL, violations
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
SECRETS = ("09012345678", "hunter2", "night@mail.example")


def settings(page: Page, server: RunningServer) -> Page:
    page.goto(f"{server.url}settings")
    page.wait_for_selector(".page[data-beat]")
    return page


def contact(page: Page, name: str) -> Locator:
    return page.locator("details[id^=contact-]").filter(has=page.locator("summary", has_text=name))


def opened(fold: Locator) -> Locator:
    if not fold.evaluate("each => each.open"):
        fold.locator("> summary").click()
    return fold


def test_somebody_is_added_tried_out_and_taken_out(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts)
    page = settings(tablet.pair("Mika"), server)
    with phones() as rung:
        new = opened(page.locator("details", has=page.locator("summary", has_text="New contact")))
        new.get_by_label("Name of the contact").fill("Chie")
        new.get_by_label("Phone (SMS): address").fill(f"{rung.address}/secret-of-chie")
        new.get_by_label("Level 2").check()
        new.get_by_role("button", name="Add").click()
        expect(page.locator("ol.chain li").nth(1)).to_contain_text("夜勤室, Chie")
        opened(contact(page, "Chie")).get_by_role("button", name="Send a trial message").click()
        expect(contact(page, "Chie").get_by_text("Phone (SMS): arrived")).to_be_visible()
        assert [each.title for each in rung.letters] == ["DRILL: Do messages reach you?"]
        assert "secret-of-chie" not in page.content()
    expect(page.get_by_text("Changed here by Mika")).to_be_visible()
    remove = contact(page, "Chie").get_by_role("button", name="Remove")
    remove.click()
    contact(page, "Chie").get_by_role("button", name="Really?").click()
    expect(page.locator("ol.chain li").nth(1)).not_to_contain_text("Chie")
    assert all(secret not in page.content() for secret in SECRETS)
    assert (tablet.errors, tablet.foreign) == ([], [])


def test_the_last_one_stays_and_says_why_in_japanese(browser: Browser, server: RunningServer, contexts: Contexts):
    phone = Tablet(browser, server, contexts, locale="ja", viewport={"width": 390, "height": 844}, has_touch=True)
    page = settings(phone.pair("美香"), server)
    night = opened(contact(page, "夜勤室"))
    night.get_by_role("button", name="削除する").click()
    night.get_by_role("button", name="本当に").click()
    expect(night.locator(".problem").last).to_contain_text("連絡する人がいなくなります")
    expect(page.locator("ol.chain li")).to_have_count(2)


def test_quiet_hours_are_set_and_refused(browser: Browser, server: RunningServer, contexts: Contexts):
    page = settings(Tablet(browser, server, contexts).pair("Mika"), server)
    hana = page.locator("details", has=page.locator("summary", has_text="佐藤ハナ"))
    expect(hana.locator("summary")).to_contain_text("as the house")
    opened(hana)
    hana.get_by_label("From (time of day)").first.fill("23:00")
    hana.get_by_role("button", name="Save").click()
    expect(hana.locator(".problem").first).to_contain_text("both times")
    hana.get_by_label("Until (time of day)").first.fill("09:00")
    hana.get_by_role("button", name="Save").click()
    expect(hana.locator("summary")).to_contain_text("23:00–09:00")
    opened(hana)
    hana.get_by_label("From (time of day)").nth(1).fill("08:00")
    hana.get_by_label("Until (time of day)").nth(1).fill("10:00")
    hana.get_by_role("button", name="Save").click()
    expect(hana.locator(".problem").first).to_contain_text("overlap")
    hana.get_by_role("button", name="As the site file says").click()
    hana.get_by_role("button", name="Really?").click()
    expect(hana.locator("summary")).to_contain_text("as the house")


def test_of_two_who_change_at_once_the_second_is_told(browser: Browser, server: RunningServer, contexts: Contexts):
    first = settings(Tablet(browser, server, contexts).pair("Mika"), server)
    second = settings(Tablet(browser, server, contexts).pair("Nao"), server)
    for page, name in ((first, "Aiko Sato"), (second, "Aiko Ito")):
        fold = opened(contact(page, "Aiko Tanaka"))
        fold.get_by_label("Name of the contact").fill(name)
        fold.get_by_role("button", name="Save").click()
        if page is first:
            expect(page.locator("ol.chain li").first).to_contain_text("Aiko Sato")
    told = contact(second, "Aiko Tanaka").locator(".problem").first
    expect(told).to_contain_text("Somebody has changed this meanwhile")
    expect(settings(second, server).locator("ol.chain li").first).to_contain_text("Aiko Sato")


def test_a_contact_that_is_taken_out_meanwhile_is_added_anew_with_what_was_typed(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    first = settings(Tablet(browser, server, contexts).pair("Mika"), server)
    new = opened(first.locator("details", has=first.locator("summary", has_text="New contact")))
    new.get_by_label("Name of the contact").fill("Chie")
    new.get_by_label("Level 2").check()
    new.get_by_role("button", name="Add").click()
    expect(contact(first, "Chie")).to_have_count(1)
    second = settings(Tablet(browser, server, contexts).pair("Nao"), server)
    fold = opened(contact(second, "Chie"))
    fold.get_by_label("Name of the contact").fill("Chie Mori")
    gone = opened(contact(first, "Chie"))
    gone.get_by_role("button", name="Remove").click()
    gone.get_by_role("button", name="Really?").click()
    expect(contact(first, "Chie")).to_have_count(0)
    fold.get_by_role("button", name="Save").click()
    expect(fold.locator(".problem").first).to_contain_text(
        "Mika has taken this contact out. What was typed here is kept"
    )
    expect(fold.get_by_label("Name of the contact")).to_have_value("Chie Mori")
    fold.get_by_role("button", name="Add it anew").click()
    expect(second.locator("ol.chain li").nth(1)).to_contain_text("夜勤室, Chie Mori")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_sections_have_no_violation(
    browser: Browser, server: RunningServer, contexts: Contexts, tmp_path: Path, language: str, size: tuple[int, int]
):
    width, height = size
    tablet = Tablet(browser, server, contexts, locale=language, viewport={"width": width, "height": height})
    page = settings(tablet.pair("美香"), server)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_SMALL) == []
    page.screenshot(path=tmp_path / f"settings-{language}-{width}.png", full_page=True)
