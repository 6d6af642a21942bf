"""`carebot sim list | show | run | batch | film` as processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAREBOT = str(Path(sys.executable).with_name("carebot"))
CALM = "description: Stands.\nscript: [{stand: 1}]\nexpect: [nothing_confirmed]\n"
BROKEN = "description: Stands.\nscript: [{stand: 1}]\nexpect: [{suspected_within_s: 2}]\n"


def sim(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CAREBOT, "sim", *map(str, words)], capture_output=True, text=True, timeout=120)


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    path = tmp_path / "calm.yaml"
    path.write_text(CALM, encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run", "dance"), "There is no scenario 'dance'"),
        (("show", "dance"), "There is no scenario 'dance'"),
        (("batch", "dance"), "There is no scenario 'dance'"),
        (("run", "nowhere.yaml"), "nowhere.yaml does not exist"),
        (("run", "faint", "--seed", "lucky"), "--seed"),
        (("run", "faint", "--eyes", "hawk"), "--eyes"),
        (("batch", "faint", "--count", "0"), "--count"),
        (("batch", "faint", "--jobs", "none"), "--jobs"),
        (("batch", "faint", "--report", "/proc"), "--report /proc"),
        (("film", "faint", "--out", "film.gif"), "film.gif cannot be written"),
        (("film", "dance", "--out", "film.mp4"), "There is no scenario 'dance'"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_one_sentence(words: tuple[str, ...], complaint: str) -> None:
    done = sim(*words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_list_names_every_scenario_with_what_happens_in_it() -> None:
    listed = json.loads(sim("list", "--json").stdout)
    assert len(listed) >= 40
    assert all(each["description"] for each in listed)
    assert "fall_forward" in sim("list").stdout


def test_show_prints_the_file() -> None:
    assert "kind: faint" in sim("show", "faint").stdout


def test_run_ends_with_0_where_all_is_met_and_with_1_where_not(calm: Path, broken: Path) -> None:
    done = sim("run", calm, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["met"] is True
    failed = sim("run", broken)
    assert failed.returncode == 1
    assert "NOT MET (nobody fell: the run ended before)" in failed.stdout


def test_batch_reports_failures_with_the_command_that_replays_them(calm: Path, broken: Path, tmp_path: Path) -> None:
    done = sim("batch", calm, broken, "--count", 2, "--report", tmp_path / "report", "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["runs"] == 4
    assert [failure["command"] for failure in report["failures"]] == [
        f"carebot sim run {broken} --seed {seed} --eyes keypoints" for seed in (0, 1)
    ]
    assert json.loads((tmp_path / "report" / "report.json").read_text()) == report
    assert "Failures" in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.slow
def test_speed_and_truth_are_measured() -> None:
    command = [CAREBOT, "bench", "sim", "--seconds", "1", "--eyes", "keypoints", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["ok"] else 1), done.stderr  # 1 where the machine is too busy for the speed
    assert told["truth"]["same_seed_difference_m"] <= 1e-9
    assert all(told["truth"]["checks"].values()), told["truth"]
    (speed,) = told["speeds"]
    assert speed["eyes"] == "keypoints"
    assert speed["times_real_cpu"] > 0
    assert speed["simulated_s"] >= 3.0
