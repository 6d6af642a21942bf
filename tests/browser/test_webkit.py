"""The tablet in Safari's engine (WebKitGTK): every page, an alarm answered, the robot driven and stopped."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from carebot.tablet.language import languages
from carebot.tablet.places import PLACES
from tests.browser.test_night_shift import stands
from tests.tablet.running import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")]

WAIT_S = 30
WIDE, NARROW = (1280, 860), (447, 740)
"""WebKit's own small browser cannot be made narrower."""
LANGUAGE = "return document.documentElement.lang"
TOO_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Safari:
    """A caregiver's browser. It tells nobody what its pages throw, so what they do is looked at."""

    def __init__(self, driver: webdriver.WebKitGTK, server: RunningServer) -> None:
        self.driver, self.server = driver, server

    def pair(self) -> None:
        self.driver.get(self.server.url)
        self.find("#pin").send_keys(self.server.pin())
        self.find("#name").send_keys("Aiko")
        self.find("form button").click()
        self._live()

    def open(self, path: str) -> None:
        self.driver.get(self.server.url.rstrip("/") + path)
        self._live()

    def until(self, is_so: Callable[[], object], what: str) -> None:
        WebDriverWait(self.driver, WAIT_S).until(lambda _: is_so(), what)

    def script(self, words: str, *arguments: object) -> Any:
        return self.driver.execute_script(words, *arguments)

    def find(self, selector: str, words: str = "") -> WebElement:
        """The first that is to be seen with these words in it, as soon as there is one."""
        wait = WebDriverWait(self.driver, WAIT_S, ignored_exceptions=[StaleElementReferenceException])

        def seen(driver: WebDriver) -> WebElement | None:
            found = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((each for each in found if each.is_displayed() and words in each.text), None)

        found = wait.until(seen, f"no {selector} with {words!r}")
        assert found is not None
        return found

    def _live(self) -> None:
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, ".page[data-beat]"), "the page does not live")


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A screen of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: apt-get install xvfb")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        assert screen.stdout is not None
        yield f":{screen.stdout.readline().strip()}"
        screen.terminate()


@pytest.fixture
def safari(server: RunningServer, display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Safari]:
    program = shutil.which("WebKitWebDriver")
    mini = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if program is None or not mini:
        pytest.skip("no WebKit on this machine: apt-get install webkit2gtk-driver")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("HOME", str(tmp_path))
    options = Options()
    options.binary_location = str(mini[-1])
    options.add_argument("--automation")
    driver = webdriver.WebKitGTK(options=options, service=Service(program, log_output=subprocess.DEVNULL))
    driver.set_window_size(*WIDE)
    yield Safari(driver, server)
    driver.quit()


def test_every_page_lives_and_fits_in_every_language(safari: Safari):
    safari.pair()
    for size in (WIDE, NARROW):
        safari.driver.set_window_size(*size)
        safari.until(lambda wide=size[0]: safari.script("return innerWidth") == wide, "the window's size")  # type: ignore[misc]
        for language in languages():
            Select(safari.find("select[data-action=language]")).select_by_value(language)
            safari.until(lambda wanted=language: safari.script(LANGUAGE) == wanted, language)  # type: ignore[misc]
            for place in PLACES:
                safari.open(place.path)
                assert safari.script(TOO_WIDE) <= 0, (place.path, language, size)


def test_an_alarm_is_answered_and_the_robot_driven_and_stopped(safari: Safari):
    safari.pair()
    safari.server.do("hear", fall="night", kind="confirmed")
    safari.find(".alarm-screen .button.coming").click()
    safari.find(".alert.acknowledged", "Aiko is coming")
    safari.open("/drive")
    safari.find(".drive-state[data-mood=calm]")
    stick = safari.find(".stick")
    safari.script("arguments[0].scrollIntoView({ block: 'center' })", stick)
    up = 4 - stick.size["height"] // 2
    ActionChains(safari.driver).move_to_element(stick).click_and_hold().move_by_offset(0, up).perform()
    safari.find(".drive-state", "You are driving")
    safari.until(lambda: safari.server.do("driven")["now_m_s"] > 0.1, "the robot stands")
    ActionChains(safari.driver).release().perform()
    safari.find(".drive-state", "Hold the stick")
    stands(safari.server)
    safari.find("#emergency-stop").click()
    safari.find(".stop-state", "Stopped by Aiko")
