"""Every motor controller of the registry, on every kind of bench."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carebot.clock import ManualClock, MonotonicClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.pty_server import PtyServer
from carebot.drivers.registry import controller_named, controllers
from tests.drivers.rig import Rig, settings_for

FAKES = [pytest.param((name, "virtual"), id=f"{name}-virtual") for name in controllers()]
ON_TERMINALS = [pytest.param((name, "pty"), id=f"{name}-pty", marks=pytest.mark.slow) for name in controllers()]
PATIENT: dict[str, Any] = {"silence_timeout_s": 1.0, "answer_timeout_s": 1.0, "identify_timeout_s": 20.0}
"""A busy computer holds up a fake that lives in real time."""
HARDWARE = pytest.param(("", "hardware"), id="hardware", marks=pytest.mark.hardware)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of `rig` run on every fake and on the device that is named; those of `fake_rig` on every fake.

    Fakes live in virtual time; for tests that are marked `terminal`, also in real time behind a pseudo-terminal.
    """
    fakes = [*FAKES, *ON_TERMINALS] if metafunc.definition.get_closest_marker("terminal") else FAKES
    real = [HARDWARE] if metafunc.config.getoption("--port") else []
    for name, benches in (("rig", [*fakes, *real]), ("fake_rig", fakes)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, benches, indirect=True)


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A controller with wheels that may turn."""
    name, kind = request.param
    yield from {"virtual": _virtual, "pty": _on_pty, "hardware": _hardware}[kind](name, tmp_path, request)


@pytest.fixture
def fake_rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A fake, for what nobody does to real hardware."""
    name, kind = request.param
    yield from {"virtual": _virtual, "pty": _on_pty}[kind](name, tmp_path, request)


def _virtual(name: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    kind, clock = controller_named(name), ManualClock(100.0)
    settings = settings_for(name, "virtual")
    line = Line(kind.fake(settings))
    loopback = Loopback(line, clock)
    rig = Rig(kind.driver(settings, clock, loopback.open), clock, line, loopback=loopback)
    yield rig
    rig.controller.close()


def _on_pty(name: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    request.getfixturevalue("prompt")
    kind, clock = controller_named(name), MonotonicClock()
    settings = settings_for(name, str(folder / "port"), **PATIENT)
    line = Line(kind.fake(settings))
    with PtyServer(line, Path(settings.port), clock) as server:
        rig = Rig(kind.driver(settings, clock), clock, line, server=server)
        yield rig
        rig.controller.close()


def _hardware(name: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    port, name = request.config.getoption("--port"), request.config.getoption("--controller")
    if not name:
        pytest.fail("say what kind of controller is on --port with --controller, such as carebot_mcu")
    kind, clock = controller_named(name), MonotonicClock()
    rig = Rig(kind.driver(settings_for(name, port), clock), clock)
    yield rig
    rig.controller.close()
