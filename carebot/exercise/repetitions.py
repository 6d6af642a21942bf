"""Counts repetitions of an exercise from keypoints: each movement is a level between its two ends, with hysteresis.

All levels are fractions of the length of the trunk, so that neither distance nor body matters. A repetition counts when
the upper end is reached after the lower one was held; somebody who leaves the picture, or a gap between two pictures,
breaks off the one under way and never counts one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from carebot.people import People, Person

MovementName = Literal["arm_raises", "sit_to_stand", "knee_lifts"]
MOVEMENTS: tuple[MovementName, ...] = get_args(MovementName)

LEAST_CONFIDENCE = 0.4
SMOOTHED_OVER = 3
LONGEST_GAP_S = 1.0
LEAST_PHASE_S = 0.25
"""An end of the movement that is held for less is a slip of the eyes."""
SHORTEST_TRUNK = 0.03
"""In picture heights; a body that looks smaller is too far away to be counted."""

_SHOULDERS, _HIPS = (5, 6), (11, 12)
Points = NDArray[np.float64]
Level = Callable[[Points, NDArray[np.bool_]], "float | None"]


@dataclass(frozen=True, slots=True)
class Movement:
    """Its level, and where its lower end (`low` or below) and its upper end (`high` or above) are."""

    level: Level
    low: float
    high: float


def _trunk(points: Points, seen: NDArray[np.bool_]) -> float | None:
    """The length of the trunk; None where it is not seen."""
    sides = [(a, b) for a, b in zip(_SHOULDERS, _HIPS, strict=True) if seen[a] and seen[b]]
    if not sides:
        return None
    length = float(np.median([np.hypot(*(points[a] - points[b])[:2]) for a, b in sides]))
    return length if length >= SHORTEST_TRUNK else None


def _arms(points: Points, seen: NDArray[np.bool_]) -> float | None:
    """How high the higher wrist is above its shoulder."""
    trunk = _trunk(points, seen)
    sides = [(5, 9), (6, 10)]
    heights = [points[s][1] - points[w][1] for s, w in sides if seen[s] and seen[w]]
    return None if trunk is None or not heights else float(max(heights)) / trunk


def _hips(points: Points, seen: NDArray[np.bool_]) -> float | None:
    """How high the hips are above the knees."""
    trunk = _trunk(points, seen)
    heights = [points[k][1] - points[h][1] for h, k in ((11, 13), (12, 14)) if seen[h] and seen[k]]
    return None if trunk is None or not heights else float(np.mean(heights)) / trunk


def _knees(points: Points, seen: NDArray[np.bool_]) -> float | None:
    """How much higher one knee is than the other, while one leg stands; both legs have to be seen."""
    trunk = _trunk(points, seen)
    if trunk is None or not all(seen[each] for each in (11, 12, 13, 14)):
        return None
    left, right = points[13][1] - points[11][1], points[14][1] - points[12][1]
    if max(left, right) / trunk < 0.5:  # sitting: neither leg stands
        return None
    return float(abs(left - right)) / trunk


_MOVEMENTS: Mapping[MovementName, Movement] = {
    "arm_raises": Movement(_arms, low=-0.15, high=0.25),
    "sit_to_stand": Movement(_hips, low=0.45, high=0.68),
    "knee_lifts": Movement(_knees, low=0.15, high=0.45),
}


class Repetitions:
    """Counts one movement of one person: of whoever is the largest in the picture at the beginning."""

    def __init__(self, movement: MovementName) -> None:
        self._movement = _MOVEMENTS[movement]
        self._levels: deque[float] = deque(maxlen=SMOOTHED_OVER)
        self._who: int | None = None
        self._seen_s: float | None = None
        self._end = ""
        self._since_s = 0.0
        self._was_low = False
        self.count = 0

    def step(self, people: People) -> int:
        """Take one picture's people; how many repetitions there were so far."""
        if self._seen_s is not None and not 0.0 <= people.time_s - self._seen_s <= LONGEST_GAP_S:
            self._lose()
        person = self._person(people)
        level = None if person is None else self._movement.level(*_points(person, people))
        if level is None:
            return self.count
        self._seen_s = people.time_s
        self._levels.append(level)
        self._judge(median(self._levels), people.time_s)
        return self.count

    def _judge(self, level: float, now_s: float) -> None:
        end = "low" if level <= self._movement.low else "high" if level >= self._movement.high else ""
        if end != self._end:
            self._end, self._since_s = end, now_s
        if now_s - self._since_s < LEAST_PHASE_S:
            return
        if end == "low":
            self._was_low = True
        elif end == "high" and self._was_low:
            self._was_low = False
            self.count += 1

    def _person(self, people: People) -> Person | None:
        if self._who is None:
            largest = max(people.people, key=_size, default=None)
            self._who = largest.track_id if largest else None
            return largest
        return next((each for each in people.people if each.track_id == self._who), None)

    def _lose(self) -> None:
        self._who = self._seen_s = None
        self._levels.clear()
        self._end, self._was_low = "", False


def _size(person: Person) -> float:
    sure = person.keypoints[person.keypoints[:, 2] >= LEAST_CONFIDENCE]
    return float(np.ptp(sure[:, 1])) if len(sure) else 0.0


def _points(person: Person, people: People) -> tuple[Points, NDArray[np.bool_]]:
    """Keypoints in picture heights, y down, and which of them are seen."""
    aspect = people.width_px / max(people.height_px, 1)
    points = person.keypoints[:, :2].astype(np.float64) * np.array([aspect, 1.0])
    usable = np.isfinite(points).all(axis=1) & (person.keypoints[:, 2] >= LEAST_CONFIDENCE)
    return np.nan_to_num(points), usable
