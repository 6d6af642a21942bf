"""Files that are there whole or not at all, whatever happens while they are written; and secrets that stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from carebot.errors import SetupError


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` in the place of what is at `path`, once it is on the disk; raises OSError."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        to_disk(path.parent)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def to_disk(path: Path) -> None:
    """Have a file, or what a folder says about its files, on the disk itself; raises OSError.

    Without it for the folder, a power cut may take back that a file was made or renamed.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """What is kept at `path` for its user alone, made when there is none.

    Raises:
        SetupError: the file can neither be read nor written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, make())
        path.chmod(0o600)
        return path.read_bytes()
    except OSError as error:
        raise SetupError(
            f"{path} cannot be used ({error.strerror}): make its folder writable, or free some space."
        ) from None
