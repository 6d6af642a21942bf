"""Is a model's file the one that the registry means?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from carebot.errors import ModelError
from carebot.perception.registry import ModelFile

CHUNK_BYTES = 1 << 20


def verified(file: ModelFile) -> Path:
    """The path of `file`, whose sha256 is the registry's.

    Raises:
        ModelError: the file is missing, cannot be read, or has another hash.
    """
    found = sha256_of(file.path, advice_where_missing(file))
    if found != file.sha256:
        remedy = "pull it again" if file.url else "restore it, or correct the registry"
        raise ModelError(
            f"{file.path} is refused: its sha256 is {found[:12]}…, but the registry says {file.sha256[:12]}…, "
            f"so it is damaged or another file: {remedy}."
        )
    return file.path


def advice_where_missing(file: ModelFile) -> str:
    return "get it with `carebot models pull`" if file.url else "put it there, or correct the registry"


def sha256_of(path: Path, advice: str = "check the name") -> str:
    """The file's sha256 in hexadecimal; not computed twice by this process while size and time stay the same."""
    try:
        status = path.stat()
        key = (path, status.st_size, status.st_mtime_ns)
        if key not in _known:
            _known[key] = _digest(path)
        return _known[key]
    except FileNotFoundError:
        raise ModelError(f"{path} does not exist: {advice}.") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check that it is a readable file.") from None


_known: dict[tuple[Path, int, int], str] = {}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
