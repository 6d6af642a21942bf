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
SURE, SURE_OVER_S, SURE_PICTURES = 0.75, 0.2 + 1e-6, 3
"""Nobody of 28 scenarios of daily life went out of sight while the network was so sure, for so long, that they fall."""
PAUSE_S = 0.3  # a pose model's error lasts 0.2 s on average
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

    @property
    def lies(self) -> float:
        """How probable it is that the person lies, on the floor or elsewhere; 0 where nobody says."""
        return _mean(guess.down + guess.resting for guess in self._last(self._p.network_steady_s))

    def moved_like_a_fall(self, lying_s: float) -> float:
        """How probable a fall within the last `fall_within_s` is; NaN below `network_falling`.

        Who has been lying for longer than LANDING_S, on a bed perhaps, falls only to the floor: where the network does
        not see them there, they turned over, or the pose model trembled.
        """
        until_s = 0.0 if self.down >= self._p.network_down else lying_s - LANDING_S
        best = self._falling(self._p.fall_within_s, fmean, until_s=until_s)
        return best if best >= self._p.network_falling else math.nan

    @property
    def falls(self) -> bool:
        """Whether the person falls at this moment."""
        return bool(self._guesses) and self._guesses[-1][1].falling >= self._p.network_falling

    @property
    def saw_it_to_the_end(self) -> bool:
        """Whether a fall was seen, and the last pictures, taken together, that it went on or had ended below."""
        last = max((self._last(SURE_OVER_S), [guess for _, guess in self._guesses][-SURE_PICTURES:]), key=len)
        is_sure = len(last) >= SURE_PICTURES and _mean(guess.falling + guess.down for guess in last) >= SURE
        return is_sure and math.isfinite(self.moved_like_a_fall(0.0))

    def falling_since_s(self, landed_s: float | None) -> float | None:
        """When the fall began that went on without a pause until now, or until LANDING_S before `landed_s`.

        None where there was no such fall.
        """
        if not self._guesses:
            return None
        since_s = None
        until_s, pause_s = (self._guesses[-1][0], PAUSE_S) if landed_s is None else (landed_s, LANDING_S)
        for time_s, guess in reversed(self._guesses):
            if time_s > until_s or guess.falling < self._p.network_falling:
                continue
            if until_s - time_s > pause_s:
                break
            since_s = until_s = time_s
            pause_s = PAUSE_S
        return since_s

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
        begin_s = self._seen_within(within_s)
        for time_s, guess in self._guesses:
            if begin_s <= time_s <= now - max(until_s, 0.0):
                best = max(best, of_two((guess.falling, before)) if time_s - before_s <= QUICK_S else guess.falling)
            before_s, before = time_s, guess.falling
        return best

    def _seen_within(self, seconds: float) -> float:
        """When the last `seconds` in sight began: what happened out of sight nobody saw."""
        later_s = self._guesses[-1][0] if self._guesses else 0.0
        begin_s = later_s - seconds
        for time_s, _ in reversed(self._guesses):
            begin_s -= max(0.0, later_s - time_s - self._p.lost_after_s)
            if time_s < begin_s:
                break
            later_s = time_s
        return begin_s

    def _last(self, seconds: float) -> list[Guess]:
        if not self._guesses:
            return []
        since = self._guesses[-1][0] - seconds
        return [guess for time_s, guess in self._guesses if time_s >= since]


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0
