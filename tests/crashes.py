"""A worker that dies (a segmentation fault in somebody's C++) costs one test a second run, never the whole run.

pytest-xdist 3.8 waits for ever after such a death when tests are handed out file by file: it hands finished files out
again, and a worker that gets one, with nothing left to do in it, asks for no more. And where another worker dies before
the first one's successor has collected its tests, it hands them to that one all the same, stumbles, and forgets them.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling


class CrashProofScheduling(LoadFileScheduling):
    """Hands out only files with tests left to run, and only to workers that have told which tests they know."""

    def remove_node(self, node: Any) -> str | None:
        workload = self.assigned_work[node]
        for file in [file for file, tests in workload.items() if all(tests.values())]:
            del workload[file]
        crashed: str | None = super().remove_node(node)
        return crashed

    def _reschedule(self, node: Any) -> None:
        if node in self.registered_collections:
            super()._reschedule(node)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_CRASHED] = set()


_CRASHED = pytest.StashKey[set[str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> CrashProofScheduling | None:
    return CrashProofScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: CrashProofScheduling) -> None:
    """A test's first crash counts as a rerun, since the scheduler hands it out again; its second as a failure."""
    crashed = sched.config.stash[_CRASHED]
    if crashitem not in crashed:
        crashed.add(crashitem)
        report.outcome = "rerun"  # type: ignore[assignment]  # pytest-rerunfailures' word
