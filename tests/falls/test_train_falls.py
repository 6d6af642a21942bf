"""`models/train_falls.py` from end to end on a handful of motions, and what it never trains on."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from carebot.falls.network import PostureNetwork
from carebot.falls.window import CHANNELS, STEPS

sys.path.append(str(Path(__file__).parents[2] / "models"))
import train_falls
from training.exercises import COURSES, exercise
from training.motions import CLASSES
from training.tumbles import COURSES as TUMBLES
from training.tumbles import tumble

MODELS = Path(__file__).parents[2] / "models"
HAS_TORCH = find_spec("torch") is not None
SEEDS = range(8)


def train(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MODELS / "train_falls.py"), "--motions", str(folder / "motions"), *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(MODELS.parent), *sys.path])}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


def test_seeds_that_are_held_out_are_never_trained_on() -> None:
    made = [exercise(name, seed) for name in list(COURSES)[:6] for seed in SEEDS]
    made += [tumble(name, seed) for name in list(TUMBLES)[:6] for seed in SEEDS]
    uses = {
        use: [motion for motion in made if train_falls.use_of(motion) == use] for use in ("held out", "days", "tumbles")
    }
    assert {motion.seed for motion in uses["held out"]} == {0, 6}
    assert {motion.seed for motion in uses["days"] + uses["tumbles"]} == set(SEEDS) - {0, 6}
    assert {motion.name for motion in uses["held out"]} == {motion.name for motion in made}, "each course is judged"
    trained_on_m = {motion.stature_m for motion in uses["days"] + uses["tumbles"]}
    assert trained_on_m.isdisjoint(motion.stature_m for motion in uses["held out"]), "by people who were never seen"


@pytest.mark.skipif(HAS_TORCH, reason="torch is here")
def test_without_torch_it_says_what_to_install(tmp_path: Path) -> None:
    done = train(tmp_path)
    assert done.returncode == 1
    assert "pip install 'carebot[train]'" in done.stderr
    assert not (tmp_path / "motions").exists()


@pytest.mark.slow
@pytest.mark.skipif(not HAS_TORCH, reason="torch is not installed: pip install 'carebot[train]'")
def test_a_handful_of_motions_becomes_a_network_that_the_falls_room_loads(tmp_path: Path) -> None:
    out = tmp_path / "small.onnx"
    few = ("--rounds", "0", "--exercises", "2", "--views", "1", "--epochs", "1", "--jobs", "1")
    done = train(tmp_path, *few, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "epoch 1 of 1" in done.stdout
    assert all(f"{name:8} recall" in done.stdout for name in CLASSES)
    said = train_falls._shipped(out)(np.zeros((3, CHANNELS, STEPS), np.float32))
    assert said.shape == (3, len(CLASSES))
    assert said.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    PostureNetwork(out)  # of the shapes that the falls room wants
