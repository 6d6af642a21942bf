"""How long to wait before the next try."""

from __future__ import annotations


class Backoff:
    """Waits that double from `first_s` up to `most_s`."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._wait_s = first_s
        self._not_before_s = float("-inf")

    def is_over(self, now_s: float) -> bool:
        return now_s >= self._not_before_s

    def failed(self, now_s: float) -> None:
        """A try ended at `now_s` in vain."""
        self._not_before_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, self._most_s)

    def reset(self) -> None:
        """It worked: the next failure waits for the first time only."""
        self._wait_s = self._first_s
        self._not_before_s = float("-inf")
