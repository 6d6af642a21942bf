"""A real browser before the tablet's page: how soon it is usable with a cold cache, and when it shows an alert."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carebot.errors import SetupError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
USABLE = """() => document.querySelector(".page[data-link]") && document.querySelector("#emergency-stop")
    && window.did_handshake && document.querySelector(".tools button")?.checkVisibility() && performance.now()"""
WATCH = """() => {
  window.fallsSeen = {};
  const look = () => document.querySelectorAll(".alert .reason").forEach((reason) => {
    const number = reason.textContent.match(/Fall number (\\d+)\\./)?.[1];
    if (number && !(number in window.fallsSeen) && reason.checkVisibility()) {
      window.fallsSeen[number] = null;
      requestAnimationFrame(() => setTimeout(() => { window.fallsSeen[number] = Date.now() / 1000; }));
    }
  });
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(look).observe(document.body, all);
}"""


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first page with a cold cache: seconds until it can be used, and what travelled for it."""

    median_s: float
    worst_s: float
    requests: int
    transferred_bytes: int


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium. Raises SetupError where it or playwright is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SetupError("The browser is driven by playwright: pip install playwright.") from None
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        raise SetupError("There is no Chromium on this machine: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class _Traffic:
    """What travelled, as Chromium counts it: headers and compressed bodies."""

    requests: int = 0
    transferred_bytes: int = 0
    _sizes: dict[str, int] = field(default_factory=dict)

    def watch(self, session: CDPSession) -> None:
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._on_sent)
        session.on("Network.loadingFinished", self._on_finished)

    def _on_sent(self, event: dict[str, Any]) -> None:
        self.requests += not str(event["request"]["url"]).startswith(("data:", "blob:"))

    def _on_finished(self, event: dict[str, Any]) -> None:
        self.transferred_bytes += int(event["encodedDataLength"])


def first_page(browser: Browser, url: str, cookie: tuple[str, str], rounds: int) -> FirstPage:
    """Open the page `rounds` times, each in a browser profile that has never seen it."""
    took_s, traffic = [], _Traffic()
    for _ in range(rounds):
        page, traffic = _new_page(browser, url, cookie), _Traffic()
        traffic.watch(page.context.new_cdp_session(page))
        page.goto(url, wait_until="commit")
        took_s.append(float(page.wait_for_function(USABLE, polling=20).json_value()) / 1e3)
        page.wait_for_load_state("load")
        page.wait_for_timeout(300)
        page.context.close()
    return FirstPage(statistics.median(took_s), max(took_s), traffic.requests, traffic.transferred_bytes)


def watching_page(browser: Browser, url: str, cookie: tuple[str, str]) -> Page:
    """A page that notes when it shows which fall (`falls_seen`)."""
    page = _new_page(browser, url, cookie)
    page.goto(url)
    page.wait_for_function(USABLE)
    page.evaluate(WATCH)
    return page


def fall_seen_at_s(page: Page, number: int, within_s: float) -> float | None:
    """When the page showed that fall, in seconds since 1970; None where it did not."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

    try:
        seen = page.wait_for_function(f"() => window.fallsSeen[{number}]", timeout=1e3 * within_s, polling=50)
    except PlaywrightTimeoutError:
        return None
    return float(seen.json_value())


def _new_page(browser: Browser, url: str, cookie: tuple[str, str]) -> Page:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": url}])
    return context.new_page()
