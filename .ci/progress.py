"""Numbered steps with seconds: a moving line on a terminal, plain lines elsewhere; what tools print goes to a log."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TAIL_LINES = 15
LONGEST_QUOTE = 90
POLL_S = 0.1
PLAIN_REMINDER_S = 60.0


class Trouble(Exception):  # noqa: N818 - the word that is used when the set-up speaks
    """What stops the set-up, as one sentence with its remedy."""


class Progress:
    """Prints `[2/4] title … 12 s` for each step and keeps what its commands print in `log_path`."""

    def __init__(self, total: int, log_path: Path) -> None:
        self._total, self._log_path = total, log_path
        self._number, self._title, self._began_s, self._next_reminder_s = 0, "", 0.0, 0.0
        self._moving = sys.stdout.isatty() and not os.environ.get("CI")

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One numbered step; its seconds are printed when it ends well."""
        self._number, self._title, self._began_s = self._number + 1, title, time.monotonic()
        self._next_reminder_s = PLAIN_REMINDER_S
        self._say(self._head() + " ...")
        yield
        self._say(f"{self._head()} done in {self._elapsed_s():.1f} s", last=True)

    def run(self, command: list[str], remedy: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
        """Run `command` into the log; raises Trouble (after the log's tail) with `remedy` when it fails."""
        with self._log_path.open("ab") as log:
            log.write(f"\n$ {' '.join(command)}\n".encode())
            log.flush()
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env, cwd=cwd)
            self._watch(process)
        if process.returncode != 0:
            self._show_tail()
            raise Trouble(remedy)

    def note(self, sentence: str) -> None:
        """A line that stays, in the middle of a step."""
        self._clear()
        print("      " + sentence, flush=True)

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        try:
            while process.poll() is None:
                time.sleep(POLL_S)
                self._tick()
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise

    def _tick(self) -> None:
        if self._moving:
            self._say(f"{self._head()} {self._elapsed_s():.0f} s  {self._last_line()}")
        elif self._elapsed_s() >= self._next_reminder_s:
            self._next_reminder_s += PLAIN_REMINDER_S
            self.note(f"still busy after {self._elapsed_s():.0f} s: {self._last_line()}")

    def _say(self, text: str, last: bool = False) -> None:
        if self._moving:
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r\x1b[K" + text[:width] + ("\n" if last else ""))
            sys.stdout.flush()
        else:
            print(text, flush=True)

    def _clear(self) -> None:
        if self._moving:
            sys.stdout.write("\r\x1b[K")

    def _head(self) -> str:
        return f"[{self._number}/{self._total}] {self._title}"

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    def _last_line(self) -> str:
        lines = self._log_end(2000).splitlines()
        return lines[-1].strip()[:LONGEST_QUOTE] if lines else ""

    def _show_tail(self) -> None:
        self._clear()
        print(f"--- the end of {os.path.relpath(self._log_path)} ---")
        print("\n".join(self._log_end(8000).splitlines()[-TAIL_LINES:]), flush=True)

    def _log_end(self, size: int) -> str:
        with self._log_path.open("rb") as log:
            log.seek(max(0, self._log_path.stat().st_size - size))
            return log.read().decode("utf-8", "replace")
