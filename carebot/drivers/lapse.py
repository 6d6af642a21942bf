"""Whether the host itself was away: what it finds is then from before, and the silence was not the device's."""

from __future__ import annotations

HUNG_S = 0.15
"""A host that did not look for so long finds answers from before."""


class Lapse:
    """Tell it of every look; times are those of the caller's clock."""

    def __init__(self) -> None:
        self._looked_s: float | None = None

    def has_ended(self, now_s: float) -> bool:
        """Whether nobody looked for long until now; never twice in a row, for those who always look that seldom."""
        before_s = self._looked_s
        has_ended = before_s is not None and now_s - before_s >= HUNG_S
        self._looked_s = None if has_ended else now_s
        return has_ended
