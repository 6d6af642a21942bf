"""The emergency stop's memory on disk: it survives a restart, a crash and a power cut, and in doubt it is latched."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from carebot.errors import RecordsError
from carebot.files import write_whole
from carebot.safety.world import Estop

FIELDS = {"latched": bool, "cause": str, "by": str}


class EstopStore:
    """One small JSON file. No file means that nothing was ever stopped here.

    A stop that the disk does not take is kept in `spare`, a file in memory: it outlives this process, not the machine.
    """

    def __init__(self, path: Path, spare: Path) -> None:
        self._path = path
        self._spare = spare

    def load(self) -> Estop:
        """What the file says, or the spare where that is latched.

        Latched, with the cause, where one of them cannot be read or is damaged.
        """
        kept, spare = _loaded(self._path), _loaded(self._spare)
        return spare if spare.latched and not kept.latched else kept

    def save(self, estop: Estop) -> None:
        """Returns when the state is safely on disk, whatever happens next.

        Raises:
            RecordsError: the disk is full or the folder cannot be written; the file is then as before, and a latched
                stop is in the spare where that can be written.
        """
        try:
            _write(self._path, estop)
        except OSError as error:
            if estop.latched:
                with contextlib.suppress(OSError):
                    _write(self._spare, estop)
            raise RecordsError(
                f"{self._path} cannot be written ({error.strerror}): make its folder writable, or free some space."
            ) from None
        with contextlib.suppress(OSError):
            self._spare.unlink()


def _write(path: Path, estop: Estop) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(estop)).encode())


def _loaded(path: Path) -> Estop:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Estop()
    except (OSError, UnicodeDecodeError) as error:
        return Estop(True, f"{path.name} cannot be read: {error}")
    return _parsed(text) or Estop(True, f"{path.name} is damaged")


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
