"""`carebot bench sim`: what is a goal, and that a missed one shows in the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from carebot.benchmarks.simulated_physics import SimulationTruth
from carebot.benchmarks.simulation import SimulationReport, SimulationSpeed

CAREBOT = str(Path(sys.executable).with_name("carebot"))
KEYPOINTS = SimulationSpeed("keypoints", 36.0, 360, 480, 360, 10.0, 20.0, 9.0, 0.1)
ONNX = SimulationSpeed("onnx", 36.0, 360, 480, 360, 10.0, 0.6, 1.0, 0.1)
TRUTH = SimulationTruth(0.0, True, 9.8, 0.1, 0.1, 60.0, 0.0, 1.2, 2.5, 3.0, {"free_fall": True})


@pytest.mark.parametrize(
    ("keypoints", "onnx", "fall", "met"),
    [(20.0, 1.0, True, True), (19.99, 1.0, True, False), (20.0, 0.99, True, False), (20.0, 1.0, False, False)],
)
def test_speeds_and_bodies_are_goals(keypoints: float, onnx: float, fall: bool, met: bool):
    speeds = (replace(KEYPOINTS, times_real_cpu=keypoints), replace(ONNX, times_real=onnx))
    report = SimulationReport(2, 0.0, speeds, replace(TRUTH, checks={"free_fall": fall}))
    assert len(report.goals()) == 3
    assert all(report.goals().values()) is met


def test_what_was_not_measured_is_no_goal():
    assert list(SimulationReport(2, 0.0, (KEYPOINTS,)).goals()) == ["keypoints >= 20 x real time on one core"]
    assert list(SimulationReport(2, 0.0, (), TRUTH).goals()) == ["free fall"]


def test_exit_code_says_whether_the_goals_were_reached():
    command = [CAREBOT, "bench", "sim", "--no-truth", "--eyes", "keypoints", "--seconds", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    report = json.loads(done.stdout)
    (speed,) = report["speeds"]
    assert report["goals"] == {"keypoints >= 20 x real time on one core": speed["times_real_cpu"] >= 20.0}
    assert done.returncode == (0 if report["ok"] else 1), done.stderr
