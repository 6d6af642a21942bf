"""Who must be in time asks for it, and lives with a no."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from carebot.chassis.priority import REALTIME_PRIORITY, in_real_time

ASK = """
import os, sys
from carebot.chassis.priority import run_in_real_time
if sys.argv[1:]: os.setuid(int(sys.argv[1]))
print(run_in_real_time(), os.sched_getscheduler(0) == os.SCHED_RR)
"""


def may_run_in_real_time() -> bool:
    asked = subprocess.run(["chrt", "-r", "1", "true"], capture_output=True, check=False)
    return asked.returncode == 0


def ask(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", ASK, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.skipif(not may_run_in_real_time(), reason="this user may not run anything in real time")
class TestWhoMay:
    def test_runs_in_real_time(self) -> None:
        assert ask() == f"real time {REALTIME_PRIORITY} True"

    def test_threads_started_meanwhile_stay_so_and_the_starter_does_not(self) -> None:
        before = os.sched_getscheduler(0)
        found: list[int] = []
        with in_real_time():
            thread = threading.Thread(target=lambda: found.append(os.sched_getscheduler(0)))
            thread.start()
        thread.join()
        assert found == [os.SCHED_RR]
        assert os.sched_getscheduler(0) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not")
def test_who_may_not_runs_all_the_same() -> None:
    assert ask("65534") == f"niceness {os.getpriority(os.PRIO_PROCESS, 0)} False"
