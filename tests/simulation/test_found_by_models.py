"""The shipped pose models must find the simulated resident: else the simulator proves nothing about perception."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from carebot.perception.estimators.factory import make_estimator
from carebot.perception.registry import load_registry
from carebot.simulation.scenario import load_scenario
from carebot.simulation.simulator import Simulator
from carebot.simulation.truth import GroundTruth

CLOSE = 0.15
"""A body counts as found where the median error of shoulders to ankles is below this share of its size."""

STEP_S = 0.2


def found(truth: GroundTruth, keypoints: np.ndarray, width_px: int, height_px: int) -> bool:
    seen = keypoints[5:, :2] * (width_px, height_px)
    size = np.ptp(truth.keypoints_px, axis=0).max()
    return bool(np.median(np.linalg.norm(seen - truth.keypoints_px[5:], axis=1)) < CLOSE * size)


@pytest.mark.slow
@pytest.mark.usefixtures("graphics")
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("fall_forward", {"walking": 0.9, "falling": 0.3, "lying": 0.6}),
        ("fall_sideways", {"standing": 0.9, "walking": 0.9, "falling": 0.3, "lying": 0.6}),
        ("walk_about", {"standing": 0.9, "walking": 0.9}),
    ],
)
def test_pose_model_finds_the_resident(name: str, least: dict[str, float]) -> None:
    estimator = make_estimator(load_registry().get("blazepose"))
    hits: dict[str, list[bool]] = defaultdict(list)
    with Simulator(load_scenario(name)) as simulator:
        while simulator.time_s < 16.0 and not simulator.finished:
            simulator.step(STEP_S)
            bodies = estimator.estimate(simulator.render(), simulator.time_s)
            truth = simulator.truth()
            hits[truth.activity].append(any(found(truth, body.keypoints, 640, 480) for body in bodies))
    rates = {activity: float(np.mean(hits[activity])) for activity in least}
    assert all(rates[activity] >= share for activity, share in least.items()), rates
