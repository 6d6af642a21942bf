"""`carebot eval falls` on files as people have them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from carebot.cli import app
from carebot.errors import CarebotError
from tests.evaluation.recordings import save, sequence
from tests.falls.figures import STAND, Move
from tests.falls.scenes import DAILY_LIFE, FALLS


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", "falls", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two falls, one of which ends before anything can be confirmed, and two activities."""
    save(tmp_path / "fall.npz", sequence(FALLS["backward"]))
    short = sequence(FALLS["sideways"])
    short["keypoints"] = short["keypoints"][: int(3.4 * 15)]
    save(tmp_path / "short.npz", short)
    save(tmp_path / "sit.npz", sequence(DAILY_LIFE["sits down"]))
    save(tmp_path / "walk.npz", sequence(DAILY_LIFE["walks about"]))
    rows = "path,label,onset_s\nfall.npz,fall,1.5\nshort.npz,fall,1.5\nsit.npz,adl,\nwalk.npz,adl,\n"
    (tmp_path / "labels.csv").write_text(rows, encoding="utf-8")
    return tmp_path


def as_json(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def test_what_is_printed_for_machines(folder: Path) -> None:
    result = evaluate(folder, "--json")
    assert result.exit_code == 0, result.output
    content = as_json(result)
    keys = ("falls", "detected", "activities", "false_alarms", "sensitivity", "specificity", "f1")
    assert [content[key] for key in keys] == [2, 2, 2, 0, 1.0, 1.0, 1.0]
    assert content["false_alarms_per_hour"] == 0.0
    assert 0.3 < content["delay_s"]["median"] < content["delay_s"]["confirmed"]["median"] < 5.0
    short = next(each for each in content["sequences"] if each["path"] == "short.npz")
    assert (short["suspected"], short["confirmed"], short["alarm"]) == (True, False, True)


def test_what_is_printed_for_people(folder: Path) -> None:
    result = evaluate(folder)
    assert result.exit_code == 0
    assert "2 of 2: 100.0 % (95 %: 34.2 to 100.0 %)" in result.stdout
    assert "still stood when the recording ended" in result.stdout


def test_the_report_stands_alone_and_shows_the_worst_first(folder: Path) -> None:
    rows = "path,label\nfall.npz,adl\nsit.npz,adl\n"
    labels = folder / "other.csv"
    labels.write_text(rows, encoding="utf-8")
    report = folder / "report"
    assert evaluate(folder, "--labels", labels, "--report", report).exit_code == 0
    page = (report / "report.html").read_text(encoding="utf-8")
    assert re.findall(r'<h3 id="r\d+">(\S+)', page) == ["fall.npz", "sit.npz"]
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    assert "short.npz, walk.npz" in page
    assert json.loads((report / "report.json").read_text(encoding="utf-8"))["false_alarms"] == 1


def test_a_name_in_japanese_is_drawn_or_left_out_without_a_warning(folder: Path) -> None:
    (folder / "fall.npz").rename(folder / "転倒 $a_$.npz")
    (folder / "labels.csv").write_text("path,label\n転倒 $a_$.npz,fall\n", encoding="utf-8")
    result = evaluate(folder, "--report", folder / "report")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "転倒" in (folder / "report" / "report.html").read_text(encoding="utf-8")


def test_broken_files_get_a_sentence_each_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "text.mp4").write_text("no video", encoding="utf-8")
    (folder / "cut.npz").write_bytes((folder / "fall.npz").read_bytes()[:200])
    with (folder / "labels.csv").open("a", encoding="utf-8") as table:
        table.write("text.mp4,fall,\ncut.npz,adl,\nabsent.mp4,fall,\n")
    result = evaluate(folder, "--json")
    assert result.exit_code == 1
    content = as_json(result)
    assert (content["falls"], content["activities"], content["not_watched"]) == (2, 2, 3)
    said = [line for line in result.stderr.splitlines() if line.startswith("carebot: ")]
    assert len(said) == 3
    assert all(any(name in line for line in said) for name in ("text.mp4", "cut.npz", "absent.mp4"))


def test_a_damaged_compressed_file_costs_only_itself(folder: Path) -> None:
    np.savez_compressed(folder / "walk.npz", **sequence(DAILY_LIFE["walks about"]))
    whole = (folder / "walk.npz").read_bytes()
    (folder / "walk.npz").write_bytes(whole[:60] + bytes(byte ^ 0x55 for byte in whole[60:200]) + whole[200:])
    result = evaluate(folder, "--json")
    assert (result.exit_code, as_json(result)["not_watched"], as_json(result)["detected"]) == (1, 1, 2)
    assert f"carebot: {folder / 'walk.npz'} cannot be read" in result.stderr


