"""A resident who strolls: back the way they came, never through a wall."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from math import pi
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.grid_map import FREE, OCCUPIED, GridMap
from carebot.simulation.scenario import Scenario, Stand, Step, Turn, WalkTo
from carebot.simulation.simulator import Simulator
from carebot.simulation.stroll import (
    ASIDE_S,
    GIVES_WAY_S,
    PATIENCE_S,
    ROBOT_WAITS_S,
    Stroll,
    _aside,
    _leaves_a_way,
    _reached,
    _there_and_back,
)

Script = Callable[..., Scenario]


class Walking:
    """Somebody who stands where a test puts them, and notes what they are to do."""

    def __init__(self, x_m: float, y_m: float, heading_rad: float) -> None:
        self.body = SimpleNamespace(pelvis_m=np.array((x_m, y_m, 0.9)))
        self.heading_rad, self.activity = heading_rad, "walking"
        self.steps: list[Step] = []
        self.done = 0
        self.waits: Callable[[], bool] = lambda: False

    @property
    def steps_left(self) -> int:
        return len(self.steps) - 1 - self.done

    def walk(self, steps: list[Step]) -> None:
        self.steps, self.done = list(steps), 0


def home_of(person: Walking, robot: tuple[float, float]) -> Simulator:
    standing = SimpleNamespace(pose=Pose2D(*robot), speeds=(0.0, 0.0))
    return cast(Simulator, SimpleNamespace(people=[person], robot=standing))


def corridor(width_m: float) -> Costmap:
    """Six metres long, along x, its middle at y = 1."""
    cells = np.full((round(2.0 / 0.05), 120), OCCUPIED, dtype=np.int8)
    cells[round((1.0 - width_m / 2) / 0.05) : round((1.0 + width_m / 2) / 0.05)] = FREE
    return Costmap(GridMap(cells, 0.05, (0.0, 0.0)), Shape(0.2, 0.2, 0.25, 0.03))


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
        stroll = Stroll(simulator, [(1.7, 1.3), (1.725, 3.9), (4.0, 3.9), (4.0, 2.4)])
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


@pytest.mark.parametrize(
    ("robot", "expected"),
    [
        ((2.9, 1.0), True),  # an arm's length before them
        ((2.8, 1.5), True),
        ((2.7, 1.7), False),  # beside their way
        ((2.2, 1.5), True),  # so close that they would brush past it
        ((1.2, 1.0), False),  # behind them
        ((3.3, 1.0), False),
    ],
)
def test_who_walks_stops_for_a_robot_in_their_way(robot: tuple[float, float], expected: bool) -> None:
    person = Walking(2.0, 1.0, 0.0)
    Stroll(home_of(person, robot), [(1.0, 1.0), (5.0, 1.0)])
    assert person.waits() is expected


def test_nobody_turns_round_to_a_place_on_which_they_stand() -> None:
    person = Walking(2.0, 1.0, 0.0)
    stroll = Stroll(home_of(person, (2.8, 1.0)), [(1.0, 1.8), (1.98, 1.0), (5.0, 1.0)])
    person.done = 1
    for tick in range(round(PATIENCE_S / 0.01) + 2):
        stroll.tick(0.01 * tick)
    turn, walk = person.steps[:2]
    assert isinstance(turn, Turn)
    assert turn.to_deg == pytest.approx(np.degrees(np.arctan2(0.8, -1.0)))
    assert walk == WalkTo(to=(1.0, 1.8), stop=False)


def test_who_meets_a_robot_steps_aside_waits_and_comes_back() -> None:
    person = Walking(3.0, 1.0, 0.0)
    home = home_of(person, (3.9, 1.0))
    stroll = Stroll(home, [(1.0, 1.0), (5.0, 1.0)], floor=corridor(1.6))
    for tick in range(round(GIVES_WAY_S / 0.01) + 2):
        stroll.tick(0.01 * tick)
    aside, wait, back = person.steps[:3]
    assert isinstance(aside, WalkTo)
    assert abs(aside.to[1] - 1.0) > 0.4
    assert (wait, back) == (Stand(for_s=ASIDE_S), WalkTo(to=(3.0, 1.0), stop=False))

    person.body.pelvis_m[:2], person.activity, person.done = aside.to, "standing", 1
    home.robot.pose = Pose2D(3.2, 1.2, pi)  # type: ignore[misc]
    stroll.tick(20.0)
    assert wait in person.steps
    home.robot.pose = Pose2D(1.5, 1.0, pi)  # type: ignore[misc]
    stroll.tick(20.1)
    assert person.steps[:2] == [WalkTo(to=(3.0, 1.0), stop=False), WalkTo(to=(5.0, 1.0), stop=False)]


def test_who_stands_aside_where_the_robot_wants_to_go_walks_away() -> None:
    person = Walking(3.0, 1.0, 0.0)
    stroll = Stroll(home_of(person, (3.9, 1.0)), [(1.0, 1.0), (5.0, 1.0)], floor=corridor(1.6))
    for tick in range(round(GIVES_WAY_S / 0.01) + 2):
        stroll.tick(0.01 * tick)
    assert isinstance(person.steps[0], WalkTo)
    stroll.tick(4.9)
    person.body.pelvis_m[:2], person.activity, person.done = person.steps[0].to, "standing", 1
    stroll.tick(5.0)
    assert isinstance(person.steps[1], Stand)
    stroll.tick(5.0 + ROBOT_WAITS_S + 0.1)
    assert isinstance(person.steps[0], Turn)
    assert person.steps[1] == WalkTo(to=(1.0, 1.0), stop=False)


@pytest.mark.parametrize(("width_m", "expected"), [(1.6, True), (0.9, False)])
def test_aside_is_only_where_the_robot_gets_past(width_m: float, expected: bool) -> None:
    robot = np.array((3.9, 1.0))
    place = _aside(corridor(width_m), np.array((3.0, 1.0)), robot, robot)
    assert (place is not None) is expected


@pytest.mark.parametrize(("place", "expected"), [((2.95, 1.0), False), ((3.5, 1.5), True), ((2.3, 0.6), True)])
def test_nobody_steps_aside_into_a_door(place: tuple[float, float], expected: bool) -> None:
    cells = corridor(1.6).grid.cells.copy()
    cells[:, 58:60] = OCCUPIED
    cells[round(0.55 / 0.05) : round(1.45 / 0.05), 58:60] = FREE
    home = Costmap(GridMap(cells, 0.05, (0.0, 0.0)), corridor(1.6).shape)
    robot = np.array((4.2, 1.0))
    assert _leaves_a_way(home, np.array(place), robot, _reached(home, robot)) is expected


def test_nobody_steps_to_where_the_robot_drives() -> None:
    floor, here, robot = corridor(1.6), np.array((3.0, 1.0)), np.array((3.9, 1.0))
    for soon, side in (((3.4, 1.4), -1.0), ((3.4, 0.6), 1.0)):
        place = _aside(floor, here, robot, np.array(soon))
        assert place is not None
        assert side * (place[1] - 1.0) > 0


def test_who_steps_aside_stands_where_the_robot_comes_close() -> None:
    person = Walking(3.0, 1.0, 0.0)
    home = home_of(person, (3.9, 1.0))
    stroll = Stroll(home, [(1.0, 1.0), (5.0, 1.0)], floor=corridor(1.6))
    for tick in range(round(GIVES_WAY_S / 0.01) + 2):
        stroll.tick(0.01 * tick)
    aside = person.steps[0]
    assert isinstance(aside, WalkTo)
    assert not person.waits()
    side = np.sign(aside.to[1] - 1.0)
    home.robot.pose = Pose2D(aside.to[0] + 0.2, 1.0 + 0.7 * side, pi)  # type: ignore[misc]
    assert person.waits()
    home.robot.pose = Pose2D(aside.to[0] + 0.2, 1.0 - 0.6 * side, pi)  # type: ignore[misc]
    assert not person.waits()


@pytest.mark.slow
def test_who_turned_round_does_not_walk_on_into_the_robot(scripted: Script) -> None:
    start, robot = {"at": [2.0, 3.9], "facing_deg": 0}, {"at": [4.0, 3.9], "facing_deg": 180}
    scenario = scripted({"stand": 1}, world="home", start=start, robot=robot)
    with Simulator(scenario, 0, 64, 48, drives=True) as simulator:
        stroll = Stroll(simulator, [(2.0, 3.9), (5.0, 3.9)])
        simulator.on_tick = stroll.tick
        waiting_x_m = turning_x_m = 0.0
        for _ in range(80):
            simulator.step(0.1)
            x_m = float(simulator.people[0].body.pelvis_m[0])
            if simulator.people[0].waits():
                waiting_x_m = x_m
            turning_x_m = max(turning_x_m, x_m)
    assert waiting_x_m > 2.8
    assert turning_x_m < waiting_x_m + 0.1
