"""One picture of one person, as the observers of movements need it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from carebot.falls.monitor import PersonObservation
from carebot.falls.person_state import PersonState

STANDING_HIP_BL = 0.38  # a sitting person's hips are at 0.27
GAP_S = 0.35
"""After a longer time out of sight, nobody can say what happened meanwhile."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Heights in body lengths above the floor, `speed_bl_s` downwards; NaN where unknown.

    `floor_is_seen`: the heights are above a floor on which the person was seen standing. `shin_bl` is how much higher
    the knees are than the ankles. `has_alarm`: a fall is suspected or confirmed.
    """

    time_s: float
    state: PersonState
    shoulder_bl: float
    hip_bl: float
    speed_bl_s: float
    floor_is_seen: bool
    shin_bl: float = math.nan
    has_alarm: bool = False

    @property
    def trunk_bl(self) -> float:
        return (self.shoulder_bl + self.hip_bl) / 2.0

    @property
    def torso_bl(self) -> float:
        return self.shoulder_bl - self.hip_bl

    @property
    def is_whole(self) -> bool:
        """Whether both shoulders and hips were seen."""
        return math.isfinite(self.trunk_bl)


def sight_of(seen: PersonObservation, shin_bl: float = math.nan) -> Sight:
    f = seen.features
    return Sight(
        f.time_s,
        seen.state,
        f.shoulder_height_bl,
        f.hip_height_bl,
        f.speed_bl_s,
        f.floor_is_seen,
        shin_bl,
        seen.fall_id != 0,
    )


class Recent:
    """The sights of the last `seconds`, without gaps of more than `gap_s`: after one, all begins anew."""

    def __init__(self, seconds: float, gap_s: float = GAP_S) -> None:
        self._seconds, self._gap_s = seconds, gap_s
        self._sights: deque[Sight] = deque()

    def add(self, sight: Sight) -> None:
        if self._sights and sight.time_s - self._sights[-1].time_s > self._gap_s:
            self._sights.clear()
        self._sights.append(sight)
        while self._sights[0].time_s < sight.time_s - self._seconds:
            self._sights.popleft()

    def clear(self) -> None:
        self._sights.clear()

    def __iter__(self) -> Iterator[Sight]:
        return iter(self._sights)

    @property
    def last_s(self) -> float:
        return self._sights[-1].time_s if self._sights else -math.inf

    @property
    def span_s(self) -> float:
        return self._sights[-1].time_s - self._sights[0].time_s if self._sights else 0.0

    def median(self, of: Callable[[Sight], float]) -> float:
        return median(of(each) for each in self._sights) if self._sights else math.nan
