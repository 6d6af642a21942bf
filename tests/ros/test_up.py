"""`carebot up` as a user runs it: real nodes, real signals, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray

WAIT_S = 60.0
PROFILE = """
robot: test_robot
processes:
  - name: watch
    nodes:
      falls: {confirm_after_s: 3}
"""


class Up:
    """A running `carebot up` and the lines that it has printed."""

    def __init__(self, *arguments: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from carebot.cli import main; main()", "up", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def pids(self) -> list[int]:
        """Of the processes that it has started, in order; all that ever were."""
        return [int(found) for line in self.lines for found in re.findall(r"started \(process (\d+)\)", line)]

    def wait_until(self, condition: Callable[[], object]) -> None:
        until_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < until_s, self.lines
            time.sleep(0.02)

    def ended(self) -> int:
        code = self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(WAIT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "watch.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    return str(path)


@pytest.fixture
def up() -> Iterator[Callable[..., Up]]:
    with contextlib.ExitStack() as stack:

        def _up(*arguments: str) -> Up:
            made = Up(*arguments)
            stack.callback(made.close)
            return made

        yield _up


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_what_is_killed_comes_back_and_ctrl_c_ends_all(peer, up, profile: str) -> None:
    heard = peer.collect(DiagnosticArray, "diagnostics")
    running = up(profile)
    peer.wait_until(lambda: heard, "the node's diagnostics")
    os.kill(running.pids()[0], signal.SIGKILL)
    running.wait_until(lambda: len(running.pids()) == 2)
    assert any("watch was killed by SIGKILL" in line for line in running.lines)
    heard.clear()
    peer.wait_until(lambda: heard, "the diagnostics of the node that was started again")

    running.process.send_signal(signal.SIGINT)
    assert running.ended() == 0
    assert all(map(is_gone, running.pids()))
    assert not any("Traceback" in line for line in running.lines)


def test_sigterm_right_after_the_start_leaves_nothing(up, profile: str) -> None:
    running = up(profile)
    running.wait_until(running.pids)
    running.process.terminate()
    assert running.ended() == 0
    assert all(map(is_gone, running.pids()))
    assert not any("Traceback" in line for line in running.lines)


def test_nothing_outlives_a_supervisor_that_was_killed(peer, up, profile: str) -> None:
    heard = peer.collect(DiagnosticArray, "diagnostics")
    running = up(profile)
    peer.wait_until(lambda: heard, "the node's diagnostics")
    running.process.kill()
    running.wait_until(lambda: all(map(is_gone, running.pids())))


def test_a_second_up_of_the_same_robot_is_refused_with_the_first_one_s_number(up, profile: str) -> None:
    first = up(profile)
    first.wait_until(first.pids)
    second = up(profile)
    assert second.ended() == 1
    assert second.pids() == []
    [sentence] = second.lines
    assert f"the robot 'test_robot' is already running (process {first.process.pid})" in sentence
    third = up(profile, "--set", "robot=another")
    third.wait_until(third.pids)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "falls.confirm_after_s=soon"], "confirm_after_s"),
        (["--set", "falls.confrm=1"], "confrm"),
        (["--set", "robot=A"], "robot name"),
        (["--set", "tablet.port=1"], "tablet.port"),
    ],
)
def test_bad_input_is_exit_code_2_and_a_sentence(up, profile: str, arguments: list[str], said: str) -> None:
    running = up(profile, *arguments)
    assert running.ended() == 2
    assert any(said in line for line in running.lines)
    assert not any("Traceback" in line for line in running.lines)
    assert all(map(is_gone, running.pids()))


def test_an_unknown_profile_is_exit_code_2(up) -> None:
    running = up("nothing")
    assert running.ended() == 2
    assert "there is no profile 'nothing'" in running.lines[0]
