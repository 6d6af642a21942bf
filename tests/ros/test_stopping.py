"""Whatever fails while the robot drives, its wheels stand soon: by the telemetry of a fake and of the real firmware.

CAREBOT_TEST_ROUNDS=100 gives the figure of the documentation; each round takes some seconds.
"""

from __future__ import annotations

import os

import pytest

from carebot.benchmarks.drive import measure_stopping
from carebot.benchmarks.stopping import HARMS
from carebot.benchmarks.wire import Device
from carebot.drivers.carebot_mcu.emulator import missing_tools

ROUNDS = int(os.environ.get("CAREBOT_TEST_ROUNDS", "1"))


@pytest.mark.slow
@pytest.mark.timeout(120 + 120 * ROUNDS)
@pytest.mark.parametrize("device", ["fake", "firmware"])
def test_every_harm_leads_to_standing_wheels(device: Device) -> None:
    if device == "firmware" and (missing := missing_tools()):
        pytest.skip(f"{', '.join(missing)} not here, so the firmware cannot run on an emulated board")
    figures = measure_stopping(device, rounds=ROUNDS, harms=ROUNDS, say=print)
    assert [figure.count for figure in figures] == [ROUNDS] * (1 + len(HARMS))
    for figure in figures:
        print(f"{figure.device}: {figure.name}, worst of {figure.count}: {figure.worst_ms:.0f} ms")
    missed = [figure for figure in figures if figure.name != "emergency stop to zero on the wire" and not figure.is_met]
    assert not missed
