"""The emergency stop's memory on disk: it survives a restart, a crash and a power cut, and in doubt it is latched."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from carebot.errors import RecordsError
from carebot.files import write_whole
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
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(asdict(estop)).encode())
        except OSError as error:
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
