"""Several processes kept alive: started in order, started again when they die, stopped all."""

from __future__ import annotations

import contextlib
import selectors
import signal
import time
from collections.abc import Callable, Sequence

from carebot.bringup.child import Child, ending
from carebot.bringup.commands import Command
from carebot.bringup.restarts import RestartParameters, Restarts
from carebot.bringup.shared_memory import clear_dead_segments

OWN_NAME = "bringup"

STOP_STEPS = ((signal.SIGINT, 3.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))
"""Each signal, and how many seconds those that got it have."""


class _Slot:
    """A process of the profile, running or waiting for its next start."""

    def __init__(self, command: Command, restarts: Restarts) -> None:
        self.command, self.restarts = command, restarts
        self.child: Child | None = None
        self.due_s = 0.0


class Processes:
    """The processes of `todo`. Whoever has called `start` must call `stop`, whatever happened between.

    `say` gets each line: the name of the process that it comes from (`bringup` for this class itself) and the text.
    """

    def __init__(
        self, todo: Sequence[Command], say: Callable[[str, str], None], restarts: RestartParameters | None = None
    ) -> None:
        self._say_aloud = say
        self._slots = [_Slot(command, Restarts(restarts)) for command in todo]
        self._selector = selectors.DefaultSelector()
        self._is_stopping = False
        self._in_a_hurry = False

    def start(self) -> None:
        """Start all in their order."""
        for slot in self._slots:
            self._start(slot)

    def pids(self) -> dict[str, int]:
        """The running processes by name."""
        return {slot.command.name: slot.child.pid for slot in self._slots if slot.child is not None}

    def step(self, timeout_s: float) -> str | None:
        """Hand on what the processes print and start again what has died; waits at most `timeout_s`.

        Returns the name of a process that found bad input at its very first start, after which going on makes no sense.
        """
        for slot in self._slots:
            if slot.child is None and time.monotonic() >= slot.due_s:
                self._start(slot)
        self._relay(timeout_s)
        return next((slot.command.name for slot in self._slots if self._ended_hopelessly(slot)), None)

    def hurry(self) -> None:
        """Let a `stop` that is under way go on to the next signal at once; safe to call in a signal handler."""
        self._in_a_hurry = True

    def stop(self) -> None:
        """Ask, insist, then kill; every process, whatever happens with another."""
        self._is_stopping = True
        for number, patience_s in STOP_STEPS:
            self._signal_all(number)
            self._wait_for_all(patience_s)
        for slot in self._living():
            self._say(OWN_NAME, f"{slot.command.name} does not even end on SIGKILL: a device driver holds it")
        self._selector.close()

    def _start(self, slot: _Slot) -> None:
        clear_dead_segments()  # of the one before, if it was killed
        try:
            slot.child = Child(slot.command, time.monotonic())
        except OSError as error:  # no memory, no process number: perhaps later
            pause_s = slot.restarts.pause_after(0.0)
            slot.due_s = time.monotonic() + pause_s
            self._say(OWN_NAME, f"{slot.command.name} cannot be started ({error}); trying again in {pause_s:g} s")
            return
        self._selector.register(slot.child.output, selectors.EVENT_READ, slot)
        self._say(OWN_NAME, f"{slot.command.name} started (process {slot.child.pid})")

    def _relay(self, timeout_s: float) -> None:
        if not self._selector.get_map():  # all wait for their next start
            time.sleep(timeout_s)
        for key, _ in self._selector.select(timeout_s):
            self._hand_on(key.data)

    def _hand_on(self, slot: _Slot) -> None:
        if slot.child is not None:
            for line in slot.child.lines():
                self._say(slot.command.name, line)
            if slot.child.at_end_of_output:
                self._selector.unregister(slot.child.output)

    def _ended_hopelessly(self, slot: _Slot) -> bool:
        """Take leave of the process if it has ended; whether it is to be given up."""
        if slot.child is None or not slot.child.has_ended():
            return False
        lived_s = time.monotonic() - slot.child.started_s
        code = self._bury(slot)
        hopeless = slot.restarts.is_hopeless(code)
        pause_s = slot.restarts.pause_after(lived_s)
        slot.due_s = time.monotonic() + pause_s
        plan = "correct what it says and start again" if hopeless else f"starting it again in {pause_s:g} s"
        self._say(OWN_NAME, f"{slot.command.name} {ending(code)} after {lived_s:.1f} s; {plan}")
        return hopeless

    def _bury(self, slot: _Slot) -> int:
        assert slot.child is not None
        child, slot.child = slot.child, None
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.output)
        code, last_lines = child.reap()
        for line in last_lines:
            self._say(slot.command.name, line)
        return code

    def _signal_all(self, number: signal.Signals) -> None:
        self._in_a_hurry = False
        for slot in self._living():
            if number is not signal.SIGINT:
                self._say(OWN_NAME, f"{slot.command.name} does not stop, so it gets {number.name}")
            if slot.child is not None:
                slot.child.send(number)

    def _wait_for_all(self, patience_s: float) -> None:
        until_s = time.monotonic() + patience_s
        while self._living() and time.monotonic() < until_s and not self._in_a_hurry:
            self._relay(0.05)
            for slot in self._living():
                if slot.child is not None and slot.child.has_ended():
                    self._bury(slot)

    def _living(self) -> list[_Slot]:
        return [slot for slot in self._slots if slot.child is not None]

    def _say(self, name: str, text: str) -> None:
        try:
            self._say_aloud(name, text)
        except OSError:  # nobody reads our output any more; stopping goes on all the same
            if not self._is_stopping:
                raise
