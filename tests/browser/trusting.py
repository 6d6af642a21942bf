"""A browser of a user who has installed the robot's authority, as docs/tablet.md asks of every tablet."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from carebot.tablet.certificate import Certificates
from tests.browser.conftest import ARGUMENTS, chromium_path

EVERY_NAME_IS_HERE = "--host-resolver-rules=MAP * 127.0.0.1"
STORES = (".pki/nssdb", ".local/share/pki/nssdb")
"""Where in a home Chromium on Linux looks for authorities: older ones, newer ones."""


@contextlib.contextmanager
def browser_that_trusts(certificates: Certificates, browser: Browser, home: Path) -> Iterator[Browser]:
    """Another one of `browser`'s kind; its user lives in the empty folder `home`; every name leads to this machine."""
    if shutil.which("certutil") is None:
        pytest.skip("no certutil on this machine: apt-get install libnss3-tools")
    for store in (home / each for each in STORES):
        store.mkdir(parents=True)
        _certutil(store, "-N", "--empty-password")
        _certutil(store, "-A", "-t", "C,,", "-n", "carebot", "-i", str(certificates.authority))
    environment = {**os.environ, "HOME": str(home)}
    environment.pop("XDG_DATA_HOME", None)
    arguments = [*ARGUMENTS, EVERY_NAME_IS_HERE]
    chromium = browser.browser_type.launch(executable_path=chromium_path(), args=arguments, env=environment)
    yield chromium
    chromium.close()


def _certutil(store: Path, *arguments: str) -> None:
    subprocess.run(["certutil", "-d", f"sql:{store}", *arguments], check=True, capture_output=True)
