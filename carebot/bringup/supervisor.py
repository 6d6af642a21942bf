"""One robot's software, from `with` to its end: at most once on a machine, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType

from carebot.bringup.commands import commands
from carebot.bringup.lock import only_one, run_dir
from carebot.bringup.notify import READY, STOPPING, Notifier
from carebot.bringup.processes import OWN_NAME, Processes
from carebot.bringup.profile import Profile
from carebot.bringup.restarts import BAD_INPUT, RestartParameters

LONGEST_WAIT_S = 0.2
"""A signal is noticed within this time."""


class Supervisor:
    """Runs the processes of `profile`; `say` gets each line with the name of the process that it comes from.

    Use it from the main thread only: the processes die with the thread that started them.
    """

    def __init__(
        self, profile: Profile, say: Callable[[str, str], None], restarts: RestartParameters | None = None
    ) -> None:
        self._profile, self._say, self._restarts = profile, say, restarts
        self._opened = contextlib.ExitStack()
        self._processes = Processes([], say)
        self._stop_signals = 0

    def __enter__(self) -> Supervisor:
        """Start everything. Raises SetupError where the robot is already running."""
        with contextlib.ExitStack() as opened:
            opened.enter_context(only_one(self._profile.robot))
            todo = commands(self._profile, run_dir() / self._profile.robot, os.environ)
            self._processes = Processes(todo, self._say, self._restarts)
            opened.callback(self._processes.stop)
            self._processes.start()
            self._opened = opened.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    def pids(self) -> dict[str, int]:
        """The running processes by name."""
        return self._processes.pids()

    def step(self, timeout_s: float = LONGEST_WAIT_S) -> str | None:
        """See `Processes.step`: call it often, it hands on output and starts again what has died."""
        return self._processes.step(min(timeout_s, LONGEST_WAIT_S))

    def run(self) -> int:
        """Step until SIGINT, SIGTERM or SIGHUP; 0, or 2 where a process found bad input at its very first start."""
        notifier = Notifier()
        with self._signals_counted():
            notifier.tell(READY)
            while not self._stop_signals:
                notifier.alive(time.monotonic())
                if self.step() is not None:
                    return BAD_INPUT
            notifier.tell(STOPPING)
            self._say(OWN_NAME, "stopping")
            self._opened.close()
        return 0

    @contextlib.contextmanager
    def _signals_counted(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1
        if self._stop_signals > 1:
            self._processes.hurry()
