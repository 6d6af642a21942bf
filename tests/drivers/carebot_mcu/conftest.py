"""The firmware, built once for all tests: as a library for this computer, and for the emulated ATmega2560."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.clock import ManualClock, MonotonicClock
from carebot.drivers.carebot_mcu import McuController, McuSettings
from carebot.drivers.carebot_mcu.emulator import Emulator, build_plant, missing_tools
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from tests.drivers.carebot_mcu.firmware_on_host import FirmwareOnHost
from tests.drivers.rig import Rig

FIRMWARE = Path(__file__).resolve().parents[3] / "hardware" / "firmware"


@pytest.fixture(scope="session")
def host_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firmware's core, compiled for this computer."""
    if not (shutil.which("gcc") and shutil.which("make")):
        pytest.skip("gcc and make are not here, so the firmware cannot be built for this computer")
    folder = tmp_path_factory.mktemp("host")
    subprocess.run(["make", "-C", str(FIRMWARE), "host", f"BUILD={folder}"], check=True, capture_output=True)
    return folder / "host.so"


@pytest.fixture
def firmware(host_library: Path) -> FirmwareOnHost:
    """The firmware just after power-on."""
    return FirmwareOnHost(host_library)


@pytest.fixture
def firmware_rig(firmware: FirmwareOnHost) -> Iterator[Rig]:
    """The real driver and the real firmware's core, in virtual time."""
    clock = ManualClock(100.0)
    line = Line(firmware)
    loopback = Loopback(line, clock)
    rig = Rig(McuController(McuSettings(port="virtual"), clock, loopback.open), clock, line, loopback=loopback)
    yield rig
    rig.controller.close()


@pytest.fixture(scope="session")
def plant_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firmware for the emulated board."""
    if missing := missing_tools():
        pytest.skip(f"{', '.join(missing)} not here, so the firmware cannot run on an emulated board")
    return build_plant(FIRMWARE, tmp_path_factory.mktemp("plant"))


@pytest.fixture
def emulator(plant_elf: Path) -> Iterator[Emulator]:
    with Emulator(plant_elf) as emulator:
        yield emulator


@pytest.fixture
def emulated_rig(emulator: Emulator) -> Iterator[Rig]:
    """The real driver on a real (pseudo-)terminal, and the real firmware on an emulated ATmega2560, in real time."""
    clock = MonotonicClock()
    # A busy computer holds QEMU up.
    settings = McuSettings(port=emulator.port, silence_timeout_s=20.0, answer_timeout_s=5.0, identify_timeout_s=30.0)
    rig = Rig(McuController(settings, clock), clock)
    yield rig
    rig.controller.close()
