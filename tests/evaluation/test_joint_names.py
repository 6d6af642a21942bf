from __future__ import annotations

import pytest

from carebot.evaluation.joint_names import coco_indices
from carebot.people import COCO_KEYPOINTS

LEFT_HIP, RIGHT_SHOULDER, RIGHT_ANKLE = 11, 6, 16


def test_coco_names_are_themselves() -> None:
    assert coco_indices(COCO_KEYPOINTS) == {index: index for index in range(17)}


@pytest.mark.parametrize(
    "name",
    ["left_hip", "LEFT_HIP", "Left Hip", "leftHip", "LeftHip", "LHip", "l_hip", "hip_l", "hip.L", "lhip", "L-Hip"],
)
def test_spellings_of_one_joint(name: str) -> None:
    assert coco_indices([name]) == {LEFT_HIP: 0}


@pytest.mark.parametrize("name", ["R_Sho", "RShoulder", "rightshoulder", "r shoulder", "RSHOULDER", "right_shldr"])
def test_spellings_of_another(name: str) -> None:
    assert coco_indices([name]) == {RIGHT_SHOULDER: 0}


@pytest.mark.parametrize("name", ["nose", "Head", "head_top", "HEAD", "face"])
def test_one_point_of_the_head_is_the_nose(name: str) -> None:
    assert coco_indices([name]) == {0: 0}


def test_the_nose_is_better_than_the_top_of_the_head_and_the_ankle_than_the_foot() -> None:
    assert coco_indices(["head_top", "nose", "right_foot", "right_ankle"]) == {0: 1, RIGHT_ANKLE: 3}
    assert coco_indices(["right_ankle", "right_foot"]) == {RIGHT_ANKLE: 0}


def test_what_is_not_understood_is_left_out() -> None:
    assert coco_indices(["pelvis", "thorax", "neck", "hip", "", "left", "left_right_hip", "1", "銀"]) == {}


def test_openpose_order() -> None:
    names = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "MidHip", "RHip"]
    assert coco_indices(names) == {0: 0, 5: 5, 6: 2, 7: 6, 8: 3, 9: 7, 10: 4, 12: 9}
