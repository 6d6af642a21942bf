"""History says what was noticed, when and how often, and shows how somebody walks, in the caregiver's language."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from carebot.tablet.language import Texts, languages
from tests.browser.conftest import Tablet
from tests.browser.noticed_weeks import weeks
from tests.browser.test_accessibility import SIZES, TOO_SMALL, violations
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]


def history(browser: Browser, server: RunningServer, contexts: Contexts, language: str, size: str = "tablet") -> Page:
    width, height = SIZES[size]
    page = Tablet(browser, server, contexts, locale=language, viewport={"width": width, "height": height}).pair()
    page.goto(server.url.rstrip("/") + "/history")
    page.wait_for_selector(".page[data-beat]")
    return page


@pytest.mark.parametrize("language", languages())
def test_what_when_how_often_and_the_weeks(
    browser: Browser, server: RunningServer, contexts: Contexts, language: str, tmp_path: Path
):
    texts, told = Texts(language), weeks()
    days = told["gait_days"]
    server.do("noticed", **told)
    page = history(browser, server, contexts, language)
    day = page.locator(".part", has_text=texts("noticed_near_fall")).first
    expect(day).to_contain_text(texts("noticed_times", what=texts("noticed_near_fall"), count=2))
    expect(day).to_contain_text(texts("noticed_times", what=texts("noticed_rising_trouble"), count=1))
    expect(day).to_contain_text(texts.sentence("noticed_stumbled", {"recovered_in_s": 0.5}) or "-")
    slower = texts.sentence("noticed_walks_slower_m_s", {"recent_m_s": 0.725, "before_m_s": 0.91})
    assert slower is not None
    expect(page.locator("section", has_text=texts("gait_explain"))).to_contain_text(slower)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.get_by_role("region", name=texts("gait"), exact=True).locator("tbody tr").count() == len(days)
    page.screenshot(path=tmp_path / f"noticed-{language}.png", full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_accessible(browser: Browser, server: RunningServer, contexts: Contexts, size: str, theme: str):
    server.do("noticed", **weeks())
    page = history(browser, server, contexts, "fr", size)
    page.evaluate(f"localStorage.setItem('carebot-theme', '{theme}')")
    page.reload()
    page.wait_for_selector(".page[data-beat]")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.evaluate(TOO_SMALL) == []


def test_nights_are_bars_and_a_table(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts, locale="ja")
    page = tablet.pair("愛子")
    page.goto(server.url + "history")
    expect(page.locator(".nights")).to_contain_text("最近の夜には、だれも見えませんでした。")
    for ago_h in range(24):  # whatever the hour is now, twelve of them are of the night
        server.do("hour", spent_s={"lying": 1800.0, "up": 900.0, "unseen": 900.0}, ago_s=3600.0 * ago_h, times_up=1)
    page.reload()
    expect(page.locator(".nights .chart svg")).to_be_visible()
    page.locator(".nights summary").click()
    rows = page.locator(".nights tbody tr")
    cells = [[cell.inner_text() for cell in row.locator("td").all()] for row in rows.all()]
    hours = [sum(float(row[column].split()[0].rstrip("時間")) for row in cells) for column in (0, 1)]
    assert hours == [pytest.approx(6.0, abs=0.6), pytest.approx(9.0, abs=0.8)], cells
    assert sum(int(row[2]) for row in cells) in (12, 13)
    assert violations(page) == []
    assert len(page.request.get(f"{server.url}api/v1/export/nights.csv").text().splitlines()) == len(cells) + 1
    assert tablet.errors == []


def test_nothing_noticed_is_said(browser: Browser, server: RunningServer, contexts: Contexts):
    page = history(browser, server, contexts, "en")
    expect(page.get_by_text("Nothing was noticed in the last weeks.")).to_be_visible()
    expect(page.get_by_text("No walk was seen in the last weeks.")).to_be_visible()
