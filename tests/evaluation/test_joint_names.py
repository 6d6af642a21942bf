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
    assert coco_indices(["spine", "chin", "hip", "", "left", "left_right_hip", "1", "銀"]) == {}


def test_openpose_order() -> None:
    names = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "MidHip", "RHip"]
    assert coco_indices(names) == {0: 0, 5: 5, 6: 2, 7: 6, 8: 3, 9: 7, 10: 4, 12: 9}


def test_middles_stand_for_both_sides_where_a_skeleton_has_no_sides() -> None:
    names = ["head", "neck", "l_knee", "r_knee", "mid_hip"]
    assert coco_indices(names) == {0: 0, 5: 1, 6: 1, 11: 4, 12: 4, 13: 2, 14: 3}
    assert coco_indices(["SpineBase", "Neck", "ShoulderLeft", "SpineShoulder"]) == {5: 2, 11: 0, 12: 0}


SKELETONS = {
    "OpenPose": "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist MidHip RHip RKnee RAnkle LHip LKnee LAnkle",
    "Kinect": (
        "SpineBase SpineMid Neck Head ShoulderLeft ElbowLeft WristLeft HandLeft ShoulderRight ElbowRight WristRight "
        "HandRight HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight FootRight SpineShoulder"
    ),
    "MPII": (
        "r_ankle r_knee r_hip l_hip l_knee l_ankle pelvis thorax upper_neck head_top r_wrist r_elbow r_shoulder "
        "l_shoulder l_elbow l_wrist"
    ),
    "Human3.6M": (
        "Hip RHip RKnee RFoot LHip LKnee LFoot Spine Thorax Head LShoulder LElbow LWrist RShoulder RElbow RWrist"
    ),
    "CrowdPose": (
        "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip left_knee "
        "right_knee left_ankle right_ankle top_head neck"
    ),
}


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_the_13_joints_of_other_skeletons_are_understood(skeleton: str) -> None:
    names = SKELETONS[skeleton].split()
    sides = {joint: names[number].lower() for joint, number in coco_indices(names).items()}
    assert sorted(joint for joint in sides if joint not in range(1, 5)) == [0, *range(5, 17)]
    assert all((name[0] == "l" or "left" in name) == (joint % 2 == 1) for joint, name in sides.items() if joint >= 5)
