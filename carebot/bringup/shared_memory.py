"""Clears away the shared memory of DDS participants that were killed; Fast DDS itself leaves it for ever."""

from __future__ import annotations

import contextlib
import fcntl
import time
from pathlib import Path

FOLDER = Path("/dev/shm")
OLD_ENOUGH_S = 10.0
"""A younger file may belong to a participant that has not locked it yet."""


def clear_dead_segments(folder: Path = FOLDER) -> int:
    """Remove the segments that no living process holds; their number.

    Fast DDS keeps `fastdds_ID_el` locked beside each segment `fastdds_ID` for as long as its process lives.
    """
    return sum(_clear(lock) for pattern in ("fastdds_*_el", "fastrtps_*_el") for lock in folder.glob(pattern))


def _clear(lock: Path) -> bool:
    segment = lock.with_name(lock.name.removesuffix("_el"))
    if "_port" in segment.name:  # ports are shared by several processes, and taken up again by the next
        return False
    with contextlib.suppress(OSError):  # held by the living, another user's, or gone meanwhile
        if time.time() - lock.stat().st_mtime < OLD_ENOUGH_S:
            return False
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            segment.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
            return True
    return False
