from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from carebot.errors import ConfigError, ModelError
from carebot.perception.estimators.factory import make_estimator, open_sessions
from carebot.perception.providers import CPU
from carebot.perception.registry import ModelEntry, ModelFile, load_registry
from carebot.perception.session import SessionOptions
from tests.perception.graphs import constants

ON_CPU = SessionOptions(device="cpu")
PICTURE = np.zeros((48, 64, 3), np.uint8)


def entry(family: str, path: Path, **changes: Any) -> ModelEntry:
    digest = sha256(path.read_bytes()).hexdigest()
    files = (ModelFile("model", path, digest, None, (64, 64)),)
    return replace(ModelEntry(family, "pose", family, "MIT", "small", files, path.parent / "registry.toml"), **changes)


def yolo_entry(folder: Path) -> ModelEntry:
    outputs = {"output0": np.zeros((1, 56, 30), np.float32)}
    outputs["output0"][0, :5, 0] = 32, 32, 20, 40, 0.9
    return entry("yolo_pose", constants(folder / "yolo.onnx", (1, 3, "H", "W"), outputs))


def rtm_entry(folder: Path, **changes: Any) -> ModelEntry:
    outputs = {"simcc_x": np.ones((1, 17, 128), np.float32), "simcc_y": np.ones((1, 17, 128), np.float32)}
    return entry("rtmpose", constants(folder / "rtm.onnx", (1, 3, 64, 64), outputs), **changes)


def test_a_file_with_another_hash_is_never_run(tmp_path: Path) -> None:
    model = yolo_entry(tmp_path)
    with model.files[0].path.open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(ModelError, match="is refused"):
        make_estimator(model, ON_CPU)


def test_an_unknown_family_names_the_registry_and_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"registry\.toml.*'yolo' is no pose family.*yolo_pose"):
        make_estimator(replace(yolo_entry(tmp_path), family="yolo"), ON_CPU)


def test_a_family_that_does_not_fit_the_file_is_refused(tmp_path: Path) -> None:
    for family in ("rtmpose", "movenet"):
        with pytest.raises(ModelError, match=f"is no {family} model"):
            make_estimator(replace(yolo_entry(tmp_path), family=family), ON_CPU)


def test_blazepose_needs_both_its_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file with role 'detector'"):
        make_estimator(replace(yolo_entry(tmp_path), family="blazepose"), ON_CPU)


def test_a_detector_must_find_people(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="finds no people for 'rtmpose'"):
        make_estimator(rtm_entry(tmp_path, detector=replace(yolo_entry(tmp_path), family="movenet")), ON_CPU)


def test_yolo_pose_is_made_and_runs(tmp_path: Path) -> None:
    estimator = make_estimator(yolo_entry(tmp_path), ON_CPU)
    assert estimator.provider == CPU
    assert len(estimator.estimate(PICTURE, 0.0)) == 1


def test_movenet_is_made_and_runs(tmp_path: Path) -> None:
    outputs = {"output_0": np.zeros((1, 6, 56), np.float32)}
    path = constants(tmp_path / "movenet.onnx", (1, "H", "W", 3), outputs, TensorProto.INT32)
    assert make_estimator(entry("movenet", path), ON_CPU).estimate(PICTURE, 0.0) == []


def test_rtmpose_looks_where_its_detector_says(tmp_path: Path) -> None:
    alone = make_estimator(rtm_entry(tmp_path), ON_CPU).estimate(PICTURE, 0.0)
    (body,) = make_estimator(rtm_entry(tmp_path, detector=yolo_entry(tmp_path)), ON_CPU).estimate(PICTURE, 0.0)
    # The peaks are in the crop's corner: of the padded picture alone, of the padded 20 × 40 box around its middle.
    np.testing.assert_allclose(alone[0].keypoints[0, :2], [0.5 - 40 / 64, 0.5 - 40 / 48], atol=1e-6)
    np.testing.assert_allclose(body.keypoints[0, :2], [0.5 - 25 / 64, 0.5 - 25 / 48], atol=1e-6)


def test_the_sessions_are_named_by_their_roles(tmp_path: Path) -> None:
    sessions = open_sessions(rtm_entry(tmp_path, detector=yolo_entry(tmp_path)), ON_CPU)
    assert set(sessions) == {"model", "people"}


def test_the_shipped_model_is_made_and_sees_nobody_in_the_dark() -> None:
    estimator = make_estimator(load_registry().get("blazepose"), ON_CPU)
    assert estimator.provider == CPU
    assert estimator.estimate(np.zeros((480, 640, 3), np.uint8), 0.0) == []
