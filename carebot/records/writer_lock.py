"""One writer at a time: a lock that the operating system frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from carebot.errors import RecordsError, SetupError


class WriterLock:
    """An advisory lock on `path`, which says in words who holds it."""

    def __init__(self, path: Path, holder: str) -> None:
        self._path = path
        self._holder = holder
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, or do nothing when it is ours already.

        Raises:
            SetupError: another process holds it; the sentence names that process.
            RecordsError: the lock file cannot be written.
        """
        if self._descriptor is not None:
            return
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise SetupError(f"The records are already written by {self._who()}: stop it first.") from None
        self._descriptor = descriptor
        self._sign(descriptor)

    def release(self) -> None:
        """Let go of the lock; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise RecordsError(
                f"{self._path} cannot be written ({error.strerror}): make its folder writable, or free some space."
            ) from None

    def _sign(self, descriptor: int) -> None:
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{self._holder} (process {os.getpid()})".encode(), 0)
        except OSError:  # a full disk takes no signature, but the lock itself holds
            return

    def _who(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8") or "another process"
        except (OSError, UnicodeDecodeError):
            return "another process"
