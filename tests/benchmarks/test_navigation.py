"""A trip of the benchmark: the robot finds its own way through the simulated home, past a resident who walks about."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.benchmarks.navigation import MOVABLE, NavigationReport, Trip, _keeps_ways_open, _walk, play_home
from carebot.benchmarks.time_spent import DRIVING, FREEING, HELD, JUDGED, SLOWLY, TURNING, WAITING, shares
from carebot.geometry import Twist2D
from carebot.navigation.grid_map import FREE, OCCUPIED, GridMap
from carebot.navigation.navigator import Phase, Progress
from carebot.simulation.homes import described_world
from carebot.simulation.mapping import map_of
from carebot.simulation.scenario import Standing
from carebot.site.file import load_site, site_path


def trip(**other: object) -> Trip:
    usual = {"home": 0, "number": 0, "start": (0.0, 0.0), "goal": (1.0, 0.0), "arrived": True, "reason": ""}
    figures = {
        "seconds": 12.0,
        "best_s": 10.0,
        "blocked_s": 0.0,
        "touched_person": False,
        "contact_m_s": None,
        "touched": (),
        "spent_s": {},
    }
    return Trip(**{**usual, **figures, "track": ((0.0, 0.0),), **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "is_good"),
    [
        (trip(), True),
        (trip(arrived=False), True),  # one of fifty
        (trip(touched_person=True), False),
        (trip(contact_m_s=0.04), True),
        (trip(contact_m_s=0.06), False),
        (trip(seconds=400.0), False),
    ],
)
def test_what_is_good_enough(last: Trip, is_good: bool) -> None:
    assert NavigationReport((*[trip()] * 49, last)).is_good is is_good


def test_two_of_fifty_that_do_not_arrive_are_too_many() -> None:
    assert not NavigationReport((*[trip()] * 48, *[trip(arrived=False)] * 2)).is_good


def test_what_the_resident_blocks_is_told_apart() -> None:
    report = NavigationReport((trip(), trip(seconds=30.0, blocked_s=15.0), trip(arrived=False, seconds=900.0)))
    assert report.percentile(50) == pytest.approx(2.1)
    assert report.percentile(50, free=True) == pytest.approx(1.35)
    assert report.blocked_s == 15.0


DRIVES = Twist2D(0.5, 0.0, 0.1)


@pytest.mark.parametrize(
    ("phase", "wish", "allowed", "speed_m_s", "expected"),
    [
        (Phase.DRIVING, DRIVES, DRIVES, 0.5, {DRIVING: 1.0, SLOWLY: 0.0}),
        (Phase.DRIVING, Twist2D(0.2), Twist2D(0.2), 0.2, {DRIVING: 0.4, SLOWLY: 0.6}),
        (Phase.DRIVING, DRIVES, Twist2D(), 0.0, {JUDGED: 1.0}),
        (Phase.DRIVING, Twist2D(), Twist2D(), 0.0, {HELD: 1.0}),
        (Phase.DRIVING, Twist2D(yaw_rad_s=1.0), Twist2D(yaw_rad_s=0.9), 0.0, {TURNING: 1.0}),
        (Phase.DRIVING, Twist2D(yaw_rad_s=1.0), Twist2D(), 0.0, {JUDGED: 1.0}),
        (Phase.GIVING_WAY, DRIVES, DRIVES, 0.5, {WAITING: 1.0}),
        (Phase.MAKING_ROOM, Twist2D(-0.1), Twist2D(-0.1), -0.1, {FREEING: 1.0}),
    ],
)
def test_what_a_moment_is_spent_with(
    phase: Phase, wish: Twist2D, allowed: Twist2D, speed_m_s: float, expected: dict[str, float]
) -> None:
    assert shares(Progress(wish, phase), allowed, speed_m_s, 0.5) == pytest.approx(expected)


def test_the_times_of_the_trips_that_arrived_are_summed() -> None:
    report = NavigationReport((trip(spent_s={WAITING: 3.0}), trip(spent_s={WAITING: 1.0, DRIVING: 9.0})))
    assert list(report.spent_s.items())[:2] == [(DRIVING, 9.0), (WAITING, 4.0)]
    assert report.best_s == 20.0


@pytest.mark.slow
def test_a_trip_through_the_simulated_home() -> None:
    [went] = play_home(seed=3, number=0, trips=1)
    assert went.arrived
    assert not went.touched_person
    assert went.content()["ratio"] == went.ratio > 0.8
    assert sum(went.spent_s.values()) == pytest.approx(went.seconds, abs=0.2)
    assert len(went.track) == pytest.approx(10 * went.seconds, abs=2)


@pytest.mark.timeout(60)
def test_a_resident_is_not_led_about_in_a_closet() -> None:
    """A long room and three closets, in which some seeds begin, and of which none leads anywhere."""
    cells = np.full((80, 80), OCCUPIED, dtype=np.int8)
    cells[2:24, 2:78] = FREE
    for column in (2, 28, 54):
        cells[50:74, column : column + 24] = FREE
    for seed in range(8):
        route = _walk(np.random.default_rng(seed), GridMap(cells, 0.05, (0.0, 0.0)), (0.3, 0.6))
        assert len(route) >= 120
        assert all(y_m < 1.3 for _, y_m in route)


def test_furniture_that_sticks_out_through_the_outer_wall_is_not_stood_there() -> None:
    site = load_site(site_path("home"))
    known = map_of(described_world("home"))
    name = str(MOVABLE[0])
    at = next(room for room in site.rooms if room.name == "living_room").stand.at
    assert _keeps_ways_open({}, known, site)
    assert not _keeps_ways_open({name: Standing(at=(11.0, at[1]), facing_deg=0.0)}, known, site)
