"""What a technician finds on the page of the robot's health: its log, and the black box's recordings."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from carebot.ros.replay import read_recording
from tests.browser.conftest import Tablet
from tests.browser.test_frame import PHONE
from tests.tablet.running import RunningServer, paired
from tests.tablet.test_black_box_api import record
from tests.tablet.test_roles import PASSWORD, add_account

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
HEALTH = "health-of-the-robot"


@pytest.mark.parametrize("language", ["en", "fr", "ja"])
def test_the_log_comes_by_itself_the_newest_first_and_a_recording_is_taken_along(
    browser: Browser, server: RunningServer, contexts: Contexts, language: str, tmp_path: Path
):
    record(server.folder)
    tablet = Tablet(browser, server, contexts, viewport=PHONE, locale=language)
    page = tablet.pair("Tom")
    page.goto(server.url + HEALTH)
    lines = page.locator(".logged .log li")
    page.locator(".logged h2").wait_for()
    expect(lines).to_have_count(0)
    server.do("logged", level="warn", node="drive", text="the cable <b>is</b> loose")
    server.do("logged", level="error", node="care", text="no space left on device")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("care no space left on device")
    expect(lines.last).to_contain_text("drive the cable <b>is</b> loose")
    expect(lines.first.locator("[lang=en]")).to_have_count(1)
    recordings = page.locator(".black-box a[download]")
    expect(recordings).to_have_count(2)
    with page.expect_download() as taken:
        recordings.last.click()
    path = tmp_path / "taken.mcap"
    taken.value.save_as(path)
    assert {each.topic for each in read_recording(path)} == {"bumper"}
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert tablet.errors == []


@pytest.mark.parametrize(("role", "sees"), [("technician", True), ("administrator", True), ("nurse_in_charge", False)])
def test_both_are_there_for_those_who_repair_and_administer(
    browser: Browser, server: RunningServer, contexts: Contexts, role: str, sees: bool
):
    with paired(server) as admin:
        add_account(admin, "Ann", [{"role": "administrator"}])
        admin.post("/api/v1/sign-in", json={"name": "Ann", "password": PASSWORD})
        add_account(admin, "Robin", [{"role": role}])
    page = Tablet(browser, server, contexts).page
    page.request.post(f"{server.url}api/v1/pair", data={"pin": server.pin(), "name": "tablet"})
    signed = page.request.post(f"{server.url}api/v1/sign-in", data={"name": "Robin", "password": PASSWORD})
    assert signed.ok, signed.text()
    page.goto(server.url + HEALTH)
    page.locator(".page[data-beat]").wait_for()
    expect(page.locator(".logged, .black-box")).to_have_count(2 if sees else 0)
