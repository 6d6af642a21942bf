"""No process outlives the one that started it, however that went."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent_pid: int) -> bool:
    """Ask the kernel to kill this process when its parent, a process `parent_pid`, is gone; whether it agrees.

    Only Linux can do so, and ties a process to the thread that started it; other systems are not asked.
    """
    if not sys.platform.startswith("linux"):
        return True
    agrees = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0
    if os.getppid() != parent_pid:  # it was gone before the request was made
        os.kill(os.getpid(), signal.SIGKILL)
    return bool(agrees)
