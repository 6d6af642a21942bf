"""Dead-man's switches: something that says whether motion is still wanted."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from carebot.errors import SetupError

FIRST_REPEAT_S = 0.6
"""Terminals wait this long, at most, before a held key begins to repeat."""
REPEAT_S = 0.2
_ENDS = (b"\x1b", b"q", b"Q", b"\x03", b"\x04")


class DeadMan(Protocol):
    """`holds` is asked in every period: True while motion is wanted, False for a pause; `is_over` ends it."""

    def holds(self) -> bool: ...

    @property
    def is_over(self) -> bool: ...


class Timed:
    """Motion for so long from the first question on, and then no more."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends_s: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to give back."""

    def holds(self) -> bool:
        now_s = time.monotonic()
        self._ends_s = now_s + self._seconds if self._ends_s is None else self._ends_s
        return now_s < self._ends_s

    @property
    def is_over(self) -> bool:
        return self._ends_s is not None and time.monotonic() >= self._ends_s


class Held:
    """Motion while any key is held down on the terminal; Esc, q, Ctrl-C and Ctrl-D end it."""

    def __init__(self) -> None:
        self.is_over = False
        self._until_s = 0.0
        self._pressed = False

    def __enter__(self) -> Self:
        if not sys.stdin.isatty():
            raise SetupError("--hold needs a terminal with a keyboard: use --seconds instead.")
        self._file = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._file)
        tty.setraw(self._file)
        print("hold any key to move; Esc or q ends\r", file=sys.stderr, flush=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def holds(self) -> bool:
        if select.select([self._file], [], [], 0)[0]:
            self._take(os.read(self._file, 64))
        now_s = time.monotonic()
        if now_s >= self._until_s:
            self._pressed = False
        return self._pressed

    def _take(self, keys: bytes) -> None:
        # The end of file, of a terminal that has gone, is no key: it ends the motion too.
        if not keys or any(end in keys for end in _ENDS):
            self.is_over, self._pressed, self._until_s = True, False, 0.0
            return
        self._until_s = time.monotonic() + (REPEAT_S if self._pressed else FIRST_REPEAT_S)
        self._pressed = True
