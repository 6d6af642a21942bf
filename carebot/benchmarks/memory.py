"""What a process holds in memory, as Linux tells it in /proc."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """The resident memory of the process now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory_mb(pid: int) -> float:
    """The largest resident memory of the process so far."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def grown(samples: Sequence[float]) -> float:
    """By how much the least of the later half of `samples` is above the least of the earlier half; 0 of fewer than two.

    What is in use for a moment comes and goes; what leaks raises the least as well.
    """
    half = len(samples) // 2
    return min(samples[half:]) - min(samples[:half]) if half else 0.0
