"""Whether somebody rests, tosses about or is up, from keypoints that tremble as a pose model's do."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.people import People, Person
from carebot.routines.resting import Rests, RestWatch

FPS, TREMBLE = 10, 0.004
LYING = np.array([[0.3, 0.55], [0.31, 0.54], [0.31, 0.56], [0.32, 0.53], [0.32, 0.57],
                  [0.38, 0.52], [0.38, 0.58], [0.45, 0.5], [0.45, 0.6], [0.5, 0.5], [0.5, 0.6],
                  [0.58, 0.53], [0.58, 0.57], [0.68, 0.53], [0.68, 0.57], [0.78, 0.53], [0.78, 0.57]])  # fmt: skip
STANDING = np.column_stack([LYING[:, 1], LYING[:, 0]])


def seen(places: np.ndarray, random: np.random.Generator, confidence: float = 0.9) -> People:
    keypoints = np.column_stack([places + random.normal(0, TREMBLE, places.shape), np.full(17, confidence)])
    return People(0.0, 640, 480, (Person(1, 0.9, keypoints.astype(np.float32)),))


def look(how: str, bed: str = "bed", in_zones: frozenset[str] = frozenset({"bed", "bedroom"})) -> Rests:
    """A minute of it."""
    random, watch = np.random.default_rng(3), RestWatch()
    observing = watch.observe(bed)
    for number in range(60 * FPS):
        time_s = number / FPS
        places = STANDING if how == "up" else LYING
        if how == "tosses":
            places = LYING + np.array([0.05 * np.sin(time_s * 1.3), 0.04 * np.sin(time_s * 0.9)])
        elif how == "turns once":
            places = LYING + np.array([0.06 if time_s > 30 else 0.0, 0.0])
        elif how == "wrong pictures" and number % 7 == 0:
            places = random.uniform(0.1, 0.9, (17, 2))
        people = seen(places, random) if how != "nobody" or number < 50 else People(0.0, 640, 480)
        watch.see(people, lambda: in_zones, 1000.0 + time_s)
    return observing.verdict()


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ("lies", "resting"),
        ("turns once", "resting"),
        ("wrong pictures", "resting"),
        ("tosses", "restless"),
        ("up", "up"),
        ("nobody", "not_seen"),
    ],
)
def test_what_becomes_clear_in_a_minute(how: str, verdict: str):
    assert look(how) == verdict


def test_who_lies_elsewhere_than_in_bed_is_out_of_it():
    assert look("lies", in_zones=frozenset({"bedroom"})) == "out_of_bed"
    assert look("lies", in_zones=frozenset()) == "resting"  # the robot does not know its place
    assert look("lies", bed="", in_zones=frozenset({"bedroom"})) == "resting"  # no bed is known


def test_after_its_end_nothing_more_is_looked_at():
    watch = RestWatch()
    observing = watch.observe("")
    observing.close()
    watch.see(seen(LYING, np.random.default_rng(1)), lambda: pytest.fail("nobody asks for places"), 1.0)
    assert observing.verdict() == "not_seen"


def test_somebody_was_up_who_stood_for_two_seconds():
    random, watch = np.random.default_rng(3), RestWatch()
    assert not watch.was_up_within(1e9, 0.0)

    def pass_s(places: np.ndarray, begin_s: float, seconds: float) -> None:
        for number in range(round(seconds * FPS)):
            watch.see(seen(places, random), frozenset, begin_s + number / FPS)

    pass_s(LYING, 1000.0, 5.0)
    pass_s(STANDING, 1005.0, 1.5)
    pass_s(LYING, 1006.5, 5.0)
    assert not watch.was_up_within(3600, 1012.0)
    pass_s(STANDING, 1020.0, 3.0)
    assert watch.was_up_within(3600, 1023.0)
    assert watch.was_up_within(60, 1080.0)
    assert not watch.was_up_within(60, 1090.0)
