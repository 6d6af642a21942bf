"""Simulated people, seen with a pose model's errors: their walks are measured, and falls stay alarms alone."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.falls.noticing import Noticing
from carebot.noticed import Noticed, NoticedKind
from carebot.simulation.runner import Moment, Result, mounting_of, run_scenario
from carebot.simulation.simulator import Simulator

pytestmark = pytest.mark.slow


class Onlooker:
    """Notices what the robot would, and writes down where the resident really was."""

    def __init__(self) -> None:
        self.noticed: list[Noticed] = []
        self.track: list[tuple[float, float, float]] = []
        self._noticing: Noticing | None = None

    def __call__(self, moment: Moment, simulator: Simulator, _picture: object) -> None:
        self._noticing = self._noticing or Noticing(mounting_of(simulator.camera))
        x, y = (float(value) for value in simulator.people[0].body.pelvis_m[:2])
        self.track.append((moment.truth.time_s, x, y))
        if moment.people is not None:
            self.noticed += self._noticing.step(moment.people, moment.observations)

    def of(self, kind: NoticedKind) -> list[Noticed]:
        return [each for each in self.noticed if each.kind is kind]

    def true_speed_m_s(self, walk: Noticed) -> float:
        """The cruising speed (75th percentile over 1.5 s) of the resident while that walk went on."""
        track = np.array(self.track)
        during = track[(track[:, 0] >= walk.time_s) & (track[:, 0] <= walk.time_s + walk.numbers["walked_s"] + 1.0)]
        ends = np.searchsorted(during[:, 0], during[:, 0] + 1.5)
        pairs = [(during[begin], during[end]) for begin, end in enumerate(ends) if end < len(during)]
        speeds = np.array([np.hypot(*(b[1:] - a[1:])) / (b[0] - a[0]) for a, b in pairs])
        return float(np.percentile(speeds[speeds > 0.2], 75.0))


def watched(name: str, seed: int) -> tuple[Onlooker, Result]:
    onlooker = Onlooker()
    return onlooker, run_scenario(name, seed, "keypoints", [onlooker])


def test_walks_about_are_measured_and_nothing_else_is_noticed() -> None:
    onlooker, _ = watched("walk_about", 7)
    walks = onlooker.of(NoticedKind.WALK)
    assert len(walks) >= 2
    assert onlooker.noticed == walks
    in_metres = [walk for walk in walks if "speed_m_s" in walk.numbers]
    for walk in walks:
        print({name: round(value, 2) for name, value in walk.numbers.items()}, "truly", onlooker.true_speed_m_s(walk))
    assert in_metres
    for walk in in_metres:
        assert walk.numbers["speed_m_s"] == pytest.approx(onlooker.true_speed_m_s(walk), abs=0.1)


@pytest.mark.parametrize("name", ["slide_down_wall", "fall_and_get_up"])
def test_a_fall_is_an_alarm_and_no_observation(name: str) -> None:
    onlooker, result = watched(name, 1)
    assert [alarm.kind.value for alarm in result.alarms][:2] == ["suspected", "confirmed"]
    assert onlooker.noticed == onlooker.of(NoticedKind.WALK)
