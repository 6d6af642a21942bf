"""How a process that must be in time gets its share of a busy machine."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

NICENESS = -15
"""A user may ask for this where the systemd unit or /etc/security/limits.conf allows it (LimitNICE, nice)."""
REALTIME_PRIORITY = 10
"""Of SCHED_RR: above every ordinary process, below the kernel's own threads (50). Allowed by LimitRTPRIO, rtprio.

A process that hangs cannot take the machine with it: the kernel keeps 5 % of each core for the others.
"""
SWITCH_INTERVAL_S = 0.001
"""How long threads wait for one another at most; Python's own 5 ms are a quarter of a period of driving."""


def run_in_real_time() -> str:
    """Run this thread before everything that is not in real time, or at least before others, as this user may.

    Returns what was granted, such as "real time 10" or "niceness 0". Threads and processes that are started later take
    after this one.
    """
    niceness = hurry()
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
        return f"real time {REALTIME_PRIORITY}"
    return f"niceness {niceness}"


@contextlib.contextmanager
def in_real_time() -> Iterator[None]:
    """Threads that are started meanwhile run in real time where this user may ask for that; this one only meanwhile."""
    scheduler, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    run_in_real_time()
    try:
        yield
    finally:
        os.sched_setscheduler(0, scheduler, parameters)


def hurry() -> int:
    """Run before others, where this user may ask for that; returns the niceness in force.

    Threads and processes that are started later take after this one.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    return os.getpriority(os.PRIO_PROCESS, 0)
