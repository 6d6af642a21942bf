"""Headless Chromium for the browser tests; they skip where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.tablet.running import RunningServer

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-default-apps",
    "--autoplay-policy=user-gesture-required",
]


def chromium_path() -> str | None:
    """Where this machine has it."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium_path()
    if executable is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path, wheels=True)
    yield started
    started.close()


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures of pages go: the folder that CAREBOT_SCREENSHOTS names, where they stay, else the test's own."""
    folder = Path(os.environ.get("CAREBOT_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Collects what a test opens, and closes it."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


class Tablet:
    """One caregiver's browser, watched for errors and for anything it asks of another server."""

    def __init__(
        self, browser: Browser, server: RunningServer, contexts: list[BrowserContext], **options: object
    ) -> None:
        self.server = server
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._note_request)

    def pair(self, name: str = "Aiko") -> Page:
        self.page.goto(self.server.url)
        self.page.fill("#pin", self.server.pin())
        self.page.fill("#name", name)
        self.page.click("form button")
        self.page.wait_for_selector(".page[data-beat]")
        return self.page

    def _note_request(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((self.server.url, self.server.url.replace("http", "ws", 1), "data:", "blob:")):
            self.foreign.append(url)
