"""The shipped pose model must find the residents of the SDF files as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carebot.errors import DeviceError
from carebot.perception.estimators.factory import make_estimator
from carebot.perception.registry import load_registry
from carebot.simulation.sdf.build import load_world
from carebot.simulation.sdf.picture import draw
from carebot.simulation.sdf.resources import worlds_dir
from carebot.simulation.wardrobe import RESIDENTS

DISTANCE_M = 2.55
"""From the robot's camera to the resident of the empty room."""


@pytest.mark.slow
@pytest.mark.parametrize("name", RESIDENTS)
def test_pose_model_finds_every_resident(name: str, tmp_path: Path) -> None:
    world = (worlds_dir() / "empty_room.sdf").read_text(encoding="utf-8")
    uri = "model://resident" if name == "hana" else f"model://resident/{name}.sdf"
    path = tmp_path / "room.sdf"
    path.write_text(world.replace("model://resident/kenji.sdf", uri), encoding="utf-8")
    try:
        picture = draw(load_world(path), "carebot::head::camera", 640, 480)
    except DeviceError as error:
        pytest.skip(str(error))
    estimator = make_estimator(load_registry().get("blazepose"))
    (body,) = estimator.estimate(np.ascontiguousarray(picture[:, :, ::-1]), 0.0)
    height = np.ptp(body.keypoints[:, 1] * 480)
    px_per_m = 240 / np.tan(0.425) / DISTANCE_M
    assert height == pytest.approx(0.89 * RESIDENTS[name].anatomy.stature_m * px_per_m, rel=0.12), "nose to ankles"
    left, right = body.keypoints[5], body.keypoints[6]
    assert left[0] > right[0], "they face the camera, so their left shoulder is on the picture's right"
    assert body.keypoints[0, 1] < left[1] < body.keypoints[11, 1] < body.keypoints[15, 1]
