"""What somebody types and chooses stays while the state changes under it, and when the page has to load again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer, paired

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
PHONE = {"width": 390, "height": 844}
WATER = {"id": "tea-time", "routine": "hydration_reminder", "every_s": 3600, "parameters": {"resident": "Hana"}}
STAY = {"first_day": "2030-01-01", "last_day": "2030-01-03", "reason": "入院"}


@pytest.fixture
def ben(server: RunningServer) -> Iterator[httpx.Client]:
    """A colleague who changes things in the meantime."""
    with paired(server, "Ben") as client:
        yield client


def opened(browser: Browser, server: RunningServer, contexts: Contexts, path: str, locale: str = "en-GB") -> Page:
    page = Tablet(browser, server, contexts, locale=locale, viewport=PHONE).pair()
    page.goto(server.url.rstrip("/") + path)
    page.wait_for_selector(".page[data-beat]")
    return page


def unfolded(page: Page, *titles: str) -> Locator:
    """The form in the folds of these titles, one in the other."""
    part = page.locator(".content")
    for title in titles:
        part = part.locator("details", has=page.locator("> summary", has_text=title)).first
        part.locator("> summary").click()
    return part.locator("form").first


def focused(field: Locator) -> bool:
    return bool(field.evaluate("(each) => each === document.activeElement"))


def change_everything(ben: httpx.Client, resident: str) -> None:
    water = {**WATER, "parameters": {"resident": resident}}
    for answer in (
        ben.post("/api/v1/schedule/entries", json=water),
        ben.delete("/api/v1/schedule/entries/morning"),
        ben.post("/api/v1/schedule/pauses", json=STAY),
    ):
        assert answer.is_success, answer.text


def first_resident(ben: httpx.Client) -> str:
    offers = ben.get("/api/v1/routines").json()["routines"]
    given = (each for offer in offers for each in offer["parameters"] if each["kind"] == "resident")
    return str(next(given)["choices"][0]["value"])


def lines(ben: httpx.Client) -> list[dict[str, Any]]:
    return list(ben.get("/api/v1/schedule").json()["entries"])


def test_a_new_entry_that_is_typed_outlives_changes_of_the_schedule(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    page = opened(browser, server, contexts, "/schedule")
    form = unfolded(page, "Add an entry …", "Medicine")
    medicine = form.get_by_label("Medicine", exact=True)
    form.get_by_label("Resident").select_option(index=1)
    chosen = form.get_by_label("Resident").input_value()
    form.get_by_label("Time 2").fill("20:15")
    form.get_by_label("Mon").check()
    form.get_by_label("Every so often", exact=False).check()
    medicine.press_sequentially("Amlo")
    change_everything(ben, chosen)
    expect(page.locator("details.entry", has_text="taken out")).to_have_count(1)
    expect(page.locator("details.entry", has_text="入院")).to_have_count(1)
    assert focused(medicine)
    page.keyboard.type("dipine 5 mg")
    expect(medicine).to_have_value("Amlodipine 5 mg")
    expect(form.get_by_label("Resident")).to_have_value(chosen)
    expect(form.get_by_label("Time 2")).to_have_value("20:15")
    expect(form.get_by_label("Mon")).to_be_checked()
    expect(form.locator('[data-of-way="at"]')).to_have_attribute("disabled", "")
    form.get_by_label("At times of day", exact=False).check()
    form.get_by_label("Time 1").fill("08:15")
    form.get_by_role("button", name="Add").click()
    expect(page.locator("details.entry", has_text="Amlodipine 5 mg")).to_contain_text("Mon: 08:15, 20:15")
    expect(form.locator(".outcome")).to_have_text("The schedule has it.")
    expect(medicine).to_have_value("")


def test_japanese_that_is_being_composed_is_not_broken_off(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    page = opened(browser, server, contexts, "/schedule", "ja")
    medicine = unfolded(page, "予定を加える", "お薬").locator('[name="parameters.medicine"]')
    medicine.click()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "くすり", "selectionStart": 3, "selectionEnd": 3})
    page.evaluate("addEventListener('compositionend', () => { window.ended = (window.ended ?? 0) + 1; })")
    change_everything(ben, first_resident(ben))
    expect(page.locator("details.entry", has_text="入院")).to_have_count(1)
    assert page.evaluate("window.ended") is None
    keys.send("Input.insertText", {"text": "薬"})
    expect(medicine).to_have_value("薬")


def test_an_entry_that_two_change_at_once_keeps_what_each_has_typed(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    page = opened(browser, server, contexts, "/schedule")
    form = unfolded(page, "Morning check", "Change it …")
    form.get_by_label("Time 1").fill("07:45")
    resident = first_resident(ben)
    entry = {"routine": "morning_check", "at": ["09:30", "10:30"], "parameters": {"resident": resident}}
    assert ben.put("/api/v1/schedule/entries/morning", json=entry).is_success
    expect(page.locator("details.entry", has_text="Morning check")).to_contain_text("09:30")
    expect(form.get_by_label("Time 1")).to_have_value("07:45")
    expect(form.get_by_label("Time 2")).to_have_value("10:30")


def test_parameters_outlive_what_else_goes_on(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    page = opened(browser, server, contexts, "/routines")
    form = unfolded(page, "Medicine")
    medicine = form.get_by_label("Medicine", exact=True)
    form.get_by_label("Resident").select_option(index=1)
    chosen = form.get_by_label("Resident").input_value()
    medicine.press_sequentially("Amlo")
    assert ben.post("/api/v1/routines/go_to_charger/runs", json={"parameters": {}}).is_success
    called = {"called": {"en": "A new one"}, "about": {"en": "x"}}
    server.do("more offers", offers=[{"name": "tea", "priority": "requested", **called}])
    expect(page.locator("details.tile", has_text="A new one")).to_have_count(1)
    expect(page.locator(".run")).to_have_count(1)
    assert focused(medicine)
    page.keyboard.type("dipine")
    form.get_by_role("button", name="Start: Medicine").click()
    expect(page.locator(".run", has_text="Amlodipine")).to_contain_text(chosen)


def test_a_sentence_outlives_what_is_said_meanwhile_and_another_page(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    page = opened(browser, server, contexts, "/talk")
    text = page.get_by_label("What to say")
    text.press_sequentially("I am com")
    assert ben.post("/api/v1/say", json={"text": "こんばんは。", "language": "ja"}).is_success
    expect(page.locator(".said")).to_have_count(1)
    assert focused(text)
    page.keyboard.type("ing")
    page.goto(server.url)
    page.goto(f"{server.url}talk")
    expect(text).to_have_value("I am coming")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator(".said", has_text="I am coming")).to_have_count(1)
    page.reload()
    page.wait_for_selector(".page[data-beat]")
    expect(text).to_have_value("")


def test_nobody_finds_what_another_has_typed(browser: Browser, server: RunningServer, contexts: Contexts):
    page = opened(browser, server, contexts, "/talk")
    page.get_by_label("What to say").fill("private")
    page.locator('[data-action="rename"]').click()
    page.locator("dialog.rename input").fill("Ben")
    with page.expect_navigation():
        page.locator('dialog.rename button[value="save"]').click()
    expect(page.locator(".tools .me .short")).to_have_text("Ben")
    page.wait_for_timeout(600)  # two looks for drafts
    expect(page.get_by_label("What to say")).to_have_value("")


def test_an_entry_that_is_taken_out_meanwhile_keeps_what_was_typed_and_is_added_anew(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    page = opened(browser, server, contexts, "/schedule")
    unfolded(page, "Morning check", "Change it …")
    form = page.locator("details.entry", has_text="Morning check").locator("form").first
    time_1 = form.get_by_label("Time 1")
    form.get_by_label("Mon").check()
    time_1.fill("07:45")
    assert ben.delete("/api/v1/schedule/entries/morning").is_success
    kept = page.locator("details.entry", has_text="Ben has taken this out")
    expect(kept.get_by_text("What was typed here is kept")).to_be_visible()
    assert focused(time_1)
    expect(time_1).to_have_value("07:45")
    expect(form.get_by_label("Mon")).to_be_checked()
    form.get_by_role("button", name="Add it anew").click()
    entry = page.locator("details.entry", has_text="Morning check")
    expect(entry).to_contain_text("Mon: 07:45")
    expect(entry).not_to_contain_text("taken out")
    assert [line["changed_by"] for line in lines(ben) if line["id"] == "morning"] == ["Aiko"]


def test_one_that_stands_in_no_file_is_kept_over_a_reload_too(
    browser: Browser, server: RunningServer, contexts: Contexts, ben: httpx.Client
):
    water = {**WATER, "parameters": {"resident": first_resident(ben)}}
    assert ben.post("/api/v1/schedule/entries", json=water).is_success
    page = opened(browser, server, contexts, "/schedule")
    unfolded(page, "every hour", "Change it …").get_by_label("Every so many minutes").fill("95")
    assert ben.delete("/api/v1/schedule/entries/tea-time").is_success
    kept = page.locator("details.entry", has_text="Ben has taken this out")
    expect(kept.get_by_label("Every so many minutes")).to_have_value("95")
    page.reload()
    expect(kept.get_by_label("Every so many minutes")).to_have_value("95")
    kept.get_by_role("button", name="Add it anew").click()
    expect(page.locator("details.entry", has_text="95 min")).to_have_count(1)
    assert [line["content"]["every_s"] for line in lines(ben) if line["id"] == "tea-time"] == [5700]
