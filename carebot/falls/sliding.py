"""Slow descents: somebody slides down to the floor, too slowly for a fall, and stays there."""

from __future__ import annotations

import math

from carebot.falls.person_state import PersonState
from carebot.falls.sights import GAP_S, STANDING_HIP_BL, Recent, Sight
from carebot.noticed import Noticed, NoticedKind

LEFT_BL = 0.05
ON_FLOOR_HIP_BL = 0.12  # a chair's seat is at 0.27, a low sofa's at 0.2
SHORTEST_S, LONGEST_S = 1.0, 10.0
STAYS_S = 3.0
LEANS = 0.83
"""A torso shorter than this part of its standing height leans: who sits down on purpose leans by 35° or more."""

KNEELING_HIP_BL, KNEELING_SHIN_BL = 0.16, 0.08
"""Shins that lie while the hips are still up kneel, and kneeling is on purpose."""


class Sliding:
    """Watches one person; `see` returns the descent once they have stayed on the floor for STAYS_S."""

    def __init__(self) -> None:
        self._steady = Recent(2.0)
        self._down: _Descent | None = None
        self._last_s = 0.0

    def see(self, track_id: int, sight: Sight) -> Noticed | None:
        gap_s, self._last_s = sight.time_s - self._last_s, sight.time_s
        gone = gap_s > GAP_S * 3 or not sight.floor_is_seen or sight.has_alarm
        if gone or sight.state is PersonState.RESTING:
            self._forget()
            return None
        if not sight.is_whole:
            return None
        if self._down is None:
            self._look_for_a_descent(sight)
            return None
        return self._follow(track_id, sight, self._down)

    def _look_for_a_descent(self, sight: Sight) -> None:
        standing_bl = self._steady.median(lambda each: each.hip_bl)
        if self._steady.span_s >= 1.0 and sight.hip_bl < standing_bl - LEFT_BL:
            torso_bl = self._steady.median(lambda each: each.torso_bl)
            self._down = _Descent(sight.time_s, standing_bl, torso_bl)
        elif sight.hip_bl >= STANDING_HIP_BL:
            self._steady.add(sight)
        else:
            self._steady.clear()

    def _follow(self, track_id: int, sight: Sight, down: _Descent) -> Noticed | None:
        down.add(sight)
        if sight.hip_bl > down.standing_bl - LEFT_BL / 2 or down.is_on_purpose or down.takes_too_long(sight.time_s):
            self._forget()
        elif down.landed_s is not None and sight.time_s - down.landed_s >= STAYS_S:
            self._forget()
            return down.noticed(track_id)
        return None

    def _forget(self) -> None:
        self._steady.clear()
        self._down = None


class _Descent:
    def __init__(self, began_s: float, standing_bl: float, torso_bl: float) -> None:
        self.began_s, self.standing_bl = began_s, standing_bl
        self.landed_s: float | None = None
        self.is_on_purpose = False
        self._torso_bl = torso_bl
        self._leans = self._kneels = 0
        self._fastest_bl_s = 0.0
        self._drop_bl = 0.0

    def add(self, sight: Sight) -> None:
        self._drop_bl = max(self._drop_bl, self.standing_bl - sight.hip_bl)
        if sight.hip_bl <= ON_FLOOR_HIP_BL:
            self.landed_s = sight.time_s if self.landed_s is None else self.landed_s
            return
        if self.landed_s is not None:  # up again, if only a little: no one who lies there
            self.is_on_purpose = sight.hip_bl > 2 * ON_FLOOR_HIP_BL
            return
        self._fastest_bl_s = max(self._fastest_bl_s, sight.speed_bl_s)
        self._leans += sight.torso_bl < LEANS * self._torso_bl
        lies = math.isfinite(sight.shin_bl) and abs(sight.shin_bl) < KNEELING_SHIN_BL
        self._kneels += lies and sight.hip_bl > KNEELING_HIP_BL
        self.is_on_purpose = self._leans >= 3 or self._kneels >= 3

    def takes_too_long(self, now_s: float) -> bool:
        """Not on the floor in time, or there at once: that is a seat, or a fall, which is the alarm's matter."""
        if self.landed_s is None:
            return now_s - self.began_s > LONGEST_S
        return self.landed_s - self.began_s < SHORTEST_S

    def noticed(self, track_id: int) -> Noticed:
        landed_s = self.began_s if self.landed_s is None else self.landed_s
        numbers = {
            "descent_s": landed_s - self.began_s,
            "drop_bl": self._drop_bl,
            "peak_speed_bl_s": self._fastest_bl_s,
        }
        return Noticed(NoticedKind.SLOW_DESCENT, self.began_s, track_id, "slid_down", numbers)
