"""The secret that seals the audit's rows, kept beside them for their user alone, and from which row on it does."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path

from carebot.errors import RecordsError, SetupError
from carebot.files import kept_secret

SEALED = "hmac:"
"""How the hash of a sealed row begins."""


@dataclass(frozen=True, slots=True)
class AuditKey:
    """Rows before `first` come from a time without a key; `before` is the hash of the last of them."""

    secret: bytes
    first: int
    before: str

    def seal(self, text: str) -> str:
        """What nobody can write without the secret (HMAC-SHA-256)."""
        return SEALED + hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


def key_path(database: Path) -> Path:
    """Where the key of the audit in that file is kept."""
    return database.with_name("audit.key")


def read_key(path: Path) -> AuditKey | None:
    """None where there is none. Raises RecordsError where it cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordsError(f"{path} cannot be read ({error.strerror}): run this as the user of the tablet.") from None
    return _key(path, content)


def kept_key(path: Path, new: AuditKey) -> AuditKey:
    """The key at `path`; `new` where there is none. Raises RecordsError where it cannot be used."""
    values = {"secret": new.secret.hex(), "first": new.first, "before": new.before}
    try:
        content = kept_secret(path, lambda: json.dumps(values).encode())
    except SetupError as error:
        raise RecordsError(str(error)) from None
    return _key(path, content)


def _key(path: Path, content: bytes) -> AuditKey:
    try:
        values = json.loads(content)
        return AuditKey(bytes.fromhex(values["secret"]), int(values["first"]), str(values["before"]))
    except (ValueError, KeyError, TypeError):
        raise RecordsError(f"{path} is no key of an audit: restore it from a copy, or move it away.") from None
