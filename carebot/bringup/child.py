"""One supervised process: started in a session of its own, its lines collected, nothing of it left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator

from carebot.bringup.commands import Command
from carebot.ros.process import PARENT_VARIABLE

LONGEST_LINE = 8192
READ_SIZE = 65536


class Child:
    """A running process. `output` is the descriptor to wait on; whoever made it must call `reap` in the end.

    It has to be started by the main thread: the kernel ties its life to the thread that started it.
    """

    def __init__(self, command: Command, now_s: float) -> None:
        self.name, self.started_s = command.name, now_s
        self.at_end_of_output = False
        self._partial = b""
        self._process = subprocess.Popen(
            command.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **command.environment, PARENT_VARIABLE: str(os.getpid())},
        )
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        os.set_blocking(self._pipe.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> int:
        return self._pipe.fileno()

    def lines(self) -> Iterator[str]:
        """The whole lines that have come since the last call; never waits."""
        with contextlib.suppress(BlockingIOError):
            while not self.at_end_of_output:
                data = os.read(self._pipe.fileno(), READ_SIZE)
                self.at_end_of_output = not data
                *whole, self._partial = (self._partial + data).split(b"\n")
                yield from map(_text, whole)
                if len(self._partial) > LONGEST_LINE:
                    yield self._take_partial()

    def has_ended(self) -> bool:
        """Whether it has; it stays a zombie until `reap`, so that its number cannot become another process's."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def send(self, number: signal.Signals) -> None:
        """Signal it and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def reap(self) -> tuple[int, list[str]]:
        """Kill what is left of its group; the exit code (negative: the signal) and its last lines."""
        self.send(signal.SIGKILL)
        code = self._process.wait()
        last = list(self.lines())
        if self._partial:
            last.append(self._take_partial())
        self._pipe.close()
        return code, last

    def _take_partial(self) -> str:
        partial, self._partial = self._partial, b""
        return _text(partial)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"
