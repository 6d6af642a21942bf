"""Notifications in a real browser, as far as one goes that reaches no push service: its own worker, its own screen."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Worker

from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer

SHOWN = """async () => (await registration.getNotifications())
  .map((each) => [each.title, each.body, each.tag, each.requireInteraction, each.silent])"""
TOUCH = """async (tag) => {
  const [notification] = await registration.getNotifications({ tag });
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


def worker_of(page: Page) -> Worker:
    context = page.context
    if not context.service_workers:
        context.wait_for_event("serviceworker")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return context.service_workers[0]


def deliver(page: Page, origin: str, text: str) -> None:
    """As a push service does, by the browser's own development tools."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": text})


def shown(page: Page, worker: Worker, about: str) -> list[object]:
    """The notification about something, once it has settled."""
    page.wait_for_timeout(1500)
    return [each for each in worker.evaluate(SHOWN) if each[2] == about]


@pytest.fixture
def page(browser: Browser, server: RunningServer, contexts: list[BrowserContext]) -> Page:
    tablet = Tablet(browser, server, contexts, permissions=["notifications"])
    return tablet.pair()


def test_a_message_is_shown_and_a_touch_leads_to_its_alert(page: Page, server: RunningServer):
    alert = server.do("hear", fall="a", kind="confirmed")["id"]
    page.goto(server.url + "settings")
    page.locator(".alarm-screen").wait_for()
    worker = worker_of(page)
    said = {"about": alert, "title": "Alarm", "body": "12", "mood": "urgent", "lang": "en"}
    deliver(page, server.url.rstrip("/"), json.dumps(said))
    assert shown(page, worker, alert) == [["Alarm", "12", alert, True, False]]
    over = {**said, "title": "Answered", "mood": "over"}
    deliver(page, server.url.rstrip("/"), json.dumps(over))
    assert shown(page, worker, alert) == [["Answered", "12", alert, False, True]], "it takes the first one's place"
    deliver(page, server.url.rstrip("/"), "no JSON at all")
    assert shown(page, worker, "unknown") == [["carebot", "", "unknown", True, False]]
    worker.evaluate(TOUCH, alert)
    page.wait_for_url(server.url)
    page.locator(f'[data-alert="{alert}"]').wait_for()


def test_news_are_shown_softly_and_a_touch_leads_to_them(page: Page, server: RunningServer):
    server.do("news", who="Aiko", title="n1", body="Hana has not confirmed her medicine.")
    page.goto(server.url + "settings")
    worker = worker_of(page)
    said = {"about": "n1", "title": "Message from the robot", "body": "12", "mood": "news", "lang": "en"}
    deliver(page, server.url.rstrip("/"), json.dumps(said))
    silently = [["Message from the robot", "12", "n1", False, True]]
    assert shown(page, worker, "n1") == silently, "the page in sight sounds by itself"
    worker.evaluate(TOUCH, "n1")
    page.wait_for_url(server.url)
    page.locator('.news [data-news="n1"]').wait_for()


def test_the_settings_say_whether_this_tablet_is_woken(page: Page, server: RunningServer):
    page.goto(server.url + "settings")
    page.locator('[data-push="on"]').wait_for()
    assert "switched off" in page.locator(".push-state").inner_text()
    assert page.locator('[data-push="off"]').is_hidden()
    page.locator('[data-push="on"]').click()
    page.locator(".push-state", has_text="did not work").wait_for(
        timeout=30_000
    )  # it reaches no push service from here
