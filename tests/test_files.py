"""A file is there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from carebot.files import write_whole


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
