"""The camera is off for as long as was asked for, and never for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.perception.closed_eyes import LONGEST_S, ClosedEyes, keep_until, kept_until_s


def test_it_sees_again_by_itself_and_when_it_is_told():
    eyes = ClosedEyes()
    assert not eyes.is_closed(1000.0)
    eyes.close_until(1060.0, 1000.0)
    assert [eyes.is_closed(at) for at in (1000.0, 1059.9, 1060.0)] == [True, True, False]
    eyes.close_until(2000.0, 1100.0)
    eyes.close_until(0.0, 1101.0)
    assert not eyes.is_closed(1101.0)


@pytest.mark.parametrize("until_s", [float("nan"), float("inf"), -1.0, 999.0])
def test_what_is_no_time_to_come_means_on(until_s: float):
    eyes = ClosedEyes()
    eyes.close_until(until_s, 1000.0)
    assert not eyes.is_closed(1000.0)


def test_neither_a_far_end_nor_a_clock_set_back_closes_them_for_good():
    eyes = ClosedEyes()
    eyes.close_until(1e12, 100_000.0)
    assert not eyes.is_closed(100_000.0 + LONGEST_S)
    eyes.close_until(100_060.0, 100_000.0)
    assert eyes.is_closed(10_000.0)
    assert not eyes.is_closed(10_000.0 + LONGEST_S)


def test_a_restart_knows_until_when(tmp_path: Path):
    kept = tmp_path / "perception" / "camera_off_until"
    assert kept_until_s(kept) == 0.0
    keep_until(kept, 1234.5)
    assert kept_until_s(kept) == 1234.5
    keep_until(kept, 0.0)
    assert kept_until_s(kept) == 0.0


@pytest.mark.parametrize("content", ["", "soon", "\0" * 40])
def test_a_damaged_file_is_no_privacy_for_ever(tmp_path: Path, content: str):
    kept = tmp_path / "camera_off_until"
    kept.write_text(content)
    assert kept_until_s(kept) == 0.0


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "perception").write_text("a file")
    with pytest.raises(FileExistsError):
        keep_until(tmp_path / "perception" / "camera_off_until", 1.0)
