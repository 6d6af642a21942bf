"""Small real nodes in processes of their own: every way in which one may end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
from rclpy.node import Node
from carebot.errors import ConfigError, DeviceError
from carebot.ros.run import run

class TriedNode(Node):
    def __init__(self):
        super().__init__("tried")
        {start}
        self.create_timer(0.05, self.tick)

    def tick(self):
        print("ready", flush=True)
        {tick}

    def destroy_node(self):
        print("destroyed", flush=True)
        {end}
        super().destroy_node()

run(TriedNode)
"""


def program(tmp_path: Path, start: str = "pass", tick: str = "pass", end: str = "pass") -> list[str]:
    path = tmp_path / "tried.py"
    path.write_text(PROGRAM.format(start=start, tick=tick, end=end), encoding="utf-8")
    return [sys.executable, str(path)]


def ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_is_a_good_end(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(program(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "destroyed" in out
    assert errors == ""


def test_a_callback_is_not_interrupted_in_its_middle(tmp_path: Path) -> None:
    tick = "import time; time.sleep(0.5); print('finished', flush=True)"
    with subprocess.Popen(program(tmp_path, tick=tick), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert out.startswith("finished\n")
    assert process.returncode == 0


def test_bad_input_at_the_start_is_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    done = ended(program(tmp_path, start="raise ConfigError('the key x is bad: correct it.')"))
    assert (done.returncode, done.stderr) == (2, "tried: the key x is bad: correct it.\n")


def test_a_half_made_node_that_cannot_be_destroyed_does_not_hide_why(tmp_path: Path) -> None:
    done = ended(program(tmp_path, start="raise ConfigError('the key x is bad.')", end="self.never_made.close()"))
    assert done.returncode == 2
    assert "tried: the key x is bad.\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_known_failure_while_running_is_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    done = ended(program(tmp_path, tick="raise DeviceError('the camera has gone.')"))
    assert (done.returncode, done.stderr) == (1, "tried: the camera has gone.\n")
    assert "destroyed" in done.stdout


def test_a_bug_shows_its_traceback(tmp_path: Path) -> None:
    done = ended(program(tmp_path, tick="1 / 0"))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    done = ended([*program(tmp_path), "--ros-args", "-p", "tried:colour:=red"])
    assert done.returncode == 2
    assert "the node /tried has no parameter 'colour'" in done.stderr


def test_a_stop_during_a_slow_start_is_no_failure(tmp_path: Path) -> None:
    start = "import time; print('starting', flush=True); time.sleep(0.5); self.create_timer(1.0, self.tick)"
    with subprocess.Popen(
        program(tmp_path, start=start), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "starting\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("names", "said"), [([], "no node"), (["fals"], "fals"), (["falls", "tablet"], "process of its own")]
)
def test_a_process_of_unknown_nodes_says_which_there_are(names: list[str], said: str) -> None:
    done = ended([sys.executable, "-m", "carebot.ros.process", *names, "--ros-args"])
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_process_whose_supervisor_is_gone_already_ends_at_once() -> None:
    environment = {**os.environ, "CAREBOT_PARENT_PID": "1"}
    command = [sys.executable, "-m", "carebot.ros.process", "falls"]
    began_s = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, (done, time.monotonic() - began_s)
