"""Touches on the page that make something happen carry when they were made, in the robot's time."""

from __future__ import annotations

import math
import time

LATE_S = 3.0
"""A network that swallows everything for a while delivers it afterwards: so late, nothing is done any more."""
SENT_AT_JS = "window.carebotNow()"


def is_late(sent_s: object) -> bool:
    """Whether a touch took too long, or does not say when it was made; `sent_s` is what the browser sent."""
    if not isinstance(sent_s, int | float) or not math.isfinite(sent_s):
        return True
    return time.time() - sent_s > LATE_S
