from __future__ import annotations

import os
import zipfile
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
        ("fps", "15", "'fps' must be one number between 0.5 and 1000, but it is the text '15'"),
        ("fps", [15, 15], r"but it is of the shape \(2,\) and dtype int64"),
        ("aspect", -1.0, "'aspect' must be one number"),
        ("keypoints", np.zeros((5, 13)), "shape"),
        ("keypoints", np.zeros((0, 13, 2)), "holds no picture"),
        ("keypoints", np.full((5, 13, 2), 300.0), "in pixels"),
        ("keypoints", np.array([["a"] * 13] * 2), "but it is of dtype <U1"),
        ("keypoints", np.ones((5, 13, 2), bool), "must hold numbers .*, but it is of dtype bool"),
        ("keypoints", np.ones((5, 13, 2), complex), "but it is of dtype complex128"),
        ("joints", np.array(JOINTS_13[:5]), "5 names for 13 joints"),
        ("joints", np.array(["x"] * 13), "no shoulder"),
        ("joints", np.array(["left_shoulder"] * 13), "no hip"),
        ("joints", np.arange(13), "list of names, one for each joint, but it is of .* dtype int64"),
        ("joints", "nose,left_hip", "but it is the text 'nose,left_hip'"),
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
        with pytest.raises(SourceError, match=r"damaged or no \.npz file"):
            KeypointFile(path)
    single = tmp_path / "single.npy"
    np.save(single, np.zeros(3))
    with pytest.raises(SourceError, match="single array"):
        KeypointFile(single)
    with pytest.raises(SourceError, match="'joints' holds Python objects"):
        KeypointFile(save(tmp_path / "objects.npz", {**content, "joints": np.array(JOINTS_13, dtype=object)}))


def test_what_is_no_file_is_told_apart_from_damage(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        KeypointFile(tmp_path / "absent.npz")
    with pytest.raises(SourceError, match="is no file"):
        KeypointFile(tmp_path)
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(SourceError, match="is no file"):
        KeypointFile(tmp_path / "pipe.npz")


def header(text: str) -> bytes:
    """An array file without its numbers."""
    return b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text.encode() + b"\n"


@pytest.mark.parametrize(
    "member",
    [
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 13, 2), }"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000000000000000, 13, 2), }"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 13, 2), "),
        b"no array at all",
    ],
    ids=["no machine has that memory", "no number is so large", "half a header", "no array"],
)
def test_damage_inside_a_file_is_one_sentence(tmp_path: Path, member: bytes) -> None:
    path = tmp_path / "damaged.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("keypoints.npy", member)
    with pytest.raises(SourceError, match=r"damaged\.npz cannot be read because 'keypoints' in it"):
        KeypointFile(path)


def test_compressed_numbers_that_changed_and_a_locked_file(tmp_path: Path, content: dict[str, Any]) -> None:
    path = tmp_path / "damaged.npz"
    np.savez_compressed(path, **content)
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes(byte ^ 0x55 for byte in whole[60:200]) + whole[200:])
    with pytest.raises(SourceError, match="'keypoints' in it is damaged"):
        KeypointFile(path)
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(locked)
    with pytest.raises(SourceError, match="'keypoints' in it is damaged"):
        KeypointFile(path)
