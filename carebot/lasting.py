"""For how long something has been so that is seen again and again."""

from __future__ import annotations


class Lasting:
    """Ask it whenever it is so; a gap of more than `gap_s` in between begins it anew, and so does a clock set back."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._began_s = self._last_s = -1e12

    def lasts_s(self, now_s: float) -> float:
        """It is so now."""
        if not 0.0 <= now_s - self._last_s <= self._gap_s:
            self._began_s = now_s
        self._last_s = now_s
        return now_s - self._began_s
