"""The emergency stop's memory on disk: it survives a restart, a crash and a power cut, and in doubt it is latched."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path

from carebot.errors import RecordsError
from carebot.safety.world import Estop

FIELDS = {"latched": bool, "cause": str, "by": str}


class EstopStore:
    """One small JSON file. No file means that nothing was ever stopped here."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Estop:
        """What the file says; latched, with the cause, where it cannot be read or is damaged."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Estop()
        except (OSError, UnicodeDecodeError) as error:
            return Estop(True, f"{self._path.name} cannot be read: {error}")
        return _parsed(text) or Estop(True, f"{self._path.name} is damaged")

    def save(self, estop: Estop) -> None:
        """Returns when the state is safely on disk, whatever happens next.

        Raises:
            RecordsError: the disk is full or the folder cannot be written; the file is then as before.
        """
        draft = self._path.with_name(f"{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _write_through(draft, json.dumps(asdict(estop)))
            draft.replace(self._path)
            _flush_folder(self._path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise RecordsError(
                f"{self._path} cannot be written ({error.strerror}): make its folder writable, or free some space."
            ) from None


def _parsed(text: str) -> Estop | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if not isinstance(content, dict) or set(content) != set(FIELDS):
        return None
    if any(type(content[name]) is not kind for name, kind in FIELDS.items()):
        return None
    return Estop(**content)


def _write_through(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    """Without this, a power cut may take the renaming back."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
