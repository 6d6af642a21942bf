"""One driver at a time, by name."""

from __future__ import annotations


class DriverSeat:
    """Whoever drives keeps the seat until silent for `free_after_s`."""

    def __init__(self, free_after_s: float) -> None:
        self._free_after_s = free_after_s
        self._driver = ""
        self._seen_s = 0.0

    def driver(self, now_s: float) -> str:
        """Who drives at `now_s`; empty where nobody does."""
        return self._driver if now_s - self._seen_s < self._free_after_s else ""

    def take(self, name: str, now_s: float) -> bool:
        """Whether `name` drives from now on, or goes on driving; False where somebody else does, or without a name."""
        if not name or self.driver(now_s) not in ("", name):
            return False
        self._driver, self._seen_s = name, now_s
        return True

    def leave(self, name: str) -> None:
        """`name` gives the seat up; nothing changes where somebody else has it."""
        if self._driver == name:
            self._driver = ""
