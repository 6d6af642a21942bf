from __future__ import annotations

import os
from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.evaluation.table import Row, read_table


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", " ,"])
def test_whatever_stands_between_the_columns(tmp_path: Path, separator: str) -> None:
    lines = [["Path", "LABEL", "onset_s"], ["a.mp4", "Fall", "1.5"], [], ["", "", ""], ["b.mp4", "adl"]]
    read = read_table(table(tmp_path, "\n".join(map(separator.join, lines))), ("path", "label"))
    assert read.columns == ("path", "label", "onset_s")
    assert read.rows == (
        Row(2, {"path": "a.mp4", "label": "Fall", "onset_s": "1.5"}),
        Row(5, {"path": "b.mp4", "label": "adl", "onset_s": ""}),
    )


def test_a_comma_in_quotes_after_a_space_is_text(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, 'path, text\na.wav, "help, please"\n'), ("path", "text"))
    assert read.rows[0].cells["text"] == "help, please"


def test_a_semicolon_in_a_table_with_commas_is_text(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "path,text\na.wav,help; please\n"), ("path", "text"))
    assert read.rows[0].cells["text"] == "help; please"


def test_what_is_no_table_gets_a_sentence(tmp_path: Path) -> None:
    assert read_table(table(tmp_path, ""), ("path",)).columns == ()
    with pytest.raises(ConfigError, match=r"table\.csv cannot be read \(field larger than"):
        read_table(table(tmp_path, f"path\n{'x' * 200_000}\n"), ("path",))
    with pytest.raises(ConfigError, match="is a folder: name a table"):
        read_table(tmp_path, ("path",))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ConfigError, match=r"pipe\.csv is no file: name a table"):
        read_table(tmp_path / "pipe.csv", ("path",))
