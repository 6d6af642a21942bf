"""How often somebody who lay got up, counted from what one picture after the other shows; flicker is no getting up."""

from __future__ import annotations

from carebot.lasting import Lasting
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
        self._lying, self._up = Lasting(LYING_GAP_S), Lasting(UP_GAP_S)
        self._has_lain = False

    def see(self, doing: Doing, now_s: float) -> bool:
        """Whether somebody has got up just now."""
        if doing is Doing.LYING and self._lying.lasts_s(now_s) >= LAIN_S:
            self._has_lain = True
        if doing is not Doing.UP or self._up.lasts_s(now_s) < UP_S or not self._has_lain:
            return False
        self._has_lain, self._lying = False, Lasting(LYING_GAP_S)
        return True
