"""Simulated figures and pictures for the tests of the simulator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from carebot.errors import DeviceError
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator


@pytest.fixture(scope="session")
def scripted() -> Callable[..., Scenario]:
    """Makes a scenario from the steps of its script."""

    def make(*steps: object, **changes: object) -> Scenario:
        return Scenario.model_validate({"description": "a test", "script": list(steps), **changes})

    return make


@pytest.fixture
def graphics(scripted: Callable[..., Scenario]) -> None:
    """Skips the test on a machine that cannot draw."""
    try:
        with Simulator(scripted({"stand": 1}), width_px=64, height_px=48) as simulator:
            simulator.render()
    except DeviceError as error:
        pytest.skip(str(error))
