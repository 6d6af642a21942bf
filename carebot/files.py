"""Files that are there whole or not at all, whatever happens while they are written; reports, and secrets that stay."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from carebot.errors import ConfigError, RecordsError, SetupError

REPORT_JSON, REPORT_PAGE = "report.json", "report.html"


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
    except OSError:
        half.unlink(missing_ok=True)
        raise


def check_report_folder(folder: Path) -> None:
    """Make the folder and try a file in it, before hours are spent on what could not be written in the end.

    Raises:
        ConfigError: no report can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(
            f"--report {folder}: nothing can be written there ({error.strerror}): name another."
        ) from None
    for name in (REPORT_JSON, REPORT_PAGE):
        if (folder / name).is_dir():
            raise ConfigError(f"--report {folder}: {name} in it is a folder: remove it, or name another folder.")


def write_report_files(folder: Path, content: dict[str, Any], page: str) -> None:
    """`content` as report.json for machines and `page` as report.html for people; the old ones stay where it fails.

    Raises:
        RecordsError: the disk is full, or the folder is gone.
    """
    texts = {REPORT_JSON: json.dumps(content, indent=1, ensure_ascii=False), REPORT_PAGE: page}
    try:
        for name, text in texts.items():
            # Names of files may hold bytes that are no UTF-8: \udcff is what JSON, too, understands.
            write_whole(folder / name, text.encode("utf-8", "backslashreplace"), mode=0o666)
    except OSError as error:
        raise RecordsError(
            f"{folder} cannot be written ({error.strerror}): make room, or name another folder."
        ) from None


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
