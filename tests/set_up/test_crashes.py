"""Workers of pytest that die by a signal, in a pytest of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crashes import CrashProofScheduling

REPOSITORY = Path(__file__).resolve().parents[2]
DYING = """
import os, signal, pathlib, pytest
@pytest.mark.parametrize("number", range(8))
def test_dying(number):
    died = pathlib.Path({died!r})
    if number == 3 and len(died.read_text()) < {times}:
        died.write_text(died.read_text() + "x")
        os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.mark.parametrize(("times", "said"), [(1, "32 passed, 1 rerun"), (2, "1 failed, 32 passed, 1 rerun")])
def test_a_dying_worker(tmp_path: Path, times: int, said: str) -> None:
    died = tmp_path / "died"
    died.write_text("")
    (tmp_path / "test_0.py").write_text(DYING.format(died=str(died), times=times))
    for number in (1, 2, 3):
        (tmp_path / f"test_{number}.py").write_text("import pytest\n@pytest.mark.parametrize('n', range(8))\n"
                                                    "def test_living(n): pass\n")  # fmt: skip
    options = ["-q", "-p", "tests.crashes", "-n", "2", "--dist", "loadfile", "--reruns", "2", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert said in run.stdout, run.stdout + run.stderr
    assert (run.returncode == 0) == (times == 1)


class Worker:
    """What the scheduler needs of one."""

    shutting_down = False

    def __init__(self) -> None:
        self.gateway, self.given = self, list[int]()

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def test_who_has_not_collected_yet_when_another_dies_gets_its_tests_later(pytestconfig: pytest.Config) -> None:
    tests = ["a.py::one", "a.py::two", "a.py::three"]
    config = pytestconfig.fromdictargs({"tx": ["popen"], "dist": "loadfile", "loadscopereorder": False}, [])
    scheduler, dies, comes = CrashProofScheduling(config), Worker(), Worker()
    scheduler.add_node(dies)
    scheduler.add_node_collection(dies, tests)
    scheduler.schedule()
    scheduler.mark_test_complete(dies, 0)
    scheduler.add_node(comes)
    assert scheduler.remove_node(dies) == "a.py::two"
    assert comes.given == []
    scheduler.add_node_collection(comes, tests)
    scheduler.schedule()
    assert comes.given == [1, 2]
