"""The schedule's days read well on a phone and on a tablet held upright, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from carebot.tablet.language import Texts, languages
from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
SIZES = {"phone": (390, 844), "upright": (800, 1280)}
BROKEN_WORDS = """() => [...document.querySelectorAll(".ways a")].flatMap((link) => {
  const text = link.firstChild;
  return [...text.data.matchAll(/\\S+/g)].filter((word) => {
    const range = new Range();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map((word) => word[0]);
})"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", languages())
def test_what_comes_often_is_told_as_a_span_and_how_often(
    browser: Browser, server: RunningServer, contexts: Contexts, language: str, size: str, tmp_path: Path
):
    width, height = SIZES[size]
    texts = Texts(language)
    page = Tablet(browser, server, contexts, locale=language, viewport={"width": width, "height": height}).pair()
    page.goto(f"{server.url}schedule")
    often = page.locator(".day:not(.today) .due").filter(has_text=texts("due_times", times=8)).first
    expect(often.locator("strong")).to_have_text(texts("due_often", begin="10:00", end="17:00"))
    expect(often.locator("p")).to_have_text(f"{texts('verdict_planned')} · {texts('due_times', times=8)}")
    assert page.evaluate(BROKEN_WORDS) == []
    page.screenshot(path=tmp_path / f"schedule-{language}-{size}.png")
