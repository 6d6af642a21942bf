"""A file is there whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from carebot.errors import ConfigError, RecordsError
from carebot.files import check_report_folder, write_report_files, write_whole


def test_what_was_there_is_replaced_and_nothing_else_lies_beside_it(tmp_path: Path):
    path = tmp_path / "secret"
    write_whole(path, b"a longer first content")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_nobody_reads_it_who_may_not(tmp_path: Path, mode: int):
    path = tmp_path / "secret"
    old = os.umask(0)
    try:
        write_whole(path, b"x", mode)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == mode


def test_a_disk_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "secret"
    write_whole(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_for_a_report_is_made_and_tried(tmp_path: Path):
    folder = tmp_path / "some" / "report"
    check_report_folder(folder)
    assert list(folder.iterdir()) == []
    (tmp_path / "taken").write_text("")
    (folder / "report.html").mkdir()
    for wrong in (tmp_path / "taken", folder, Path("/proc")):
        with pytest.raises(ConfigError, match=f"--report {wrong}"):
            check_report_folder(wrong)


def test_a_report_holds_any_name(tmp_path: Path):
    name = os.fsdecode(b"\x93|\x93.mp4")
    write_report_files(tmp_path, {"name": name, "site": "山田家"}, f"<p>{name}</p>")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == {"name": name, "site": "山田家"}
    assert "山田家" in (tmp_path / "report.json").read_text(encoding="utf-8")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == r"<p>\udc93|\udc93.mp4</p>"


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_report_files(tmp_path, {"runs": 1}, "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordsError, match="No space left on device"):
        write_report_files(tmp_path, {"runs": 2}, "new")
    assert json.loads((tmp_path / "report.json").read_text()) == {"runs": 1}
