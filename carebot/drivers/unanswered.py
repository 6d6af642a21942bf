"""How long a device that has to be asked owes its answer, and whether it may have started anew meanwhile."""

from __future__ import annotations

HOLD_AFTER_S = 0.07
"""Longer than the answers of a slow line take, and shorter than any controller needs to boot."""


class Unanswered:
    """For devices that forget their watchdog when they restart, and then obey whoever still commands them.

    One that was silent for `HOLD_AFTER_S` gets zero speeds until it has shown that its watchdog is set.
    Tell what was written and what came; times are those of the caller's clock.
    """

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._is_doubted = False

    @property
    def is_owed(self) -> bool:
        """Whether an answer is outstanding."""
        return self._since_s is not None

    def wrote(self, now_s: float) -> None:
        """Something was written that the device answers."""
        if self._since_s is None:
            self._since_s = now_s

    def heard(self) -> None:
        """The device answered something."""
        self._since_s = None

    def trust(self) -> None:
        """The device has just told that its watchdog is set."""
        self._is_doubted = False

    def doubt(self) -> None:
        """The device has told something that it should not have."""
        self._is_doubted = True

    def must_hold(self, now_s: float) -> bool:
        """Whether only zero speeds may be sent now."""
        if self._since_s is not None and now_s - self._since_s >= HOLD_AFTER_S:
            self._is_doubted = True
        return self._is_doubted
