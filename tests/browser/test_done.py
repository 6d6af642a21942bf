"""History says which medicines were confirmed and which exercises were done, to those who may see the schedule."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from carebot.tablet.language import Texts, languages
from tests.browser.test_accessibility import SIZES, TOO_SMALL, violations
from tests.browser.test_noticed import history
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", languages())
def test_what_became_of_medicines_and_which_exercises_were_done(
    browser: Browser, server: RunningServer, contexts: Contexts, tmp_path: Path, language: str, size: str
):
    texts = Texts(language)
    page = history(browser, server, contexts, language, size)
    medicines, exercises = (
        page.locator("section", has=page.get_by_role("heading", name=texts(name), exact=True))
        for name in ("medicine_days", "exercise_days")
    )
    for section in (medicines, exercises):
        expect(section.locator(".chart svg")).to_be_visible()
        section.locator("summary").click()
    rows = medicines.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text(texts("became_why", words=texts("became_left_out"), why="入院"))
    expect(rows.nth(1)).to_contain_text(texts("became_missed"))
    expect(rows.nth(1)).not_to_contain_text("08:31")  # when the robot gave up says nothing of the medicine
    expect(rows.nth(2)).to_contain_text(texts("became_at", words=texts("became_taken"), time="08:02"))
    expect(rows.nth(2)).to_contain_text("血圧の薬")
    expect(exercises.locator("tbody tr")).to_have_count(1)
    expect(exercises.locator("tbody tr")).to_contain_text(texts("movement_arm_raises"))
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    page.screenshot(path=tmp_path / f"done-{size}-{language}.png", full_page=True)


def test_a_care_that_is_silent_is_said(browser: Browser, server: RunningServer, contexts: Contexts):
    server.do("care is silent")
    page = history(browser, server, contexts, "en")
    expect(page.locator(".panel .problem")).to_have_count(2)
