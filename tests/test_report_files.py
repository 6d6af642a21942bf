"""A report is tried before the run, holds any name, and leaves the old one where it fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from carebot.errors import ConfigError, RecordsError
from carebot.report_files import check_report_folder, write_report_files


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
