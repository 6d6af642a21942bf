"""Real processes that are killed: what is said of it, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures.process import _ExecutorManagerThread
from functools import partial
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from carebot.errors import SetupError
from carebot.workers import done_by
from tests.evaluation.recordings import save, sequence
from tests.falls.scenes import DAILY_LIFE

CAREBOT = str(Path(sys.executable).with_name("carebot"))
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ties a process to its parent")
PARENT = """
import time
from functools import partial
from carebot.workers import done_by
if __name__ == "__main__":
    list(done_by([partial(time.sleep, 100)] * 2, 2))
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_everything_is_done(jobs: int) -> None:
    assert sorted(done_by([partial(pow, 2, 3), partial(pow, 3, 2), partial(pow, 1, 1)], jobs)) == [
        (0, 8),
        (1, 9),
        (2, 1),
    ]


def test_what_a_call_raises_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        list(done_by([partial(divmod, 1, 0), partial(divmod, 1, 1)], 2))


def test_a_killed_process_is_one_sentence() -> None:
    with pytest.raises(SetupError, match="a process was ended, perhaps for lack of memory: use fewer --jobs"):
        list(done_by([partial(signal.raise_signal, signal.SIGKILL), partial(time.sleep, 0.1)], 2))


def test_one_that_is_killed_while_another_starts_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[SpawnProcess] = []
    start = SpawnProcess.start

    def start_late(process: SpawnProcess) -> None:
        """The second one: whoever minds the pool has ended with the first before it is in the pool's list."""
        start(process)
        started.append(process)
        if len(started) == 2:
            started[0].kill()
            for thread in set(threading.enumerate()) - {threading.current_thread()}:
                if isinstance(thread, _ExecutorManagerThread):
                    thread.join(30)

    monkeypatch.setattr(SpawnProcess, "start", start_late)
    with pytest.raises(SetupError, match="a process was ended"):
        list(done_by([partial(time.sleep, 100)] * 2, 2))
    assert len(started) == 2
    started[1].join(30)
    assert started[1].exitcode == -signal.SIGKILL


@LINUX
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nobody_outlives_the_parent(tmp_path: Path, end: signal.Signals) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(program)])
    try:
        until = time.monotonic() + 60
        while len(children := workers_of(parent.pid)) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(1.0)  # they are there before they are tied
        parent.send_signal(end)
        parent.wait(10)
        until = time.monotonic() + 10
        while any(is_alive(pid) for pid in children):
            assert time.monotonic() < until, "workers were left behind"
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.wait()


@LINUX
@pytest.mark.parametrize("words", ["eval falls FOLDER --jobs 2 --json", "sim batch faint --jobs 2 --json"])
def test_the_command_says_that_a_process_was_killed(words: str, tmp_path: Path) -> None:
    save(tmp_path / "sit.npz", sequence(DAILY_LIFE["sits down"]))
    save(tmp_path / "walk.npz", sequence(DAILY_LIFE["walks about"]))
    (tmp_path / "labels.csv").write_text("path,label\nsit.npz,adl\nwalk.npz,adl\n", encoding="utf-8")
    command = [CAREBOT, *words.replace("FOLDER", str(tmp_path)).split()]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (children := workers_of(running.pid)):
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(children[0], signal.SIGKILL)
    printed, said = running.communicate(timeout=60)
    assert (running.returncode, printed) == (1, "")
    assert "carebot: a process was ended, perhaps for lack of memory: use fewer --jobs.\n" in said
    assert "Traceback" not in said


def workers_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
