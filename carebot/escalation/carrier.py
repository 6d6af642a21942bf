"""Care's end of the messenger: starts it, starts it anew, hands over parcels, and asks how they fared."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from carebot.escalation.delivery import Parcel
from carebot.escalation.messenger import TIME_LIMIT_S
from carebot.escalation.spool import Fate, Result, Spool

RESTART_AFTER_S = 2.0


class Carrier(Protocol):
    """Whoever takes parcels and answers for them."""

    def carry(self, parcel: Parcel) -> None:
        """Deliver it, unless a delivery of that key was ever begun."""

    def fate(self, key: str) -> Fate:
        """How far that delivery is."""

    def result(self, key: str) -> Result | None:
        """How it ended."""

    def tend(self) -> bool:
        """Keep going; False where the messenger was started anew, so that parcels handed over before may be lost."""


class MessengerProcess:
    """The messenger as a child, in a session of its own: what kills care, or a Ctrl-C, does not reach it."""

    def __init__(self, folder: Path, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._folder, self._spool, self._time_limit_s = folder, Spool(folder), time_limit_s
        self._spool.prepare()
        self._process = self._started()

    def carry(self, parcel: Parcel) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):  # tend() sees to it
            self._process.stdin.write(json.dumps(asdict(parcel)).encode() + b"\n")

    def fate(self, key: str) -> Fate:
        return self._spool.fate(key)

    def result(self, key: str) -> Result | None:
        return self._spool.result(key)

    def tend(self) -> bool:
        self._drain()
        if self._process.poll() is None:
            return True
        if time.monotonic() - self._started_at_s < RESTART_AFTER_S:
            return True
        self.close()
        self._process = self._started()
        return False

    @property
    def is_alive(self) -> bool:
        """Whether the messenger runs."""
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        """The messenger's process."""
        return self._process.pid

    def fileno(self) -> int:
        """Readable when a delivery has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def close(self, within_s: float = 0.0) -> None:
        """Let the messenger finish what is under way and end; waits for it no longer than `within_s`."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)

    def _drain(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(self.fileno(), 65536):
                pass

    def _started(self) -> subprocess.Popen[bytes]:
        self._started_at_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "carebot.escalation.messenger", str(self._folder), str(self._time_limit_s)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        return process
