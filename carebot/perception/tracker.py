"""Gives everybody a number and keeps it while they are seen, and for a moment while they are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from carebot.people import Person
from carebot.perception.estimators.base import PoseObservation

SHORTEST_STEP_S = 0.02
"""Pictures that a slow network delivers all at once are stamped closer than they were taken."""


@dataclass(frozen=True, slots=True)
class TrackerParameters:
    """`remember_s`: how long somebody unseen keeps their number. `publish_after`: in how many pictures somebody must be
    found before they count. `gate`: the largest step between pictures, in body sizes. `drift_per_s`: how much further
    somebody may have gone for each second unseen, in body sizes."""

    remember_s: float = 3.0
    publish_after: int = 1
    gate: float = 0.5
    drift_per_s: float = 1.0


IMPOSSIBLE = 1e3
SEEN_LATELY_S = 0.3


@dataclass(slots=True)
class _Track:
    track_id: int
    keypoints: NDArray[np.float32]
    seen_s: float
    hits: int
    velocity: NDArray[np.float64]  # of the body's middle, picture fractions a second


class Tracker:
    """Matches bodies between pictures by the distance of their joints (Hungarian method), at constant velocity."""

    def __init__(self, parameters: TrackerParameters | None = None) -> None:
        self._p = parameters or TrackerParameters()
        self._tracks: list[_Track] = []
        self._next_id = 1

    def step(self, observations: list[PoseObservation], time_s: float, aspect: float) -> tuple[Person, ...]:
        """The people in the picture taken at `time_s`; `aspect` is its width over its height.

        An observation with a number that is none (NaN, infinity) is dropped: one would spoil every distance after it.
        """
        self._tracks = [track for track in self._tracks if abs(time_s - track.seen_s) <= self._p.remember_s]
        observations = [observation for observation in observations if _is_finite(observation)]
        matches = self._matches(observations, time_s, aspect)
        people = []
        for index, observation in enumerate(observations):
            track = self._tracks[matches[index]] if index in matches else self._begin(observation, time_s)
            self._update(track, observation, time_s)
            if track.hits >= self._p.publish_after:
                people.append(
                    Person(track.track_id, observation.confidence, observation.keypoints, observation.world_m)
                )
        return tuple(people)

    def _matches(self, observations: list[PoseObservation], time_s: float, aspect: float) -> dict[int, int]:
        """Observation index → track index. Those just seen choose first: who was hidden takes nobody's place."""
        seen = [index for index, track in enumerate(self._tracks) if time_s - track.seen_s <= SEEN_LATELY_S]
        hidden = [index for index in range(len(self._tracks)) if index not in seen]
        matches: dict[int, int] = {}
        for tracks in (seen, hidden):
            free = [index for index in range(len(observations)) if index not in matches]
            cost = [[self._cost(self._tracks[t], observations[o], time_s, aspect) for t in tracks] for o in free]
            if free and tracks:
                matches.update(_assigned(np.array(cost), free, tracks))
        return matches

    def _cost(self, track: _Track, observation: PoseObservation, time_s: float, aspect: float) -> float:
        """The distance in body sizes, or IMPOSSIBLE where it is too far for the time."""
        unseen_s = max(time_s - track.seen_s, 0.0)
        moved = track.keypoints[:, :2] + track.velocity * min(unseen_s, 0.3)
        steps = (observation.keypoints[:, :2] - moved) * (aspect, 1.0)
        size = max(_size(track.keypoints, aspect), _size(observation.keypoints, aspect), 1e-6)
        distance = float(np.median(np.linalg.norm(steps, axis=1))) / size
        return distance if distance <= self._p.gate + self._p.drift_per_s * unseen_s else IMPOSSIBLE

    def _begin(self, observation: PoseObservation, time_s: float) -> _Track:
        track = _Track(self._next_id, observation.keypoints, time_s, 0, np.zeros(2))
        self._next_id += 1
        self._tracks.append(track)
        return track

    def _update(self, track: _Track, observation: PoseObservation, time_s: float) -> None:
        step = (observation.keypoints[:, :2] - track.keypoints[:, :2]).mean(axis=0)
        if time_s > track.seen_s:
            since_s = max(time_s - track.seen_s, SHORTEST_STEP_S)
            track.velocity = 0.5 * track.velocity + 0.5 * step / since_s
        track.keypoints, track.seen_s = observation.keypoints, time_s
        track.hits += 1


def _is_finite(observation: PoseObservation) -> bool:
    arrays = (np.float32(observation.confidence), observation.keypoints, observation.world_m)
    return all(bool(np.isfinite(array).all()) for array in arrays if array is not None)


def _assigned(cost: NDArray[np.float64], rows: list[int], columns: list[int]) -> dict[int, int]:
    """The cheapest pairs, each row and column once at most, without impossible ones."""
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return {rows[row]: columns[column] for row, column in pairs if cost[row, column] < IMPOSSIBLE}


def _size(keypoints: NDArray[np.float32], aspect: float) -> float:
    """The longer side of the box round all joints, in picture heights."""
    extent = np.ptp(keypoints[:, :2], axis=0) * (aspect, 1.0)
    return float(extent.max())
