"""The charts of History are read in both themes, and follow the theme while they stand."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Tablet
from tests.browser.noticed_weeks import weeks
from tests.browser.test_accessibility import SIZES
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
EVENING = datetime.datetime(2027, 3, 1, 19, 59, 30)
# What is written and drawn, as colours that are seen: [kind, colour, contrast with the card, markup].
SEEN = """() => {
  const parsed = (colour) => /rgba?\\(([^)]+)\\)/.exec(colour)[1].split(",").map(Number);
  const luminance = (rgb) => rgb.map((each) => each / 255)
    .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const found = [];
  for (const part of document.querySelectorAll(".chart svg :is(text, path, line, polyline, rect)")) {
    if (part.closest("defs")) continue;
    const card = parsed(getComputedStyle(part.closest(".panel")).backgroundColor);
    const style = getComputedStyle(part);
    const kinds = part.localName === "text" ? [["text", "fill"]] : [["fill", "fill"], ["line", "stroke"]];
    for (const [kind, name] of kinds) {
      if (!style[name].startsWith("rgb")) continue; // none, or a pattern over the colour
      const { width, height } = part.getBBox();
      if (kind === "line" ? parseFloat(style.strokeWidth) === 0 : width * height === 0) continue;
      const [r, g, b, a = 1] = parsed(style[name]);
      const alpha = a * Number(style[`${name}Opacity`]) * Number(style.opacity);
      const colour = [r, g, b].map((each, at) => each * alpha + card[at] * (1 - alpha));
      const isSeen = colour.some((each, at) => Math.abs(each - card[at]) > 1);
      if (isSeen) found.push([kind, String(colour), contrast(colour, card), part.outerHTML.slice(0, 200)]);
    }
  }
  return found;
}"""


def assert_all_is_seen(page: Page) -> None:
    found = page.evaluate(SEEN)
    assert {kind for kind, *_ in found} == {"text", "fill", "line"}
    assert [each for each in found if each[2] < (4.5 if each[0] == "text" else 3.0)] == []


def history(browser: Browser, server: RunningServer, contexts: Contexts, size: str) -> Page:
    server.do("noticed", **weeks())
    for days in range(5):
        for half_day in (0, 43200):  # one of both is in the night
            spent_s = {"lying": 1800.0, "sitting": 600.0, "up": 900.0, "unseen": 300.0}
            server.do("hour", spent_s=spent_s, ago_s=86400 * days + half_day, times_up=2)
    width, height = SIZES[size]
    page = Tablet(browser, server, contexts, viewport={"width": width, "height": height}).pair()
    page.clock.install(time=EVENING)
    page.goto(server.url.rstrip("/") + "/history")
    expect(page.locator(".chart svg text").first).to_be_visible()
    expect(page.locator(".chart svg")).to_have_count(3)
    return page


@pytest.mark.parametrize("size", SIZES)
def test_charts_are_read_in_both_themes_and_follow_the_hour(
    browser: Browser, server: RunningServer, contexts: Contexts, size: str, tmp_path: Path
):
    page = history(browser, server, contexts, size)
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert_all_is_seen(page)
    page.screenshot(path=tmp_path / f"charts-{size}-light.png", full_page=True)
    page.clock.fast_forward("01:00")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert_all_is_seen(page)
    page.screenshot(path=tmp_path / f"charts-{size}-dark.png", full_page=True)
