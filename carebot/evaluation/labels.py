"""What somebody says is in a recording: a table with the columns path, label (fall or adl) and onset_s."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

from carebot.errors import ConfigError
from carebot.evaluation.table import read_table
from carebot.printable import in_utf8

FILE = "labels.csv"
ENDINGS = frozenset({".npz", ".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"})
COLUMNS = "the columns path, label (fall or adl) and, where it is known, onset_s"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording; `name` is as the table has it, `onset_s` when the fall begins, None where nobody says."""

    name: str
    path: Path
    is_fall: bool
    onset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """All labelled recordings, and the files beside them that the table does not name."""

    recordings: tuple[Recording, ...]
    unlabelled: tuple[str, ...]


def read_labels(path: Path, labels: Path | None = None) -> Labelled:
    """The recordings at `path` (a folder, or one file) that `labels` names; without it, the labels.csv beside them.

    Raises:
        ConfigError: there is no such folder or table, or the table cannot be understood.
    """
    if not path.exists():
        raise ConfigError(f"{path} does not exist: name a folder of videos or .npz files, or one of them.")
    folder = path if path.is_dir() else path.parent
    table = folder / FILE if labels is None else labels
    if not table.exists():
        raise ConfigError(
            f"{table} does not exist, so nobody knows what is in {path}: make it, or name it with --labels, with "
            f"{COLUMNS}."
        )
    recordings = _recordings(table, folder)
    if path.is_dir():
        return Labelled(recordings, _unlabelled(folder, recordings))
    chosen = tuple(each for each in recordings if os.path.realpath(each.path) == os.path.realpath(path))
    if not chosen:
        raise ConfigError(f"{table} has no row for {path.name}: add one, with {COLUMNS}.")
    return Labelled(chosen, ())


def _recordings(table: Path, folder: Path) -> tuple[Recording, ...]:
    read = read_table(table, ("path", "label", "onset_s"))
    missing = [name for name in ("path", "label") if name not in read.columns]
    if missing:
        raise ConfigError(f"{table} has no column '{missing[0]}': it needs {COLUMNS}.")
    found = tuple(_recording(row.cells, f"{table}, line {row.line}", folder, table.parent) for row in read.rows)
    if not found:
        raise ConfigError(f"{table} names no recording: it needs a row for each, with {COLUMNS}.")
    names: dict[str, str] = {}
    for each in found:
        file = os.path.realpath(each.path)
        if file in names:
            other = "" if names[file] == each.name else f" (once as {names[file]})"
            raise ConfigError(f"{table} names {each.name} twice{other}: keep one of the rows.")
        names[file] = each.name
    return found


def _recording(row: dict[str, str], where: str, *folders: Path) -> Recording:
    name, label = row["path"], row["label"].lower()
    if not name:
        raise ConfigError(f"{where}: the path is empty: name a recording or delete the line.")
    if label not in ("fall", "adl"):
        raise ConfigError(f"{where}: the label is {label!r}, but it must be fall or adl (an activity of daily life).")
    paths = [folder / name for folder in folders]
    path = next((each for each in paths if each.exists()), paths[0])
    return Recording(name, path, label == "fall", _onset_s(row.get("onset_s", ""), where))


def _onset_s(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        onset_s = float(text)
    except ValueError:
        onset_s = math.nan
    if not (math.isfinite(onset_s) and onset_s >= 0):
        raise ConfigError(f"{where}: onset_s is {text!r}, but it must be the seconds from the start to the fall.")
    return onset_s


def _unlabelled(folder: Path, recordings: tuple[Recording, ...]) -> tuple[str, ...]:
    known = {os.path.realpath(each.path) for each in recordings}
    files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in ENDINGS)
    return tuple(in_utf8(str(each.relative_to(folder))) for each in files if os.path.realpath(each) not in known)
