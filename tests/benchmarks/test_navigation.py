"""A trip of the benchmark: the robot finds its own way through the simulated home, past a resident who walks about."""

from __future__ import annotations

import pytest

from carebot.benchmarks.navigation import NavigationReport, Trip, play_home


def trip(**other: object) -> Trip:
    usual = {"home": 0, "number": 0, "start": (0.0, 0.0), "goal": (1.0, 0.0), "arrived": True, "reason": ""}
    figures = {
        "seconds": 12.0,
        "best_s": 10.0,
        "blocked_s": 0.0,
        "touched_person": False,
        "contact_m_s": None,
        "touched": (),
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


@pytest.mark.slow
def test_a_trip_through_the_simulated_home() -> None:
    [went] = play_home(seed=3, number=0, trips=1)
    assert went.arrived
    assert not went.touched_person
    assert went.content()["ratio"] == went.ratio > 0.8
    assert len(went.track) == pytest.approx(10 * went.seconds, abs=2)
