"""A resident who strolls: back the way they came, never through a wall."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest

from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator
from carebot.simulation.stroll import Stroll, _there_and_back

Script = Callable[..., Scenario]


@pytest.mark.parametrize(
    ("first", "direction", "expected"),
    [
        (1, 1, [(1, 1), (2, 1), (1, -1), (0, -1), (1, 1), (2, 1)]),
        (1, -1, [(1, -1), (0, -1), (1, 1), (2, 1), (1, -1), (0, -1)]),
        (2, 1, [(2, 1), (1, -1), (0, -1), (1, 1), (2, 1)]),
    ],
)
def test_the_route_is_walked_there_and_back(first: int, direction: int, expected: list[tuple[int, int]]) -> None:
    assert list(islice(_there_and_back(first, direction, 3), 10)) == expected


@pytest.mark.slow
def test_who_meets_a_robot_in_the_door_goes_back_into_the_room(scripted: Script) -> None:
    start, robot = {"at": [1.7, 2.0], "facing_deg": 90}, {"at": [1.725, 3.35], "facing_deg": 270}
    scenario = scripted({"stand": 1}, world="home", start=start, robot=robot)
    with Simulator(scenario, 0, 64, 48, drives=True) as simulator:
        stroll = Stroll(simulator, [(1.7, 2.0), (1.725, 3.9), (4.0, 3.9), (4.0, 2.4)])
        simulator.on_tick = stroll.tick
        track = []
        for _ in range(20):
            simulator.step(0.5)
            track.append(simulator.people[0].body.pelvis_m[:2].copy())
    x_m, y_m = np.array(track).T
    assert y_m.max() > 2.2
    assert np.argmax(y_m) < len(y_m) - 1
    assert x_m.max() < 2.3
    assert y_m[-1] < y_m.max() - 0.1
