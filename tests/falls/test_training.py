"""What the posture network is trained on moves as its labels say."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "models"))
from training.exercises import COURSES as EXERCISES
from training.exercises import exercise
from training.motions import DOWN, FALLING, RATE_HZ
from training.tumbles import COURSES as TUMBLES
from training.tumbles import tumble

TRUNK = [5, 6, 11, 12]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", TUMBLES)
def test_a_tumble_comes_down_while_it_is_said_to_fall(name: str, seed: int) -> None:
    motion = tumble(name, seed)
    trunk_m = motion.joints_m[:, TRUNK, 2].mean(axis=1)
    falls = np.flatnonzero(motion.labels == FALLING)
    down = np.flatnonzero(motion.labels == DOWN)
    assert trunk_m[down].max() < 0.4 * motion.stature_m < 0.4 * 2.0
    assert trunk_m[falls[0] - 1] > trunk_m[falls[-1]] + 0.1
    speeds_m_s = -np.diff(trunk_m[falls[0] - 1 : falls[-1] + 1]) * RATE_HZ
    assert speeds_m_s.max() < 6.5


@pytest.mark.parametrize("name", TUMBLES)
def test_nothing_jumps(name: str) -> None:
    steps_m = np.linalg.norm(np.diff(tumble(name, 4).joints_m, axis=0), axis=2)
    assert steps_m.max() * RATE_HZ < 14.0


@pytest.mark.parametrize("name", EXERCISES)
def test_exercises_are_no_falls(name: str) -> None:
    assert FALLING not in exercise(name, 5).labels
