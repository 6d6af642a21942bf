"""By how much a tablet's clock differs from the robot's, from questions that went to and fro.

The four stamps of one question are those of the network time protocol (RFC 5905, section 8). The shortest round trip
of the last ones is the most exact: its error is at most half of it.
"""

from __future__ import annotations

import math
from collections import deque

REMEMBERED = 16
ROUNDING_S = 1e-6
"""Seconds since 1970 are exact to a quarter of a microsecond: a quick answer may seem to come before its question."""


class ClockOffset:
    """Learns from `add`; None where nothing is known yet."""

    def __init__(self) -> None:
        self._trips: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)

    def add(self, sent_s: float, received_s: float, answered_s: float, returned_s: float) -> bool:
        """One question: sent and returned on the tablet's clock, received and answered on the robot's.

        False, and nothing is learnt, where the stamps contradict each other or are no numbers.
        """
        round_trip_s = (returned_s - sent_s) - (answered_s - received_s)
        offset_s = ((received_s - sent_s) + (answered_s - returned_s)) / 2
        if not (math.isfinite(offset_s) and round_trip_s >= -ROUNDING_S and answered_s >= received_s):
            return False
        self._trips.append((max(round_trip_s, 0.0), offset_s))
        return True

    @property
    def offset_s(self) -> float | None:
        """What to add to the tablet's clock to get the robot's."""
        return min(self._trips)[1] if self._trips else None

    @property
    def error_s(self) -> float:
        """How wrong the offset may be; infinite where nothing is known."""
        return min(self._trips)[0] / 2 if self._trips else math.inf
