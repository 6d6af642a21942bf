"""When the robot speaks of urgent things only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` to `end`, over midnight where that is earlier; none where both are the same."""

    begin: time
    end: time

    def holds(self, at: time) -> bool:
        """Whether the local time `at` is a quiet one."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def why(self, at: time) -> str:
        """Why only urgent things are heard at `at`; empty where all are."""
        if not self.holds(at):
            return ""
        return f"it is a quiet hour ({self.begin:%H:%M} to {self.end:%H:%M}): only urgent things are heard"
