"""A new robot in a real browser: nothing opens before somebody administers it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_accessibility import violations
from tests.tablet.running import paired, running

pytestmark = pytest.mark.slow


def test_a_qr_code_pairs_a_tablet_without_a_pin_and_only_once(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path, access="pin") as server, paired(server, "Aiko") as aiko:
        invited = aiko.post("/api/v1/devices/codes").json()["url"]
        context = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844}, has_touch=True)
        page = context.new_page()
        page.goto(invited)
        expect(page.locator("#pin")).to_be_hidden()
        expect(page).to_have_url(f"{server.url}pair")  # the code stands in no address that others may read
        assert violations(page) == []
        page.fill("#name", "Ben")
        page.click("form button[type=submit]")
        page.wait_for_selector(".page[data-beat]")
        expect(page.locator(".me .full")).to_have_text("You are Ben")
        context.close()

        again = browser.new_context(locale="en-GB")
        page = again.new_page()
        page.goto(invited)
        page.fill("#name", "Eve")
        page.click("form button[type=submit]")
        expect(page.locator("#problem")).not_to_be_empty()
        expect(page).to_have_url(f"{server.url}pair")
        page.goto(server.url)
        expect(page).to_have_url(f"{server.url}pair")
        rows = aiko.get("/api/v1/audit", params={"kind": "sign-in"}).json()["rows"]
        told = [(row["who"], row["what"]) for row in rows]
        assert told[:2] == [("Eve", "gave a wrong code"), ("Ben", "paired a device")]
        again.close()


def test_the_first_tablet_is_led_from_the_pin_to_an_administrator(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path, access="accounts") as server:
        context = browser.new_context(locale="ja-JP", viewport={"width": 390, "height": 844}, has_touch=True)
        page = context.new_page()
        page.goto(server.url)
        page.fill("#pin", server.pin())
        page.fill("#name", "森")
        page.click("form button[type=submit]")
        page.wait_for_url("**/set-up")
        assert violations(page) == []
        for path in ("", "schedule", "settings"):
            page.goto(f"{server.url}{path}")
            page.wait_for_url("**/set-up")

        page.fill("#name", "森")
        page.fill("#password", "みじかい")
        page.fill("#again", "ちがう")
        page.click("form button[type=submit]")
        problem = page.locator("#problem")
        expect(problem).not_to_be_empty()
        differs = problem.inner_text()
        page.fill("#again", "みじかい")
        page.click("form button[type=submit]")
        expect(problem).not_to_have_text(differs)
        expect(page).to_have_url(f"{server.url}set-up")

        for field in ("#password", "#again"):
            page.fill(field, "青いやかんが七つあります")
        page.click("form button[type=submit]")
        page.wait_for_url(server.url)
        expect(page.locator("#emergency-stop")).to_be_visible()
        page.goto(f"{server.url}settings")
        expect(page.get_by_role("cell", name="最初の管理者の登録：森")).to_be_visible()
        context.close()
