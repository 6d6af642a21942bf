"""What is saved of somebody's roles is what was shown: each for the resident for whom it is held."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

PASSWORD = "seven blue teapots"


def test_saving_keeps_each_role_with_its_resident(
    browser: Browser, server: RunningServer, contexts: list[BrowserContext]
):
    tablet = Tablet(browser, server, contexts)
    page = tablet.pair()
    residents = [
        page.request.post(f"{server.url}api/v1/residents", data={"name": name, "robot": ""}).json()["id"]
        for name in ("Haru", "Jiro", "Kei")
    ]
    roles = [["caregiver", residents[0]], ["family", residents[1]]]
    server.do("account", name="Boss", password=PASSWORD, roles=[["administrator", "*"]])
    server.do("account", name="Misaki", password=PASSWORD, roles=roles)
    assert page.request.post(f"{server.url}api/v1/sign-in", data={"name": "Boss", "password": PASSWORD}).ok

    def held() -> set[tuple[str, str]]:
        accounts = page.request.get(f"{server.url}api/v1/accounts").json()["accounts"]
        grants = next(each["grants"] for each in accounts if each["name"] == "Misaki")
        return {(each["role"], each["resident"]) for each in grants}

    page.goto(f"{server.url}settings")
    misaki = page.locator("details", has=page.locator("> summary", has_text="Misaki")).first
    misaki.locator("> summary").click()
    form = misaki.locator("form").first
    form.locator(f'input[value=nurse_in_charge][data-resident="{residents[0]}"]').check()
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        form.get_by_role("button", name="Save").click()
    assert saved.value.ok
    expected = {("caregiver", residents[0]), ("nurse_in_charge", residents[0]), ("family", residents[1])}
    assert held() == expected
    expect(form.locator(f'input[data-resident="{residents[2]}"]').first).to_be_hidden()
    assert tablet.errors == []
