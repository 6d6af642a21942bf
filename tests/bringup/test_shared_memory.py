from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from carebot.bringup.shared_memory import clear_dead_segments


def segment(folder: Path, name: str, age_s: float = 60.0) -> Path:
    path = folder / name
    for file in (path, folder / f"{name}_el"):
        file.write_bytes(b"x")
        os.utime(file, (time.time() - age_s,) * 2)
    return path


def test_only_the_segments_of_the_dead_go(tmp_path: Path) -> None:
    dead, alive = segment(tmp_path, "fastdds_0123"), segment(tmp_path, "fastrtps_4567")
    young, port = segment(tmp_path, "fastdds_89ab", age_s=0.0), segment(tmp_path, "fastdds_port7400")
    stranger = segment(tmp_path, "somebody_else")
    with (tmp_path / "fastrtps_4567_el").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert clear_dead_segments(tmp_path) == 1
    assert [path.exists() for path in (dead, alive, young, port, stranger)] == [False, True, True, True, True]


def test_a_lock_without_its_segment_goes_too(tmp_path: Path) -> None:
    segment(tmp_path, "fastdds_0123").unlink()
    assert clear_dead_segments(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert clear_dead_segments(tmp_path / "none") == 0
