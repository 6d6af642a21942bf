"""The benchmark's own bookkeeping; its figures are for people and are not asserted."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.benchmarks.peers import _difference
from carebot.benchmarks.stages import STAGES, measure
from carebot.people import People, Person
from carebot.perception.frames import Frame


def test_every_stage_is_counted_and_the_clocks_are_taken_off_again():
    before = {name: getattr(owner, method) for name, (owner, method) in STAGES.items()}
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    report = measure([Frame(at / 15, at, noise) for at in range(24)])
    assert report.frames == 14
    assert len(report.people) == 24
    assert report.stage_runs_per_frame["tracker"] == 1.0
    assert report.stage_runs_per_frame["detector"] > 0
    assert sum(report.stage_ms.values()) <= report.cpu_ms_per_frame * 1.05
    assert {name: getattr(owner, method) for name, (owner, method) in STAGES.items()} == before


def people_at(x: float, confidence: float = 1.0) -> People:
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:, 0], keypoints[:, 1], keypoints[:, 2] = x, np.linspace(0.2, 0.7, 17), confidence
    return People(0.0, 200, 100, (Person(1, 1.0, keypoints),))


def test_the_difference_is_a_fraction_of_the_peers_body_height():
    peer = [[0.5, float(y), 1.0] for y in np.linspace(0.2, 0.7, 17)]
    # 0.01 of 200 pixels sideways, on a body of 0.5 × 100 pixels
    assert _difference((people_at(0.51),), [peer]) == pytest.approx(2 / 50)


def test_unsure_joints_and_pictures_without_a_peer_do_not_count():
    peer = [[0.5, float(y), 1.0] for y in np.linspace(0.2, 0.7, 17)]
    assert np.isnan(_difference((people_at(0.6, confidence=0.2), people_at(0.6)), [peer, None]))
