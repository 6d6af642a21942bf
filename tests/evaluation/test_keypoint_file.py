from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carebot.errors import SourceError
from carebot.evaluation.keypoint_file import KeypointFile
from tests.evaluation.recordings import COCO_13, JOINTS_13, save, sequence
from tests.falls.figures import STAND, Move


@pytest.fixture
def content() -> dict[str, Any]:
    return sequence([Move(STAND, 1.0)])


def test_thirteen_joints_become_coco(tmp_path: Path, content: dict[str, Any]) -> None:
    file = KeypointFile(save(tmp_path / "a.npz", content))
    people = list(file.people())
    assert len(people) == len(file) == 15
    assert [each.time_s for each in people[:3]] == pytest.approx([0, 1 / 15, 2 / 15])
    assert (people[0].width_px, people[0].height_px) == (640, 480)
    joints = people[0].people[0].keypoints
    assert joints[COCO_13, :2] == pytest.approx(content["keypoints"][0], abs=1e-6)
    assert joints[COCO_13, 2].tolist() == [1.0] * 13
    assert joints[1:5].tolist() == [[0.0] * 3] * 4


def test_zeros_and_nan_are_missing_joints(tmp_path: Path, content: dict[str, Any]) -> None:
    content["keypoints"][0, 0] = 0.0
    content["keypoints"][0, 1] = np.nan
    content["keypoints"][1] = 0.0
    first, second, *_ = KeypointFile(save(tmp_path / "a.npz", content)).people()
    assert first.people[0].keypoints[[0, 5], 2].tolist() == [0.0, 0.0]
    assert np.isfinite(first.people[0].keypoints).all()
    assert second.people == ()


def test_confidences_are_kept(tmp_path: Path, content: dict[str, Any]) -> None:
    sure = np.full((*content["keypoints"].shape[:2], 1), 0.6)
    content["keypoints"] = np.concatenate([content["keypoints"], sure], axis=2).astype(np.float16)
    content["joints"] = np.array([name.encode() for name in JOINTS_13])
    content["fps"] = np.array([15])
    people = next(KeypointFile(save(tmp_path / "a.npz", content)).people())
    assert people.people[0].confidence == pytest.approx(0.6, abs=1e-3)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("keypoints", None, "no 'keypoints'"),
        ("fps", None, "no 'fps'"),
        ("aspect", None, "no 'aspect'"),
        ("joints", None, "no 'joints'"),
        ("fps", 0, "'fps' must be one number"),
        ("fps", np.nan, "'fps' must be one number"),
        ("fps", "fast", "'fps' must be one number"),
        ("aspect", -1.0, "'aspect' must be one number"),
        ("keypoints", np.zeros((5, 13)), "shape"),
        ("keypoints", np.zeros((0, 13, 2)), "holds no picture"),
        ("keypoints", np.full((5, 13, 2), 300.0), "in pixels"),
        ("keypoints", np.array([["a"] * 13] * 2), "shape"),
        ("joints", np.array(JOINTS_13[:5]), "5 names for 13 joints"),
        ("joints", np.array(["x"] * 13), "no shoulder"),
        ("joints", np.array(["left_shoulder"] * 13), "no hip"),
        ("joints", np.arange(13), "list of names"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, content: dict[str, Any], key: str, value: Any, said: str
) -> None:
    del content[key]
    if value is not None:
        content[key] = value
    path = save(tmp_path / "broken.npz", content)
    with pytest.raises(SourceError, match=said) as raised:
        KeypointFile(path)
    assert str(path) in str(raised.value)


def test_files_that_are_no_npz_are_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    whole = save(tmp_path / "a.npz", content).read_bytes()
    for name, data in {"empty": b"", "text": b"hello", "cut": whole[: len(whole) // 2]}.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(data)
        with pytest.raises(SourceError, match="cannot be read"):
            KeypointFile(path)
    single = tmp_path / "single.npy"
    np.save(single, np.zeros(3))
    with pytest.raises(SourceError, match="single array"):
        KeypointFile(single)
    with pytest.raises(SourceError):
        KeypointFile(tmp_path / "absent.npz")
    with pytest.raises(SourceError, match="Python objects"):
        KeypointFile(save(tmp_path / "objects.npz", {**content, "joints": np.array(JOINTS_13, dtype=object)}))