def test_a_report_that_cannot_be_written_does_not_cost_the_results(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = evaluate(folder, "--json", "--report", folder / "report")
    assert as_json(result)["detected"] == 2
    assert "No space left on device" in str(result.exception)


def test_names_that_are_no_utf_8_are_shown_as_bytes(folder: Path) -> None:
    (folder / os.fsdecode(b"\x93|\x93.npz")).write_bytes(b"")
    result = evaluate(folder, "--json", "--report", folder / "report")
    assert as_json(result)["unlabelled"] == [r"\x93|\x93.npz"]
    assert r"\x93|\x93.npz" in (folder / "report" / "report.html").read_text(encoding="utf-8")


def test_several_at_a_time_say_the_same(folder: Path) -> None:
    assert as_json(evaluate(folder, "--json", "-j", 2)) == as_json(evaluate(folder, "--json"))


def test_a_video_that_breaks_off_is_not_counted_as_watched_to_its_end(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "room.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (320, 240))
    for shade in range(20):
        writer.write(np.full((240, 320, 3), 40 + shade, np.uint8))
    writer.release()
    whole = (tmp_path / "room.avi").read_bytes()
    (tmp_path / "room.avi").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "labels.csv").write_text("path,label\nroom.avi,adl\n", encoding="utf-8")
    content = as_json(evaluate(tmp_path, "--json"))
    (only,) = content["sequences"]
    assert only["incomplete"] == f"{only['pictures']} of its 20 frames could be read"
    assert (content["incomplete"], content["not_watched"]) == (1, 0)
    assert "only as far as they could be read: room.avi" in evaluate(tmp_path).stdout


def test_a_video_and_a_crop_of_it(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "room.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (320, 240))
    for shade in range(5):
        writer.write(np.full((240, 320, 3), 40 + shade, np.uint8))
    writer.release()
    (tmp_path / "labels.csv").write_text("path,label\nroom.mp4,adl\n", encoding="utf-8")
    content = as_json(evaluate(tmp_path, "--json", "--crop", "160,0,160,240"))
    assert (content["activities"], content["false_alarms"]) == (1, 0)
    assert content["sequences"][0]["pictures"] == 5
    outside = evaluate(tmp_path, "--json", "--crop", "200,0,160,240")
    assert outside.exit_code == 1
    assert f"{tmp_path / 'room.mp4'}: --crop 200,0,160,240 reaches outside" in outside.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--labels", "absent.csv"], "absent.csv does not exist"),
        (["--crop", "1,2,3"], "--crop"),
        (["--model", "nobody"], "There is no model"),
        (["--report", "/dev/null/x"], "--report"),
        (["--report", "/proc"], "--report"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_watched(
    folder: Path, arguments: list[str], said: str
) -> None:
    result = evaluate(folder, *arguments)
    assert isinstance(result.exception, CarebotError)
    assert said in str(result.exception)
    assert result.exception.exit_code == 2


def test_somebody_who_is_never_seen(tmp_path: Path) -> None:
    content = sequence([Move(STAND, 2)])
    content["keypoints"][:] = 0.0
    save(tmp_path / "empty.npz", content)
    (tmp_path / "labels.csv").write_text("path,label\nempty.npz,fall\n", encoding="utf-8")
    (only,) = as_json(evaluate(tmp_path, "--json"))["sequences"]
    assert (only["verdict"], only["reason"]) == ("missed", "a person was seen in only 0 of 30 pictures")


def test_joints_of_too_little_confidence_are_told(tmp_path: Path) -> None:
    content = sequence(FALLS["backward"])
    unsure = np.full((*content["keypoints"].shape[:2], 1), 0.2)
    content["keypoints"] = np.concatenate([content["keypoints"], unsure], axis=2)
    save(tmp_path / "unsure.npz", content)
    (tmp_path / "labels.csv").write_text("path,label\nunsure.npz,fall\n", encoding="utf-8")
    (only,) = as_json(evaluate(tmp_path, "--json"))["sequences"]
    assert only["reason"].endswith("no joint's confidence is above 0.20, and below 0.3 joints count as missing")
