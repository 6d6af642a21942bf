"""Real processes: small Python programs in the place of nodes, which makes every way of ending quick to reach."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carebot.bringup.commands import Command
from carebot.bringup.processes import Processes
from carebot.bringup.restarts import RestartParameters

WAIT_S = 30.0
QUICK = RestartParameters(first_pause_s=0.05, longest_pause_s=0.2)
FOR_EVER = "import time; print('ready', flush=True); time.sleep(1000)"
STUBBORN = (
    "import signal, time\n"
    "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)\n"
    "print('ready', flush=True); time.sleep(1000)"
)


class Bench:
    """Processes that run `programs`, and what they said."""

    def __init__(self, programs: dict[str, str]) -> None:
        self.said: list[tuple[str, str]] = []
        todo = [Command(name, (sys.executable, "-c", code), {}) for name, code in programs.items()]
        self.processes = Processes(todo, lambda *line: self.said.append(line), QUICK)

    def step_until(self, condition: Callable[[], bool]) -> None:
        until_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < until_s, self.said
            self.processes.step(0.02)

    def heard(self, text: str, times: int = 1) -> bool:
        return sum(text in line for _, line in self.said) >= times


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    with contextlib.ExitStack() as stack:

        def make(**programs: str) -> Bench:
            made = Bench(programs)
            stack.callback(made.processes.stop)
            made.processes.start()
            return made

        yield make


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_killed_with_kill_9_is_started_again_and_the_others_are_left_alone(bench) -> None:
    it = bench(one=FOR_EVER, two=FOR_EVER)
    it.step_until(lambda: it.heard("ready", 2))
    before = it.processes.pids()
    os.kill(before["one"], signal.SIGKILL)
    it.step_until(lambda: it.heard("ready", 3))
    after = it.processes.pids()
    assert after["one"] != before["one"]
    assert after["two"] == before["two"]
    assert it.heard("one was killed by SIGKILL")


def test_every_exit_is_told_with_its_code_and_its_last_words(bench) -> None:
    it = bench(one="import sys; sys.stdout.write('no newline'); sys.exit(7)")
    it.step_until(lambda: it.heard("ended with exit code 7", 2))
    assert ("one", "no newline") in it.said


def test_bad_input_at_the_first_start_is_reported_and_not_before(bench) -> None:
    it = bench(one=FOR_EVER, two="import sys; sys.exit('the file x is bad')")
    it.step_until(lambda: it.heard("exit code 1"))
    other = bench(one=FOR_EVER, two="import sys; print('the file x is bad'); sys.exit(2)")
    hopeless: list[str | None] = []
    until_s = time.monotonic() + WAIT_S
    while not any(hopeless) and time.monotonic() < until_s:
        hopeless.append(other.processes.step(0.02))
    assert hopeless[-1] == "two"
    assert ("two", "the file x is bad") in other.said


def test_stopping_is_asked_for_politely_first(bench) -> None:
    it = bench(
        one="import time\ntry:\n print('ready', flush=True); time.sleep(1000)\nexcept KeyboardInterrupt: print('bye')"
    )
    it.step_until(lambda: it.heard("ready"))
    it.processes.stop()
    assert ("one", "bye") in it.said
    assert not it.heard("SIGTERM")


def test_who_listens_to_nothing_is_killed_and_so_is_its_offspring(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "carebot.bringup.processes.STOP_STEPS", ((signal.SIGINT, 0.2), (signal.SIGTERM, 0.2), (signal.SIGKILL, 30.0))
    )
    parent = f"import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid, flush=True)\n"
    it = bench(one=parent + STUBBORN)
    it.step_until(lambda: it.heard("ready", 2))
    pid = it.processes.pids()["one"]
    grandchild = next(int(line) for name, line in it.said if name == "one" and line.isdigit())
    it.processes.stop()
    assert it.heard("SIGKILL")
    assert not is_alive(pid)
    until_s = time.monotonic() + WAIT_S
    while is_alive(grandchild) and _state(grandchild) != "Z" and time.monotonic() < until_s:
        time.sleep(0.01)
    assert not is_alive(grandchild) or _state(grandchild) == "Z"


def _state(pid: int) -> str:
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/stat").open(encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0]
    return "Z"


def test_the_offspring_of_a_process_that_died_goes_with_it(bench) -> None:
    code = (
        "import os, subprocess, sys\n"
        f"print(subprocess.Popen([sys.executable, '-c', {FOR_EVER!r}]).pid, flush=True)\n"
        "os._exit(3)"
    )
    it = bench(one=code)
    it.step_until(lambda: it.heard("exit code 3"))
    grandchild = next(int(line) for name, line in it.said if name == "one" and line.isdigit())
    it.step_until(lambda: _state(grandchild) == "Z")


def test_a_process_that_closes_its_output_goes_on_quietly(bench) -> None:
    it = bench(one="import os, time; os.close(1); os.close(2); time.sleep(1000)", two=FOR_EVER)
    it.step_until(lambda: it.heard("ready"))
    pid = it.processes.pids()["one"]
    it.step_until(lambda: len(it.processes._selector.get_map()) == 1)  # else every step would return at once
    assert it.processes.pids()["one"] == pid


def test_much_output_without_line_ends_is_handed_on_in_pieces(bench) -> None:
    it = bench(one="import time; print('x' * 100_000, end='', flush=True); time.sleep(1000)")
    it.step_until(lambda: sum(len(line) for name, line in it.said if name == "one") > 90_000)


def test_what_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    processes = Processes(
        [Command("one", (str(tmp_path / "nothing"),), {})], lambda name, line: said.append(line), QUICK
    )
    processes.start()
    until_s = time.monotonic() + WAIT_S
    while len(said) < 3 and time.monotonic() < until_s:
        processes.step(0.02)
    processes.stop()
    assert len(said) >= 3
    assert all("one cannot be started" in line for line in said)


def test_a_reader_that_has_gone_does_not_keep_the_processes_alive() -> None:
    def broken(name: str, line: str) -> None:
        if "started" not in line:
            raise BrokenPipeError

    processes = Processes([Command("one", (sys.executable, "-c", FOR_EVER), {})], broken)
    processes.start()
    pid = processes.pids()["one"]
    with pytest.raises(BrokenPipeError):
        step_for_ever(processes)
    processes.stop()
    assert not is_alive(pid)


def step_for_ever(processes: Processes) -> None:
    while True:
        processes.step(0.05)
