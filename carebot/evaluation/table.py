"""Tables as people make them (CSV): commas, semicolons or tabs between the columns, whose names may have capitals."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from carebot.errors import ConfigError

SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A line's number and its cells by the column's name in small letters, without space around them."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, wanted: Sequence[str]) -> Table:
    """The table at `path`, whose columns are told apart by `wanted`; whether all of them are there is not checked.

    Raises:
        ConfigError: it is no file, no text in UTF-8, or no table.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is {'a folder' if path.is_dir() else 'no file'}: name a table (CSV).")
    try:
        text = path.read_text(encoding="utf-8-sig")
        heads = {separator: _read(text, separator, 1).columns for separator in SEPARATORS}
        best = max(SEPARATORS, key=lambda separator: sum(name in heads[separator] for name in wanted))
        return _read(text, best)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read ({error}): check that it is a CSV file in UTF-8.") from None


def _read(text: str, separator: str, most_lines: int | None = None) -> Table:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    read = []
    for line in lines:
        cells = [cell.strip() for cell in line]
        if any(cells):
            read.append((lines.line_num, cells))
        if most_lines is not None and len(read) >= most_lines:
            break
    columns = tuple(name.lower() for name in read[0][1]) if read else ()
    empty = dict.fromkeys(columns, "")
    return Table(columns, tuple(Row(line, empty | dict(zip(columns, cells, strict=False))) for line, cells in read[1:]))
