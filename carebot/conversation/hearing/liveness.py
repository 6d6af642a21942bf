"""Whether sound really comes: a microphone may stall, end, or give zeros only, and each is said in a sentence."""

from __future__ import annotations

from carebot.conversation.hearing.sound import Block

STALLED_AFTER_S = 2.5
"""Later than a microphone notices it by itself (2 s): this one holds wherever the listening hangs."""

ZEROS_AFTER_S = 2.0
"""Even in a quiet room the last bit of a live microphone moves."""


class Liveness:
    """Why nothing is heard, from the blocks that came and the time. Sound that is read as it comes from one thread, and
    a fault that is asked for in another, are both fine: each attribute is written by the first alone.

    `may_be_zeros`: exact silence is no fault, as behind a noise gate or in a recording.
    """

    def __init__(self, may_be_zeros: bool = False) -> None:
        self._may_be_zeros = may_be_zeros
        self._why: str | None = None
        self._newest_s: float | None = None
        self._zero_s = 0.0

    def begins(self) -> None:
        """Sound is looked for; until it comes, what was wrong before stays wrong."""
        self._zero_s = 0.0

    def heard(self, block: Block, now_s: float) -> None:
        """A block came, `now_s` by the clock."""
        self._zero_s = 0.0 if block.samples.any() else self._zero_s + block.end_s - block.start_s
        self._newest_s = now_s
        if not self._zero_s or self._may_be_zeros:
            self._why = ""
        elif self._zero_s >= ZEROS_AFTER_S:
            self._why = "the microphone gives nothing but exact silence: check whether it is muted or unplugged."

    def lost(self, why: str) -> None:
        """Sound has ended, for the reason given."""
        self._newest_s = None
        self._why = why

    def fault(self, now_s: float) -> str | None:
        """Why nothing is heard; "" where sound comes, None where it has not come yet."""
        newest_s = self._newest_s
        if not self._why and newest_s is not None and now_s - newest_s >= STALLED_AFTER_S:
            return f"no sound has come for {STALLED_AFTER_S:g} s: check that the microphone is plugged in."
        return self._why
