"""Which delivery was begun and how it ended, as files: what care and the messenger can both trust after any crash.

A delivery is claimed once by linking a file that its maker holds locked; the operating system frees the lock when the
maker dies. So for each delivery there is one answer: not begun, under way, ended with a result, or broken off.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from carebot.errors import RecordsError
from carebot.files import to_disk

KEPT_S = 2 * 24 * 3600.0
"""Longer than any messenger lives that could still have the same delivery waiting in its pipe."""


class Fate(Enum):
    """How far one delivery is."""

    NOT_BEGUN = "not_begun"
    UNDER_WAY = "under_way"
    ENDED = "ended"
    BROKEN_OFF = "broken_off"


@dataclass(frozen=True, slots=True)
class Result:
    """How the delivery `key` ended; `error` is empty where it arrived. `at_s` is in seconds since 1970 UTC."""

    key: str
    error: str
    at_s: float


class Spool:
    """The folder of claims and results."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder and forget what is old. Raises RecordsError."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_old(time.time())
        except OSError as error:
            raise RecordsError(
                f"The folder {self._folder} for messages cannot be used ({error.strerror}): make it writable."
            ) from None

    def claim(self, key: str) -> int | None:
        """Begin the delivery `key`: a descriptor to keep open until it has ended; None where it was begun before."""
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix="new-")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            os.link(name, self._claim(key))
        except FileExistsError:
            os.close(descriptor)
            return None
        finally:
            Path(name).unlink(missing_ok=True)
        to_disk(self._folder)
        return descriptor

    def end(self, result: Result) -> None:
        """Write down how a claimed delivery ended."""
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix="new-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(result), file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(self._result(result.key))

    def fate(self, key: str) -> Fate:
        """How far the delivery `key` is."""
        if self._result(key).exists():
            return Fate.ENDED
        try:
            descriptor = os.open(self._claim(key), os.O_RDWR)
        except FileNotFoundError:
            return Fate.NOT_BEGUN
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Fate.UNDER_WAY
        finally:
            os.close(descriptor)
        return Fate.ENDED if self._result(key).exists() else Fate.BROKEN_OFF

    def result(self, key: str) -> Result | None:
        """How the delivery `key` ended; None where it has not, or where its file is damaged."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Result(**json.loads(self._result(key).read_text(encoding="utf-8")))
        return None

    def _claim(self, key: str) -> Path:
        return self._folder / f"{key}.claim"

    def _result(self, key: str) -> Path:
        return self._folder / f"{key}.result"

    def _forget_old(self, now_s: float) -> None:
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if now_s - path.stat().st_mtime > KEPT_S:
                    path.unlink()
