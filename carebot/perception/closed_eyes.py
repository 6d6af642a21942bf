"""For how long the camera is off because somebody asked for it: it sees again by itself, whoever asked."""

from __future__ import annotations

import math
from pathlib import Path

from carebot.files import write_whole

LONGEST_S = 4 * 3600.0
"""However far away the end is that was asked for."""


class ClosedEyes:
    """Whether the camera is to be off."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def close_until(self, until_s: float, now_s: float) -> None:
        """Off until then (seconds since 1970 UTC); a time that is past, or none at all, means on."""
        is_time = math.isfinite(until_s) and until_s > now_s
        self._until_s = min(until_s, now_s + LONGEST_S) if is_time else 0.0

    def is_closed(self, now_s: float) -> bool:
        """A clock that was set back does not make it longer than `LONGEST_S`."""
        if self._until_s - now_s > LONGEST_S:
            self._until_s = now_s + LONGEST_S
        return now_s < self._until_s


def kept_until_s(path: Path) -> float:
    """Until when the camera is to be off, as `keep_until` wrote it; 0 where nothing that makes sense is there.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        return float(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0.0


def keep_until(path: Path, until_s: float) -> None:
    """Have a restart know it; raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, f"{until_s!r}".encode("ascii"))
