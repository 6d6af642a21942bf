"""Near-falls: the trunk goes down quickly and is up again at once."""

from __future__ import annotations

from carebot.falls.sights import GAP_S, STANDING_HIP_BL, Recent, Sight
from carebot.noticed import Noticed, NoticedKind

STEADY_S = 1.0
WITHIN_S = 1.1  # from when it is seen, a third of a second after it began; picking something up takes 1.3 s and more
HIP_DROP_BL, SHOULDER_DROP_BL = 0.05, 0.1
"""Hips and shoulders both: who bends or bows keeps the hips up, and walking moves neither by more than 0.04."""

SPEED_BL_S = 0.4  # as for a fall: picking something up reaches 0.3 and takes 2 s
BACK_BL = 0.03
SETTLED_S = 3.0
"""So long the person has to stay on their feet: a fall, a seat or the next knee-bend says that it was none."""


class Stumbling:
    """Watches one person; `see` returns the near-fall once it is sure that it was one."""

    def __init__(self) -> None:
        self._steady = Recent(2.0)
        self._dip: _Dip | None = None
        self._waiting: Noticed | None = None
        self._last_s = 0.0

    def see(self, track_id: int, sight: Sight) -> Noticed | None:
        gap_s, self._last_s = sight.time_s - self._last_s, sight.time_s
        if not sight.is_whole or not sight.floor_is_seen or sight.has_alarm or gap_s > GAP_S:
            self._forget()
            return None
        if self._dip is None:
            self._look_for_a_dip(sight)
        else:
            self._follow(track_id, sight, self._dip)
        return self._settled(sight.time_s)

    def _look_for_a_dip(self, sight: Sight) -> None:
        if self._steady.span_s >= STEADY_S:
            hip_bl = self._steady.median(lambda each: each.hip_bl)
            shoulder_bl = self._steady.median(lambda each: each.shoulder_bl)
            if hip_bl - sight.hip_bl >= HIP_DROP_BL or shoulder_bl - sight.shoulder_bl >= SHOULDER_DROP_BL:
                if self._waiting is not None:  # one after the other is exercise
                    self._waiting = None
                self._dip = _Dip(sight.time_s, hip_bl, shoulder_bl)
                self._dip.add(sight)
                return
        self._steady.add(sight) if sight.hip_bl >= STANDING_HIP_BL else self._forget()

    def _follow(self, track_id: int, sight: Sight, dip: _Dip) -> None:
        dip.add(sight)
        if sight.time_s - dip.began_s > WITHIN_S:
            self._forget()
        elif dip.is_over(sight):
            self._dip = None
            self._waiting = dip.noticed(track_id, sight)

    def _settled(self, now_s: float) -> Noticed | None:
        waiting = self._waiting
        if waiting is None or now_s - waiting.time_s < SETTLED_S:
            return None
        self._waiting = None
        return waiting

    def _forget(self) -> None:
        self._steady.clear()
        self._dip = self._waiting = None


class _Dip:
    """The trunk is lower than it was."""

    def __init__(self, began_s: float, hip_bl: float, shoulder_bl: float) -> None:
        self.began_s = began_s
        self._hip_bl, self._shoulder_bl = hip_bl, shoulder_bl
        self._hip_drop_bl = self._shoulder_drop_bl = self._speed_bl_s = 0.0

    def add(self, sight: Sight) -> None:
        self._hip_drop_bl = max(self._hip_drop_bl, self._hip_bl - sight.hip_bl)
        self._shoulder_drop_bl = max(self._shoulder_drop_bl, self._shoulder_bl - sight.shoulder_bl)
        self._speed_bl_s = max(self._speed_bl_s, sight.speed_bl_s)

    def is_over(self, sight: Sight) -> bool:
        return sight.hip_bl > self._hip_bl - BACK_BL and sight.shoulder_bl > self._shoulder_bl - 2 * BACK_BL

    def noticed(self, track_id: int, sight: Sight) -> Noticed | None:
        deep = self._hip_drop_bl >= HIP_DROP_BL and self._shoulder_drop_bl >= SHOULDER_DROP_BL
        if not deep or self._speed_bl_s < SPEED_BL_S:
            return None
        numbers = {
            "drop_bl": (self._hip_drop_bl + self._shoulder_drop_bl) / 2.0,
            "peak_speed_bl_s": self._speed_bl_s,
            "recovered_in_s": sight.time_s - self.began_s,
        }
        return Noticed(NoticedKind.NEAR_FALL, self.began_s, track_id, "stumbled", numbers)
