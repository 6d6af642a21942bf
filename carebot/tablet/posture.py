"""What somebody is doing, told roughly from one picture's keypoints: lying, sitting or up. For the day's course only.

Whether somebody fell is the falls room's business; this looks at the angle of trunk and thighs alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from carebot.people import People, Person
from carebot.records.activity import Doing

MIN_CONFIDENCE = 0.3
LYING_TRUNK_RAD = math.radians(55)
SITTING_THIGH_RAD = math.radians(40)
_SHOULDERS, _HIPS, _KNEES = (5, 6), (11, 12), (13, 14)


def doing_of(person: Person, people: People) -> Doing:
    """What one person is doing; UNSEEN where the trunk is not seen."""
    joints = np.asarray(person.keypoints, dtype=float)
    pixels = joints[:, :2] * (max(people.width_px, 1), max(people.height_px, 1))
    pixels[~(joints[:, 2] >= MIN_CONFIDENCE)] = np.nan
    shoulders, hips, knees = (_middle(pixels, pair) for pair in (_SHOULDERS, _HIPS, _KNEES))
    if shoulders is None or hips is None:
        return Doing.UNSEEN
    if _from_upright(shoulders, hips) > LYING_TRUNK_RAD:
        return Doing.LYING
    if knees is not None and _from_upright(hips, knees) > SITTING_THIGH_RAD:
        return Doing.SITTING
    # Seen from the front, thighs that point at the camera are short.
    if knees is not None and np.linalg.norm(knees - hips) < 0.45 * np.linalg.norm(hips - shoulders):
        return Doing.SITTING
    return Doing.UP


def seen_doing(people: People | None) -> Doing:
    """What the best seen person is doing; UNSEEN where there is nobody."""
    if people is None or not people.people:
        return Doing.UNSEEN
    return doing_of(max(people.people, key=lambda person: person.confidence), people)


def _from_upright(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    across, down = lower - upper
    return math.atan2(abs(across), down)


def _middle(points: NDArray[np.float64], pair: tuple[int, int]) -> NDArray[np.float64] | None:
    chosen = points[list(pair)]
    chosen = chosen[np.isfinite(chosen).all(axis=1)]
    return chosen.mean(axis=0) if len(chosen) else None
