"""A report's two files in a folder: one for machines, one for people."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from carebot.errors import ConfigError, RecordsError
from carebot.files import write_whole

REPORT_JSON, REPORT_PAGE = "report.json", "report.html"


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
