"""A caregiver holds the button and speaks: what a real browser's microphone hears arrives at the robot, or nothing."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import ARGUMENTS, Tablet, chromium_path
from tests.browser.test_accessibility import violations
from tests.tablet.running import RunningServer
from tests.tones import tone, tone_seconds, wav

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]


@pytest.fixture(scope="module")
def hearing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone hears a tone, and who asks nobody whether it may."""
    sound = tmp_path_factory.mktemp("microphone") / "tone.wav"
    sound.write_bytes(wav(tone(20.0, peak=12_000.0, rate_hz=48_000), rate_hz=48_000))
    microphone = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
    ]
    started = browser.browser_type.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *microphone])
    yield started
    started.close()


@dataclass
class Talk:
    page: Page
    server: RunningServer

    @property
    def button(self) -> Locator:
        return self.page.get_by_role("button", name="Hold and speak")

    @property
    def state(self) -> Locator:
        return self.page.locator(".voice-state")

    def press(self) -> None:
        """A finger on the button, and a second of speech."""
        self.button.scroll_into_view_if_needed()
        self.button.hover()
        self.page.mouse.down()
        self.is_heard()

    def is_heard(self) -> None:
        expect(self.state).to_have_text("Speak now.")
        expect(self.button).to_have_attribute("aria-pressed", "true")
        expect(self.page.locator(".voice-seconds")).to_have_text("1 / 15 s")
        assert self.page.locator(".voice meter").evaluate("each => each.value") > 0.05

    def played(self) -> dict[str, Any]:
        return self.server.do("what was played")

    def is_discarded(self) -> None:
        expect(self.state).to_have_text("Discarded: nothing was sent.")
        expect(self.button).to_have_attribute("aria-pressed", "false")
        assert self.page.locator(".said").count() == 0
        assert self.played() == {}


def opened(browser: Browser, server: RunningServer, contexts: Contexts, **options: object) -> Talk:
    page = Tablet(browser, server, contexts, **options).pair()
    page.goto(f"{server.url}talk")
    page.wait_for_selector(".page[data-beat]")
    return Talk(page, server)


@pytest.fixture
def talk(hearing: Browser, server: RunningServer, contexts: Contexts) -> Talk:
    return opened(hearing, server, contexts)


def test_held_and_let_go_it_arrives_as_it_was_spoken(talk: Talk):
    talk.page.locator("[data-voice=urgent]").check()
    talk.press()
    talk.page.mouse.up()
    expect(talk.state).to_contain_text("It is given to the robot.")
    played = talk.played()
    assert played["urgent"] is True
    assert tone_seconds(played["wav"]) >= 0.8
    said = talk.page.locator(".said.caregiver")
    expect(said).to_contain_text("Spoken message,")
    expect(said).to_contain_text("Aiko, through the robot")
    expect(talk.page.locator("[data-voice=urgent]")).not_to_be_checked()
    assert talk.page.locator("[data-voice=hold]").bounding_box()["height"] >= 48
    assert violations(talk.page) == []


def test_the_tones_of_a_voice_stay_and_higher_ones_do_not_come_back_as_wrong_ones(talk: Talk):
    talk.press()
    talk.page.mouse.up()
    expect(talk.state).to_contain_text("It is given to the robot.")
    samples = np.frombuffer(talk.played()["wav"][44:], "<i2").astype(float)[4000:12_000]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    tones = np.arange(len(spectrum)) * 2.0
    beside = spectrum[np.abs(tones - 440.0) > 60.0].max()
    assert 20 * np.log10(spectrum.max() / beside) > 20.0


@pytest.mark.parametrize("way", ["beside the button", "Escape", "another window", "another page"])
def test_what_was_not_let_go_on_the_button_is_discarded(talk: Talk, way: str):
    talk.press()
    if way == "beside the button":
        talk.page.mouse.move(5, 5)
        talk.page.mouse.up()
    if way == "Escape":
        talk.page.keyboard.press("Escape")
    if way == "another window":
        talk.page.evaluate("window.dispatchEvent(new Event('blur'))")
    if way == "another page":
        talk.page.get_by_role("link", name="Home").first.evaluate("each => each.click()")
        talk.page.wait_for_url(lambda url: not url.endswith("talk"))
        assert talk.played() == {}
        return
    talk.is_discarded()


def test_where_the_server_is_lost_it_is_discarded_and_the_microphone_closed(talk: Talk):
    talk.press()
    talk.page.context.set_offline(True)
    talk.page.evaluate("window.socket.io.engine.close()")  # Chromium leaves open web sockets alone
    expect(talk.state).to_have_text("Discarded: nothing was sent.", timeout=10_000)
    talk.page.mouse.up()
    talk.page.context.set_offline(False)
    expect(talk.page.locator(".server-lost")).to_be_hidden(timeout=60_000)
    talk.is_discarded()


def test_with_an_alert_on_the_screen_nobody_speaks_by_accident(talk: Talk):
    talk.press()
    talk.server.do("hear", fall="a", kind="confirmed")
    expect(talk.page.locator(".alarm-screen")).to_be_visible()
    expect(talk.button).to_have_attribute("aria-pressed", "false")
    talk.page.mouse.up()
    assert talk.played() == {}


