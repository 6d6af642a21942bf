"""Whether the files of a model are here and right."""

from __future__ import annotations

from dataclasses import dataclass

from carebot.errors import ModelError
from carebot.perception.registry import ModelEntry, ModelFile
from carebot.perception.verification import verified

RIGHT, WRONG, MISSING, NOT_PULLED = "right", "wrong", "missing", "not pulled"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """One file's `state`; `fault` is the sentence that says what to do, or None where nothing is to be done."""

    model: str
    role: str
    path: str
    state: str
    fault: str | None


def check_files(entry: ModelEntry, *, must_be_here: bool) -> list[FileCheck]:
    """The state of each file of `entry`. A file still to be pulled is a fault only if it `must_be_here`."""
    return [_check(entry.name, file, must_be_here) for file in entry.files]


def presence(file: ModelFile) -> str:
    """As quick as a look into the folder: the file is "here", "missing" or "not pulled"."""
    return "here" if file.path.is_file() else _absent(file)


def _check(model: str, file: ModelFile, must_be_here: bool) -> FileCheck:
    try:
        verified(file)
    except ModelError as error:
        state = WRONG if file.path.exists() else _absent(file)
        tolerated = state == NOT_PULLED and not must_be_here
        return FileCheck(model, file.role, str(file.path), state, None if tolerated else str(error))
    return FileCheck(model, file.role, str(file.path), RIGHT, None)


def _absent(file: ModelFile) -> str:
    return NOT_PULLED if file.url else MISSING
