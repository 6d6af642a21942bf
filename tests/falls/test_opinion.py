"""What follows from the network's guesses of the last seconds."""

from __future__ import annotations

import math

import pytest

from carebot.falls.classifier import Guess
from carebot.falls.opinion import Opinion
from carebot.falls.parameters import FallParameters

FALLS = Guess(0.0, 0.0, 0.1, 0.9, 0.0, 0.0)
DOWN = Guess(0.0, 0.0, 0.0, 0.0, 0.9, 0.1)
LOW = Guess(0.0, 0.1, 0.9, 0.0, 0.0, 0.0)
RATE_HZ = 10


def heard(*course: tuple[Guess | None, float]) -> Opinion:
    """Each guess for so many seconds, at RATE_HZ; None is out of sight."""
    opinion, ticks = Opinion(FallParameters()), 0
    for guess, seconds in course:
        for _ in range(round(seconds * RATE_HZ)):
            ticks += 1
            if guess is not None:
                opinion.hear(guess, ticks / RATE_HZ)
    return opinion


@pytest.mark.parametrize("hidden_s", [0.0, 1.0, 2.5, 3.9])
def test_what_happened_out_of_sight_does_not_age_a_fall(hidden_s: float) -> None:
    opinion = heard((FALLS, 0.5), (None, hidden_s), (DOWN, 0.5))
    assert opinion.moved_like_a_fall(lying_s=0.4) == pytest.approx(0.9)


@pytest.mark.parametrize("between", [LOW, DOWN])
def test_what_was_seen_meanwhile_does(between: Guess) -> None:
    assert math.isnan(heard((FALLS, 0.5), (between, 2.0), (DOWN, 0.5)).moved_like_a_fall(lying_s=0.4))


def test_a_fall_goes_on_over_short_pauses_until_shortly_before_the_landing() -> None:
    assert heard((LOW, 1.0), (FALLS, 0.5), (LOW, 0.1), (FALLS, 0.5)).falling_since_s(None) == pytest.approx(1.1)
    assert heard((FALLS, 1.0), (LOW, 0.5), (FALLS, 0.5)).falling_since_s(None) == pytest.approx(1.6)
    assert heard((FALLS, 2.0), (LOW, 0.7), (DOWN, 1.0)).falling_since_s(2.8) == pytest.approx(0.1)
    assert heard((FALLS, 2.0), (LOW, 1.5), (DOWN, 1.0)).falling_since_s(3.6) is None
    assert heard((LOW, 2.0)).falling_since_s(None) is None
    assert heard().falling_since_s(None) is None


@pytest.mark.parametrize(
    ("course", "is_sure"),
    [
        ([(LOW, 1.0), (FALLS, 0.3)], True),
        ([(LOW, 1.0), (FALLS, 0.1), (DOWN, 0.2)], True),
        ([(LOW, 1.0), (FALLS, 0.1), (None, 0.3), (DOWN, 0.1), (None, 0.4), (DOWN, 0.1)], True),
        ([(LOW, 1.0), (FALLS, 0.2)], False),
        ([(FALLS, 1.0), (LOW, 0.1)], False),
        ([(LOW, 1.0), (DOWN, 1.0)], False),
        ([(FALLS, 0.2)], False),
        ([], False),
    ],
)
def test_only_several_pictures_make_sure_of_a_fall_whose_end_nobody_saw(
    course: list[tuple[Guess | None, float]], is_sure: bool
) -> None:
    assert heard(*course).saw_it_to_the_end == is_sure


def test_lying_is_lying_on_the_floor_or_elsewhere() -> None:
    assert heard((DOWN, 1.0)).lies == pytest.approx(1.0)
    assert heard((LOW, 1.0)).lies == 0.0
    assert heard().lies == 0.0
