"""Time as something handed in: the only places that read a clock are the nodes and the commands."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in seconds; only differences matter."""

    def now_s(self) -> float: ...


class MonotonicClock:
    """The machine's clock for durations: never set back, unaffected by NTP."""

    def now_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that tests and simulations turn by hand."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        return self._now_s

    def advance(self, duration_s: float) -> None:
        self._now_s += duration_s
