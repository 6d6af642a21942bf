"""Does whoever is in bed rest, toss about, or are they up? And when was somebody up last?

From keypoints alone. Somebody is up whose trunk stands upright in the picture, on their feet or sitting. Who lies moves
where the trunk's middle, the median of a second, has gone on by more than `MOVED_TRUNKS` of its length from one second
to the next: a wrong picture moves no median, and a skeleton that is drawn upside down has its middle where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from carebot.falls.body import HIPS, SHOULDERS
from carebot.lasting import Lasting
from carebot.people import People, Person

LEAST_CONFIDENCE = 0.4
TRUNK = [*SHOULDERS, *HIPS]
STEEP = 1.5
"""So much longer up and down than sideways is a trunk that is upright."""
UP_FOR_S, UP_GAP_S = 2.0, 1.0
"""Who is upright in every picture for so long is up; one wrong picture gets nobody up."""
WINDOW_S, LEAST_PICTURES = 1.0, 3
MOVED_TRUNKS = 0.15
RESTLESS_SHARE = 0.2
"""Who moves in so many of the seconds is restless: twelve of a minute."""
SEEN_SHARE, MOSTLY = 0.3, 0.5

Rests = Literal["resting", "restless", "up", "out_of_bed", "not_seen"]
Floats = NDArray[np.float64]


def is_upright(person: Person, aspect: float) -> bool | None:
    """Whether the trunk stands upright in the picture (`aspect` is width by height); None where it is not seen."""
    joints = person.keypoints
    if (joints[TRUNK, 2] < LEAST_CONFIDENCE).any():
        return None
    across, down = (joints[[*HIPS], :2].mean(axis=0) - joints[[*SHOULDERS], :2].mean(axis=0)).tolist()
    return bool(down > STEEP * abs(across) * aspect)


class Observing:
    """Somebody who should be in `bed` (a zone of the site file; empty: none is known), from now on."""

    def __init__(self, bed: str) -> None:
        self._bed = bed
        self._pictures = self._with_somebody = self._upright = self._in_bed = self._placed = 0
        self._window: list[Floats] = []
        self._window_s = 0.0
        self._before: Floats | None = None
        self._moves = self._seconds = 0
        self.is_closed = False

    def see(self, people: People, places: frozenset[str], now_s: float) -> None:
        """A picture, and the rooms and zones in which somebody is seen in it; empty where that is not known."""
        self._pictures += 1
        person = max(people.people, key=lambda each: each.confidence, default=None)
        if person is None:
            return
        aspect = people.width_px / max(people.height_px, 1)
        self._with_somebody += 1
        self._upright += bool(is_upright(person, aspect))
        self._placed += bool(places)
        self._in_bed += self._bed in places
        self._gather(person, aspect, now_s)

    def verdict(self) -> Rests:
        """What became clear so far."""
        if not self._with_somebody or self._with_somebody < SEEN_SHARE * self._pictures:
            return "not_seen"
        if self._upright > MOSTLY * self._with_somebody:
            return "up"
        if self._bed and self._placed and self._in_bed < (1 - MOSTLY) * self._placed:
            return "out_of_bed"
        return "restless" if self._seconds and self._moves >= RESTLESS_SHARE * self._seconds else "resting"

    def close(self) -> None:
        """Look no longer."""
        self.is_closed = True

    def _gather(self, person: Person, aspect: float, now_s: float) -> None:
        if self._window and not 0.0 <= now_s - self._window_s < WINDOW_S:
            self._end_window()
        if not self._window:
            self._window_s = now_s
        joints = person.keypoints.astype(float)
        if (joints[TRUNK, 2] >= LEAST_CONFIDENCE).all():
            self._window.append(joints[TRUNK, :2] * (aspect, 1.0))

    def _end_window(self) -> None:
        window, self._window = np.array(self._window), []
        before, self._before = self._before, None
        if len(window) < LEAST_PICTURES:
            return
        self._before = now = np.median(window, axis=0)
        if before is not None and (trunk := _trunk(now)) > 0:
            self._seconds += 1
            moved = float(np.linalg.norm(now.mean(axis=0) - before.mean(axis=0)))
            self._moves += moved > MOVED_TRUNKS * trunk


def _trunk(joints: Floats) -> float:
    """How long it looks, or how wide where that is more: it may be seen along its axis."""
    shoulders, hips = joints[:2], joints[2:]
    return float(
        max(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)), np.linalg.norm(shoulders[0] - shoulders[1]))
    )


class RestWatch:
    """The port Rest, fed with every picture."""

    def __init__(self) -> None:
        self._observing: Observing | None = None
        self._upright = Lasting(UP_GAP_S)
        self._up_s = -1e12

    def see(self, people: People, places: Callable[[], frozenset[str]], now_s: float) -> None:
        """A picture; `places` gives in which rooms and zones somebody is seen in it, and is asked where that counts."""
        if self._observing is not None and not self._observing.is_closed:
            self._observing.see(people, places(), now_s)
        aspect = people.width_px / max(people.height_px, 1)
        is_seen = any(is_upright(each, aspect) for each in people.people if each.confidence >= LEAST_CONFIDENCE)
        if is_seen and self._upright.lasts_s(now_s) >= UP_FOR_S:
            self._up_s = now_s

    def was_up_within(self, seconds: float, now_s: float) -> bool:
        """Whether somebody was seen up in that time; not known of before the start."""
        return now_s - self._up_s <= seconds

    def observe(self, bed: str) -> Observing:
        """Look at somebody who should be in `bed`, from now on."""
        self._observing = Observing(bed)
        return self._observing
