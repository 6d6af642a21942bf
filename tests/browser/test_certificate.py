"""Whom a real browser trusts that has been given the robot's authority: the robot, and nobody on the internet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error

from carebot.tablet.certificate import Certificates, ensure
from tests.browser.trusting import browser_that_trusts
from tests.tablet.tls_server import certify, served


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return ensure(tmp_path_factory.mktemp("tls"), ["robot.example"])


@pytest.fixture(scope="module")
def trusting(browser: Browser, made: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser_that_trusts(made, browser, tmp_path_factory.mktemp("home")) as chromium:
        yield chromium


@pytest.mark.parametrize("name", ["127.0.0.1", "robot.local", "192.168.7.7", "[fd00::5]", "robot.example"])
def test_the_robot_is_trusted_by_each_of_its_names(trusting: Browser, made: Certificates, name: str) -> None:
    certify(made, "127.0.0.1", name.strip("[]"))
    assert _visit(trusting, made, name) == "200"


@pytest.mark.parametrize("name", ["bank.example", "notlocal", "8.8.8.8"])
def test_a_stolen_authority_vouches_for_no_website(trusting: Browser, made: Certificates, name: str) -> None:
    certify(made, "127.0.0.1", name)
    assert "ERR_CERT_INVALID" in _visit(trusting, made, name)


def test_who_has_not_installed_it_is_warned(browser: Browser, made: Certificates) -> None:
    certify(made, "127.0.0.1")
    assert "ERR_CERT_AUTHORITY_INVALID" in _visit(browser, made, "127.0.0.1")


def _visit(browser: Browser, made: Certificates, name: str) -> str:
    """The page's status under that name, or why the browser does not go there."""
    with served(made) as address:
        page = browser.new_context().new_page()
        try:
            answer = page.goto(address.replace("127.0.0.1", name) + "health", timeout=30_000)
        except Error as error:
            return str(error)
        finally:
            page.context.close()
    return "" if answer is None else str(answer.status)
