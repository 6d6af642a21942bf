"""What the falls room costs: processor time for a person and picture, and of the whole node's work at 15 a second."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from carebot.falls.monitor import FallMonitor
from carebot.falls.network import shipped_network
from carebot.people import People, Person

FPS = 15.0
LEAST_ROUNDS = 5
STANDING = np.array(
    [
        (0.0, 0.0), (0.01, -0.01), (-0.01, -0.01), (0.02, 0.0), (-0.02, 0.0), (0.05, 0.1), (-0.05, 0.1), (0.07, 0.2),
        (-0.07, 0.2), (0.07, 0.29), (-0.07, 0.29), (0.03, 0.28), (-0.03, 0.28), (0.03, 0.42), (-0.03, 0.42),
        (0.03, 0.56), (-0.03, 0.56),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FallsReport:
    """`ms_per_person` is processor time for a person and picture, the median of `rounds`; `core_share` is that of the
    monitor for `people` people at `fps` pictures a second, as a part of one core, without the node's messages."""

    people: int
    pictures: int
    rounds: int
    fps: float
    ms_per_person: float
    core_share: float


def measure(people: int, seconds: float) -> FallsReport:
    """Runs for about `seconds`: people who stand, fall and lie."""
    pictures = _scene(people)
    spent = [_round_ms(pictures) / (people * len(pictures))]
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(spent) < LEAST_ROUNDS:
        spent.append(_round_ms(pictures) / (people * len(pictures)))
    ms = median(spent)
    return FallsReport(people, len(pictures), len(spent), FPS, round(ms, 4), round(ms * people * FPS / 1000.0, 5))


def _round_ms(pictures: Sequence[People]) -> float:
    monitor, start = FallMonitor(classifier=shipped_network()), time.process_time()
    for picture in pictures:
        monitor.step(picture)
    return 1000.0 * (time.process_time() - start)


def _scene(people: int) -> list[People]:
    """Ten seconds; everybody falls in the fourth and lies from then on."""
    random = np.random.default_rng(0)
    empty = People(0.0, 640, 480)
    return [
        replace(
            empty,
            time_s=number / FPS,
            people=tuple(_person(each, number / FPS, people, random) for each in range(people)),
        )
        for number in range(round(10 * FPS))
    ]


def _person(number: int, time_s: float, people: int, random: np.random.Generator) -> Person:
    turn = 0.5 * np.pi * min(max(time_s - 4.0, 0.0), 1.0)
    c, s = np.cos(turn), np.sin(turn)
    feet = STANDING - STANDING[15:].mean(axis=0)
    places = feet @ np.array([[c, s], [-s, c]]) + ((number + 0.5) / people, 0.9) + random.normal(0, 0.002, (17, 2))
    return Person(number + 1, 0.9, np.column_stack((places, np.full(17, 0.9))).astype(np.float32))
