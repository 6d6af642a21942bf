"""What all tests share."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from carebot.chassis.priority import hurry

# This machine may be busy: no example of a property fails for being slow.
settings.register_profile("carebot", deadline=None)
settings.load_profile("carebot")
pytest_plugins = ["tests.crashes"]
REPOSITORY = Path(__file__).resolve().parent.parent


def _shared_data_dir() -> Path:
    return Path(os.environ.get("CAREBOT_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


def pytest_configure() -> None:
    """A suite that a script started in the background ignores Ctrl-C, and so would every process that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """For `-m hardware`: the real motor controller to test, with its wheels off the floor."""
    parser.addoption("--port", help="the serial port of a real motor controller")
    parser.addoption("--controller", help="what kind of motor controller is on --port, such as carebot_mcu")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; the test skips where it is absent."""
    path = _shared_data_dir()
    if not path.is_dir():
        pytest.skip(f"real recordings are not here ({path.name}/ beside the repository, or CAREBOT_TEST_DATA)")
    return path


@pytest.fixture(scope="session")
def ros_domain_id() -> str:
    """A ROS domain that this run has for itself; where it has several workers, each has its own."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(random.SystemRandom().random())
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return str(1 + (random.Random(run).randrange(101) + worker) % 101)


@pytest.fixture
def prompt() -> Iterator[None]:
    """For tests that run in real time: this process, and what it starts, run before others where that is allowed."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    hurry()
    yield
    os.setpriority(os.PRIO_PROCESS, 0, before)


@pytest.fixture(autouse=True)
def _own_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the records of the person who runs it."""
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path / "carebot-data"))
