from __future__ import annotations

import itertools

import pytest

from carebot.bringup.restarts import BAD_INPUT, RestartParameters, Restarts


def test_each_pause_is_twice_the_one_before_up_to_the_longest() -> None:
    restarts = Restarts()
    pauses = [restarts.pause_after(lived_s=1.0) for _ in range(9)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert restarts.deaths == 9


def test_a_good_life_makes_the_next_pause_short_again() -> None:
    restarts = Restarts()
    for _ in range(6):
        restarts.pause_after(lived_s=0.1)
    assert restarts.pause_after(lived_s=60.0) == 0.5
    assert restarts.pause_after(lived_s=59.9) == 1.0


def test_a_life_just_short_of_good_keeps_the_pause_growing() -> None:
    restarts = Restarts()
    assert [restarts.pause_after(59.999) for _ in range(3)] == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("exit_code", [0, 1, 3, -9, -11])
def test_only_bad_input_is_hopeless(exit_code: int) -> None:
    assert not Restarts().is_hopeless(exit_code)
    assert Restarts().is_hopeless(BAD_INPUT)


def test_bad_input_after_a_first_death_is_tried_again() -> None:
    restarts = Restarts()
    restarts.pause_after(lived_s=1.0)
    assert not restarts.is_hopeless(BAD_INPUT)


def test_a_day_of_dying_at_once_is_a_bounded_number_of_starts() -> None:
    restarts = Restarts(RestartParameters())
    pauses_s = itertools.accumulate(restarts.pause_after(lived_s=0.0) for _ in itertools.count())
    assert sum(1 for _ in itertools.takewhile(lambda total_s: total_s < 86_400, pauses_s)) < 86_400 / 30 + 10