def test_by_keyboard_space_is_held(talk: Talk):
    talk.button.focus()
    talk.page.keyboard.down("Space")
    talk.is_heard()
    talk.page.keyboard.up("Space")
    expect(talk.state).to_contain_text("It is given to the robot.")
    assert tone_seconds(talk.played()["wav"]) >= 0.8


def test_who_cannot_hold_touches_twice_and_may_discard(talk: Talk):
    talk.page.get_by_label("Touch to begin, and touch again to send").check()
    talk.button.click()
    talk.is_heard()
    talk.page.get_by_role("button", name="Discard").click()
    talk.is_discarded()
    talk.button.click()
    talk.is_heard()
    talk.button.click()
    expect(talk.state).to_contain_text("It is given to the robot.")
    assert tone_seconds(talk.played()["wav"]) >= 0.8


def test_a_tap_is_too_short_and_sends_nothing(talk: Talk):
    talk.button.click()
    too_short, not_open_yet = "That was too short: hold the button", "The microphone is ready: begin again."
    expect(talk.state).to_have_text(re.compile(f"{too_short}|{re.escape(not_open_yet)}"))
    expect(talk.button).to_have_attribute("aria-pressed", "false")
    assert talk.played() == {}


def test_the_recording_is_full_after_fifteen_seconds_and_goes_when_the_hand_does(talk: Talk):
    talk.press()
    expect(talk.state).to_contain_text("as long as it may be", timeout=30_000)
    assert talk.played() == {}
    talk.page.mouse.up()
    expect(talk.state).to_contain_text("It is given to the robot.")
    recording = talk.played()["wav"]
    assert tone_seconds(recording) >= 14.0
    assert len(recording) <= 44 + 2 * 16_000 * 15.1


def test_what_the_robot_refuses_is_said(talk: Talk):
    talk.server.do("conversation is silent")
    talk.press()
    talk.page.mouse.up()
    expect(talk.state).to_have_text("Nothing can be said: the robot's conversation does not answer.")


def test_a_robot_without_a_loudspeaker_does_not_claim_that_it_is_heard(talk: Talk):
    talk.server.do("robot is mute")
    marks = talk.page.locator(".heard-marks")
    expect(marks).to_contain_text("No loudspeaker of the robot works")
    expect(marks).not_to_contain_text("hears what you say here")


def test_where_the_microphone_is_refused_it_says_how_to_allow_it(browser: Browser, server: RunningServer):
    refusing = browser.browser_type.launch(
        executable_path=chromium_path(),
        args=[*ARGUMENTS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"],
    )
    talk = opened(refusing, server, [])
    talk.button.hover()
    talk.page.mouse.down()
    expect(talk.state).to_contain_text("allow it for this page")
    expect(talk.button).to_have_attribute("aria-pressed", "false")
    talk.page.mouse.up()
    expect(talk.state).to_contain_text("allow it for this page")
    refusing.close()


def test_where_there_is_no_microphone_it_says_so(browser: Browser, server: RunningServer, contexts: Contexts):
    talk = opened(browser, server, contexts, permissions=["microphone"])
    talk.button.hover()
    talk.page.mouse.down()
    expect(talk.state).to_contain_text("no microphone that works")
    talk.page.mouse.up()


def test_a_page_that_did_not_come_by_https_says_so(browser: Browser, server: RunningServer):
    name = f"{socket.gethostname().lower()}.local"
    port = server.url.rsplit(":", 1)[1].strip("/")
    elsewhere = browser.browser_type.launch(
        executable_path=chromium_path(), args=[*ARGUMENTS, f"--host-resolver-rules=MAP {name} 127.0.0.1"]
    )
    page = elsewhere.new_page(locale="en-GB")
    page.goto(f"http://{name}:{port}/")
    page.fill("#pin", server.pin())
    page.fill("#name", "Aiko")
    page.click("form button")
    page.wait_for_selector(".page[data-beat]")
    page.goto(f"http://{name}:{port}/talk")
    page.wait_for_selector(".page[data-beat]")
    talk = Talk(page, server)
    talk.button.hover()
    page.mouse.down()
    expect(talk.state).to_contain_text("open the robot's https address")
    elsewhere.close()


@pytest.mark.parametrize("locale", ["fr", "ja"])
def test_it_speaks_the_readers_language_on_a_phone(
    hearing: Browser, server: RunningServer, contexts: Contexts, locale: str
):
    talk = opened(hearing, server, contexts, locale=locale, viewport={"width": 390, "height": 844})
    words = {"fr": ("Maintenir et parler", "Parlez maintenant."), "ja": ("押したまま話す", "お話しください。")}[locale]
    talk.page.get_by_role("button", name=words[0]).hover()
    talk.page.mouse.down()
    expect(talk.state).to_have_text(words[1])
    talk.page.mouse.up()
    assert violations(talk.page) == []
    assert talk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
