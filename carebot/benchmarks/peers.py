"""carebot's perception and MediaPipe's pose on the same pictures, in turn, each in an environment of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from carebot.benchmarks.frames import read_frames
from carebot.benchmarks.stages import measure
from carebot.errors import SetupError
from carebot.people import People

MEDIAPIPE = "mediapipe==0.10.21"
PYTHONS = ("python3.12", "python3.11", "python3.10")
"""Those for which that version has wheels."""
LEAST_CONFIDENCE = 0.5
SCRIPT = Path(__file__).with_name("mediapipe_peer.py")


@dataclass(frozen=True, slots=True)
class PeerReport:
    """Medians over the rounds. `keypoint_difference` is the median distance between the same joints, both at least half
    sure, as a fraction of the body's height (the longer side of the box round MediaPipe's joints)."""

    frames: int
    rounds: int
    cpu_ms_per_frame: float
    mediapipe_cpu_ms_per_frame: float
    ratio: float
    keypoint_difference: float
    landmark_runs_per_frame: float


def compare(video: Path, venv: Path, rounds: int, say: Callable[[str], None]) -> PeerReport:
    """Measures both in turn, so that a machine whose speed drifts is fair to both."""
    python = _environment(venv, say)
    ours, theirs = [], []
    frames = read_frames(video, most=10_000)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: carebot")
        ours.append(measure(frames))
        say(f"round {number + 1} of {rounds}: MediaPipe")
        theirs.append(_run_mediapipe(python, video))
    ratios = [peer["cpu_ms_per_frame"] / own.cpu_ms_per_frame for own, peer in zip(ours, theirs, strict=True)]
    return PeerReport(
        frames=len(frames),
        rounds=rounds,
        cpu_ms_per_frame=median(report.cpu_ms_per_frame for report in ours),
        mediapipe_cpu_ms_per_frame=median(peer["cpu_ms_per_frame"] for peer in theirs),
        ratio=median(ratios),
        keypoint_difference=_difference(ours[0].people, theirs[0]["keypoints"]),
        landmark_runs_per_frame=ours[0].stage_runs_per_frame["landmarks"],
    )


def _environment(venv: Path, say: Callable[[str], None]) -> Path:
    """The Python of a virtual environment that has MediaPipe; it is made where it is missing."""
    python = venv / "bin" / "python"
    if python.exists() and subprocess.run([python, "-c", "import mediapipe"], capture_output=True).returncode == 0:
        return python
    say(f"making {venv} with {MEDIAPIPE} (a minute or two)")
    this = f"python3.{sys.version_info.minor}"
    base = sys.executable if this in PYTHONS else next(filter(None, map(shutil.which, PYTHONS)), None)
    if base is None:
        raise SetupError(f"{MEDIAPIPE} needs one of {', '.join(PYTHONS)}: install one of them.")
    shutil.rmtree(venv, ignore_errors=True)
    commands = [base, "-m", "venv", str(venv)], [str(python), "-m", "pip", "install", "-q", MEDIAPIPE]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise SetupError(f"{MEDIAPIPE} cannot be installed in {venv} ({last}): check the network.")
    return python


def _run_mediapipe(python: Path, video: Path) -> dict[str, Any]:
    done = subprocess.run([python, SCRIPT, video], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"MediaPipe could not run on {video} ({last}): remove its environment and try again.")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _difference(ours: tuple[People, ...], theirs: list[list[list[float]] | None]) -> float:
    distances: list[float] = []
    for people, joints in zip(ours, theirs, strict=False):
        if joints is None or not people.people:
            continue
        size_px = np.array([people.width_px, people.height_px])
        peer = np.array(joints)
        own = min((person.keypoints for person in people.people), key=lambda k: _apart(k, peer))
        sure = (own[:, 2] >= LEAST_CONFIDENCE) & (peer[:, 2] >= LEAST_CONFIDENCE)
        height_px = float(np.ptp(peer[:, :2] * size_px, axis=0).max())
        distances += list(np.linalg.norm((own[sure, :2] - peer[sure, :2]) * size_px, axis=1) / max(height_px, 1.0))
    return float(np.median(distances)) if distances else float("nan")


def _apart(own: Any, peer: Any) -> float:
    return float(np.linalg.norm(own[:, :2] - peer[:, :2], axis=1).mean())
