"""The time that a step has spent, for jobs that end when some of it is over."""

from __future__ import annotations


class Spent:
    """Counts from `began_s`, or from when it is first asked. A clock that is set back makes nothing last longer than
    from there on."""

    def __init__(self, began_s: float | None = None) -> None:
        self._began_s = began_s

    def seconds(self, now_s: float) -> float:
        """Until now."""
        self._began_s = now_s if self._began_s is None else min(self._began_s, now_s)
        return now_s - self._began_s
