"""A tablet whose clock is wrong: the times on it are the robot's, and what is done on it is done."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.test_frame import PHONE
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

WRONG_CLOCK = """
  const Right = Date;
  window.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() + SHIFT_MS); }
    static now() { return Right.now() + SHIFT_MS; }
  };
"""


@pytest.mark.parametrize("shift_h", [-1, 1])
def test_an_hour_off(browser: Browser, server: RunningServer, contexts: list[BrowserContext], shift_h: int) -> None:
    context = browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo", viewport=PHONE)
    contexts.append(context)
    context.add_init_script(WRONG_CLOCK.replace("SHIFT_MS", str(shift_h * 3_600_000)))
    page = context.new_page()
    page.goto(f"{server.url}pair")
    page.fill("#pin", server.pin())
    page.fill("#name", "Aiko")
    page.click("form button[type=submit]")
    page.wait_for_selector(".page[data-beat]")

    alert = server.do("hear", fall="skewed", kind="confirmed")["id"]
    card = page.locator(f'[data-alert="{alert}"]')
    raised = card.locator("time.when")
    expect(raised).to_contain_text("second")
    at = datetime.fromtimestamp(float(raised.get_attribute("data-at") or "nan"), timezone.utc)
    expect(raised).to_contain_text(f"{(at.hour + 9) % 24:02}:{at.minute:02}")  # in Tokyo
    card.get_by_role("button", name="I am coming").click()
    expect(card).to_contain_text("Aiko")

    page.goto(f"{server.url}drive")
    page.get_by_label("Where to?").select_option("kitchen")
    page.get_by_role("button", name="Send the robot: the kitchen").click()
    expect(page.locator(".trip-state")).to_contain_text("On the way: the kitchen")
