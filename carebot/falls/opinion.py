"""What the posture network said lately, and what follows from it for the rules."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from carebot.alerts import STANDING_DROP_BL
from carebot.falls.classifier import Guess
from carebot.falls.parameters import FallParameters

QUICK_S = 0.08  # between two pictures: at 10 a second, one may be all that was seen of a fall

LANDING_S = 1.0  # after the body came to lie the network may still see it fall


class Opinion:
    """The network's guesses of the last seconds about one person; without a network it has none and holds nothing back.

    It may add a fall to what the rules measured. It takes one away only where it saw nothing of a fall all the while
    and is sure of something else: that the person squats, or lay already, or lies on furniture.
    """

    def __init__(self, parameters: FallParameters) -> None:
        self._p = parameters
        self._guesses: deque[tuple[float, Guess]] = deque()

    def hear(self, guess: Guess, now_s: float) -> None:
        self._guesses.append((now_s, guess))
        while self._guesses[0][0] < now_s - max(self._p.found_lying_after_s, 2.0 * self._p.fall_within_s):
            self._guesses.popleft()

    @property
    def has_looked(self) -> bool:
        """Whether there is a network that judges."""
        return bool(self._guesses)

    @property
    def down(self) -> float:
        """How probable it is that the person lies on the floor; 0 where nobody says."""
        return _mean(guess.down for guess in self._last(self._p.network_steady_s))

    def moved_like_a_fall(self, lying_s: float) -> float:
        """How probable a fall within the last `fall_within_s` is; NaN below `network_falling`.

        Who has been lying for longer than LANDING_S, on a bed perhaps, falls only to the floor: where the network does
        not see them there, they turned over, or the pose model trembled.
        """
        until_s = 0.0 if self.down >= self._p.network_down else lying_s - LANDING_S
        best = self._falling(self._p.fall_within_s, fmean, until_s=until_s)
        return best if best >= self._p.network_falling else math.nan

    def is_calm(self, lying_s: float, drop_bl: float) -> bool:
        """Whether the trunk's drop, of somebody who has been low for `lying_s`, was no fall for all it saw.

        A drop from standing height is one unless the person is not even down, or lay already.
        """
        falling = self._falling(lying_s + 1.0, min)
        if not self._guesses or falling >= self._p.calm_falling:
            return False
        is_shallow = drop_bl < STANDING_DROP_BL and falling < self._p.calm_shallow
        return is_shallow or self.down < self._p.calm_down or self._lay_before(lying_s)

    def rests(self) -> bool:
        """Whether the person has been lying on furniture all the while."""
        last = self._last(self._p.found_lying_after_s)
        return bool(last) and _mean(guess.resting for guess in last) >= self._p.network_resting

    def _lay_before(self, lying_s: float) -> bool:
        """Whether the person lay already before they came to lie, as the rules have it."""
        now = self._guesses[-1][0]
        begin, end = now - lying_s - self._p.fall_within_s, now - lying_s - 0.5 * self._p.fall_within_s
        before = [guess.down + guess.resting for time_s, guess in self._guesses if begin <= time_s <= end]
        return bool(before) and _mean(before) >= self._p.network_resting

    def _falling(self, within_s: float, of_two: Callable[[Sequence[float]], float], *, until_s: float = 0.0) -> float:
        """The highest probability of "falls" from `within_s` to `until_s` ago; of pictures that come quickly, `of_two`
        in a row: in one picture the pose model may be wholly wrong, which looks like a fall.
        """
        now = self._guesses[-1][0] if self._guesses else 0.0
        best, before_s, before = 0.0, -math.inf, 0.0
        for time_s, guess in self._guesses:
            if now - within_s <= time_s <= now - max(until_s, 0.0):
                best = max(best, of_two((guess.falling, before)) if time_s - before_s <= QUICK_S else guess.falling)
            before_s, before = time_s, guess.falling
        return best

    def _last(self, seconds: float) -> list[Guess]:
        if not self._guesses:
            return []
        since = self._guesses[-1][0] - seconds
        return [guess for time_s, guess in self._guesses if time_s >= since]


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0
