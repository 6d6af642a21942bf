"""One `carebot up` for each robot on a machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from carebot.errors import SetupError
from carebot.resources import data_dir


def run_dir() -> Path:
    """Where running robots keep their locks and parameter files; readable by this user only.

    Raises:
        SetupError: the folder cannot be made.
    """
    path = data_dir() / "run"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SetupError(
            f"{path} cannot be made ({error.strerror}): set CAREBOT_DATA_DIR to a folder of yours."
        ) from None
    return path


@contextlib.contextmanager
def only_one(robot: str) -> Iterator[None]:
    """Hold the robot's lock; the kernel lets go of it however the process ends.

    Raises:
        SetupError: naming the process that holds it.
    """
    path = run_dir() / f"{robot}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SetupError(
            f"{path} cannot be opened ({error.strerror}): it belongs to another user or the disk is read-only."
        ) from None
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "unknown"
            raise SetupError(
                f"the robot '{robot}' is already running (process {holder}): stop that one first, "
                f"or give this one another name with --set robot=NAME."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
