"""The tablet's pages as caregivers hold them, for the docs: the real server, people and alerts from a script.

    .venv/bin/python -m tests.browser.pictures [--into docs/images]      (or: make pictures)

draws each as a WebP file of less than 100 KiB, and ends with 1 where one is larger.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, Tablet, chromium_path
from tests.browser.noticed_weeks import weeks
from tests.tablet.running import RunningServer, paired
from tests.tablet.test_black_box_api import record

MOST_BYTES = 100 * 1024
QUALITIES = (82, 70, 55, 40)
SIZES = {"phone": ({"width": 390, "height": 844}, 1.5), "tablet": ({"width": 1280, "height": 800}, 1.0)}


DAYTIME = {"lying": 300.0, "sitting": 1800.0, "up": 1200.0, "unseen": 300.0}
NIGHT = {"lying": 3000.0, "sitting": 0.0, "up": 120.0, "unseen": 480.0}
"""Seconds in an hour."""


@dataclass(frozen=True)
class Picture:
    """One page; `begin` is what is done on it before it is drawn."""

    name: str
    path: str
    size: str
    language: str
    is_night: bool = False
    begin: Callable[[Page], None] = lambda _page: None


def _unfold(page: Page) -> None:
    page.locator("details.tile").nth(2).locator("> summary").click()
    page.locator("details.tile[open]").scroll_into_view_if_needed()


def _choose_kitchen(page: Page) -> None:
    page.locator(".map select").first.select_option(index=2)


def _show_black_box(page: Page) -> None:
    page.locator(".panel.logged").evaluate("each => each.scrollIntoView({block: 'center'})")


def _show_contacts(page: Page) -> None:
    title = page.get_by_role("heading", name="Qui est appelé")
    page.locator(".settings .panel", has=title).evaluate("each => each.scrollIntoView({block: 'start'})")


def _show_nights(page: Page) -> None:
    page.locator(".panel.nights").evaluate("each => each.scrollIntoView({block: 'end'})")


QUIET = (
    Picture("tablet-home-en", "/", "tablet", "en-GB"),
    Picture("tablet-routines-ja", "/routines", "phone", "ja"),
    Picture("tablet-routines-en", "/routines", "tablet", "en-GB"),
    Picture("tablet-routines-night-ja", "/routines", "phone", "ja", True),
    Picture("tablet-start-ja", "/routines", "phone", "ja", begin=_unfold),
    Picture("tablet-schedule-ja", "/schedule?view=day", "phone", "ja"),
    Picture("tablet-schedule-en", "/schedule", "tablet", "en-GB"),
    Picture("tablet-talk-ja", "/talk", "phone", "ja"),
    Picture("tablet-talk-night-en", "/talk", "tablet", "en-GB", True),
    Picture("tablet-drive-en", "/drive", "tablet", "en-GB"),
    Picture("tablet-home-fr", "/", "tablet", "fr"),
    Picture("tablet-history-fr", "/history", "tablet", "fr", begin=_show_nights),
    Picture("tablet-health-fr", "/health-of-the-robot", "tablet", "fr", begin=_show_black_box),
    Picture("tablet-settings-fr", "/settings", "tablet", "fr", begin=_show_contacts),
)
ALARM = (
    Picture("tablet-alert-ja", "/", "phone", "ja"),
    Picture("tablet-alert-night-en", "/", "tablet", "en-GB", True),
    Picture("tablet-alert-fr", "/", "tablet", "fr"),
)


def _furnish(server: RunningServer, colleague: httpx.Client) -> None:
    """An evening: residents, their days, a reminder under way, one that waits for a yes, a few words that were said."""
    server.do("resident", name="佐藤 ハナ", reading="サトウ ハナ", room="201", robot="")
    for ago_h in range(1, 24 * 15):
        at = datetime.now().astimezone() - timedelta(hours=ago_h)
        spent_s = DAYTIME if 7 <= at.hour < 22 else NIGHT | {"lying": 3000.0 - 150.0 * (at.day * 7 % 5)}
        times_up = int(at.hour in (2, 7)) + int(at.hour == 5 and at.day % 3 == 0)
        server.do("hour", spent_s=spent_s, ago_s=3600.0 * ago_h, times_up=times_up)
    server.do("seen", spots=[[6.3, 2.2, 0.0], [2.3, 5.3, 12.0]])
    server.do("news", who="Aiko", title="服薬", body="佐藤ハナさんは20時の薬をまだ確認していません。", ago_s=1500)
    server.do("noticed", **weeks())
    server.do("logged", level="error", node="drive", text="no answer from the motor controller on /dev/ttyACM0")
    server.do("logged", level="warn", node="perception", text="no picture for 1.2 s: opening the camera again")
    record(server.folder)
    water = {"resident": "佐藤ハナ"}
    colleague.post("/api/v1/routines/hydration_reminder/runs", json={"parameters": water}).raise_for_status()
    server.do("step", now=2)
    server.do("approval", of="", about="")
    colleague.post("/api/v1/say", json={"text": "もうすぐ行きますね。", "language": "ja"}).raise_for_status()
    server.do("resident says", text="ありがとう。お水がほしいです。", who="佐藤ハナ", language="ja")
    stay = {"first_day": "2030-01-01", "last_day": "2030-01-03", "reason": "入院"}
    colleague.post("/api/v1/schedule/pauses", json=stay).raise_for_status()


def _raise_alarm(server: RunningServer) -> None:
    alert = server.do("hear", fall="night", kind="confirmed")["id"]
    server.do("exchange", fall="night", answer="none", heard="")
    server.do("told", alert_id=alert, who="Ben", state="sent", by="ntfy")


def _draw(page: Page, picture: Picture, url: str) -> bytes:
    page.goto(url.rstrip("/") + picture.path)
    page.wait_for_selector(".page[data-beat]")
    page.keyboard.press("Shift")  # a touch or key lets the page sound, and the bar that asks for one goes away
    picture.begin(page)
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.wait_for_timeout(1200)
    drawn = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    for quality in QUALITIES:
        packed = bytes(cv2.imencode(".webp", drawn, [cv2.IMWRITE_WEBP_QUALITY, quality])[1])
        if len(packed) < MOST_BYTES:
            break
    return packed


def _draw_all(browser: Browser, server: RunningServer, pictures: tuple[Picture, ...], into: Path) -> bool:
    fit = True
    for picture in pictures:
        viewport, scale = SIZES[picture.size]
        tablet = Tablet(
            browser, server, [], locale=picture.language, viewport=viewport, device_scale_factor=scale,
            timezone_id="Asia/Tokyo",
        )  # fmt: skip
        theme = "dark" if picture.is_night else "light"
        tablet.page.add_init_script(f"localStorage.setItem('carebot-theme', '{theme}')")
        packed = _draw(tablet.pair("Aiko"), picture, server.url)
        tablet.page.context.close()
        (into / f"{picture.name}.webp").write_bytes(packed)
        print(f"{picture.name}.webp  {len(packed) / 1024:.0f} KiB")
        fit = fit and len(packed) < MOST_BYTES
    return fit


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the tablet's pages for the docs.")
    parser.add_argument("--into", type=Path, default=Path("docs/images"))
    into = parser.parse_args().into
    executable = chromium_path()
    if executable is None:
        print("There is no Chromium on this machine: apt-get install chromium.", file=sys.stderr)
        return 1
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        server = RunningServer(Path(folder), wheels=True)
        with paired(server, "Ben") as colleague:
            _furnish(server, colleague)
            fit = _draw_all(browser, server, QUIET, into)
            _raise_alarm(server)
            fit = _draw_all(browser, server, ALARM, into) and fit
        server.close()
        browser.close()
    return 0 if fit else 1


if __name__ == "__main__":
    sys.exit(main())
