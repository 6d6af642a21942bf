"""How often somebody who lay got up, counted from what one picture after the other shows; flicker is no getting up."""

from __future__ import annotations

from carebot.records.activity import Doing

LAIN_S = 60.0
"""Who lay for shorter was not in bed."""

LYING_GAP_S = 30.0
UP_S = 3.0
UP_GAP_S = 1.0
"""Somebody is up who was seen up for `UP_S`, never out of sight or otherwise for longer than `UP_GAP_S`."""


class Rises:
    """`see` is told one look after the other; between lying and being up anything may be, also nothing in sight."""

    def __init__(self) -> None:
        self._lying, self._up = _Run(LYING_GAP_S), _Run(UP_GAP_S)
        self._has_lain = False

    def see(self, doing: Doing, now_s: float) -> bool:
        """Whether somebody has got up just now."""
        if doing is Doing.LYING and self._lying.lasts_s(now_s) >= LAIN_S:
            self._has_lain = True
        if doing is not Doing.UP or self._up.lasts_s(now_s) < UP_S or not self._has_lain:
            return False
        self._has_lain, self._lying = False, _Run(LYING_GAP_S)
        return True


class _Run:
    """For how long something has been so, but for gaps."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._began_s = self._last_s = -1e12

    def lasts_s(self, now_s: float) -> float:
        """It is so now."""
        if not 0.0 <= now_s - self._last_s <= self._gap_s:
            self._began_s = now_s
        self._last_s = now_s
        return now_s - self._began_s
