"""Trouble getting up: somebody rises a little from the floor or a seat and sinks back, again and again."""

from __future__ import annotations

from collections import deque

from carebot.falls.sights import GAP_S, Recent, Sight
from carebot.noticed import Noticed, NoticedKind

RESTS_S, RESTS_WITHIN_BL, AWAY_S = 0.8, 0.03, 1.5
SEAT_HIP_BL = 0.36  # higher, nobody sits; standing hips are at 0.5
UP_HIP_BL, UP_TRUNK_BL = 0.42, 0.54
FLOOR_TRUNK_BL = 0.3  # sitting on the floor; on a chair 0.42
SEAT_RISE_BL, FLOOR_RISE_BL = 0.06, 0.1
SUNK_BL = 0.04
TRY_S = 6.0  # who stays there for longer has found another posture
TRIES, WITHIN_S = 3, 60.0
"""More than one attempt is what M. E. Tinetti's assessment of balance and gait marks down for "arises" (J Am Geriatr
Soc 1986;34:119-126); a third makes sure that nobody merely sat up straight."""


class Struggling:
    """Watches one person; `see` returns the trouble at the third try within a minute, successful or not."""

    def __init__(self) -> None:
        self._rest = Recent(1.5, gap_s=AWAY_S)
        self._try: _Try | None = None
        self._tries_s: deque[float] = deque()
        self._said_s = -WITHIN_S
        self._last_s = 0.0

    def see(self, track_id: int, sight: Sight) -> Noticed | None:
        gap_s, self._last_s = sight.time_s - self._last_s, sight.time_s
        if not sight.is_whole or gap_s > 3 * GAP_S:
            self._rest.clear()
            self._try = None
            return None
        if self._try is not None:
            return self._follow(track_id, sight, self._try)
        self._look_for_a_try(sight)
        return None

    def _look_for_a_try(self, sight: Sight) -> None:
        if self._rest.span_s >= RESTS_S and self._rest.median(lambda each: each.hip_bl) <= SEAT_HIP_BL:
            trying = _Try(sight.time_s, self._rest)
            if trying.rise_bl(sight) >= trying.enough_bl:
                self._try = trying
                self._rest.clear()
                return
        usual_bl = self._rest.median(lambda each: each.hip_bl)
        if not abs(sight.hip_bl - usual_bl) > RESTS_WITHIN_BL:
            self._rest.add(sight)
        elif sight.time_s - self._rest.last_s > AWAY_S:
            self._rest.clear()
            self._rest.add(sight)

    def _follow(self, track_id: int, sight: Sight, trying: _Try) -> Noticed | None:
        if sight.hip_bl >= UP_HIP_BL and sight.trunk_bl >= UP_TRUNK_BL:
            self._try = None
            noticed = self._count(track_id, trying) if self._tries_s else None
            self._tries_s.clear()
            return noticed
        if sight.time_s - trying.began_s > TRY_S:
            self._try = None
        elif trying.rise_bl(sight) < SUNK_BL:
            self._try = None
            return self._count(track_id, trying)
        return None

    def _count(self, track_id: int, trying: _Try) -> Noticed | None:
        self._tries_s.append(trying.began_s)
        while self._tries_s[0] < trying.began_s - WITHIN_S:
            self._tries_s.popleft()
        if len(self._tries_s) < TRIES or trying.began_s - self._said_s < WITHIN_S:
            return None
        self._said_s = trying.began_s
        first_s = self._tries_s[0]
        numbers = {"tries": float(len(self._tries_s)), "within_s": trying.began_s - first_s}
        code = "rising_from_floor" if trying.from_floor else "rising_from_seat"
        return Noticed(NoticedKind.RISING_TROUBLE, first_s, track_id, code, numbers)


class _Try:
    """From a seat the hips rise, from the floor hips or trunk: who leans forward on a chair raises neither."""

    def __init__(self, began_s: float, rest: Recent) -> None:
        self.began_s = began_s
        self._hip_bl = rest.median(lambda each: each.hip_bl)
        self._trunk_bl = rest.median(lambda each: each.trunk_bl)
        self.from_floor = self._trunk_bl < FLOOR_TRUNK_BL
        self.enough_bl = FLOOR_RISE_BL if self.from_floor else SEAT_RISE_BL

    def rise_bl(self, sight: Sight) -> float:
        hips_bl, trunk_bl = sight.hip_bl - self._hip_bl, sight.trunk_bl - self._trunk_bl
        return max(hips_bl, trunk_bl) if self.from_floor else hips_bl
