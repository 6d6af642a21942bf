from __future__ import annotations

import math

import numpy as np
import pytest

from carebot.falls.body import HIPS, SHOULDERS, Body, body_of
from carebot.geometry import CameraMounting
from carebot.people import People, Person
from tests.falls.figures import LIE_BACK, STAND, Camera, Figure, camera_at, seen


def one(camera: Camera, posture=STAND, **figure) -> tuple[Person, People]:
    joints = Figure(feet_m=(0.0, 4.0), **figure).joints(posture)
    picture = seen([(0.0, joints)], camera, world=True)[0]
    return picture.people[0], picture


def up_the_torso(body: Body) -> np.ndarray:
    shoulders, hips = body.middle(SHOULDERS), body.middle(HIPS)
    return (shoulders - hips) / np.linalg.norm(shoulders - hips)


@pytest.mark.parametrize("roll", [-0.5, 0.0, 0.3, math.pi / 2])
def test_a_rolled_camera_sees_a_standing_person_upright(roll: float) -> None:
    camera = Camera(CameraMounting(roll_rad=roll))
    body = body_of(*one(camera), camera.mounting, 0.3)
    assert up_the_torso(body) == pytest.approx([0.0, -1.0], abs=0.01)


@pytest.mark.parametrize("height", [0.3, 1.1, 2.5])
@pytest.mark.parametrize("roll", [-0.4, 0.0, 0.4])
def test_the_skeleton_in_space_is_turned_against_gravity(height: float, roll: float) -> None:
    camera = camera_at(height, 4.0, roll)
    standing = body_of(*one(camera), camera.mounting, 0.3)
    torso = standing.world_middle(SHOULDERS) - standing.world_middle(HIPS)
    assert torso / np.linalg.norm(torso) == pytest.approx([0.0, -1.0, 0.0], abs=1e-5)
    away = body_of(*one(camera, LIE_BACK), camera.mounting, 0.3)
    torso = away.world_middle(SHOULDERS) - away.world_middle(HIPS)
    assert torso / np.linalg.norm(torso) == pytest.approx([0.0, 0.0, 1.0], abs=1e-5)
    assert away.depth_bl(SHOULDERS) == pytest.approx(0.491 + 0.288, abs=0.01)


def test_width_and_height_of_the_picture_are_taken_into_account() -> None:
    wide = Camera(CameraMounting(), width_px=1280, height_px=480)
    body = body_of(*one(wide, LIE_BACK, facing_rad=math.pi / 2), wide.mounting, 0.3)
    length = np.linalg.norm(body.middle(SHOULDERS) - body.middle(HIPS))
    standing = body_of(*one(wide), wide.mounting, 0.3)
    assert length == pytest.approx(np.linalg.norm(standing.middle(SHOULDERS) - standing.middle(HIPS)), rel=0.05)


def test_missing_joints_are_missing_and_not_zero() -> None:
    camera = camera_at(1.1, 4.0)
    person, picture = one(camera)
    person.keypoints[5] = (0.0, 0.0, 1.0)
    person.keypoints[6, 2] = 0.1
    person.keypoints[11] = np.nan
    body = body_of(person, picture, camera.mounting, 0.3)
    assert body.middle(SHOULDERS) is None
    assert np.isfinite(body.middle(HIPS)).all()
    assert body.confidence[[5, 6, 11]].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "keypoints",
    [
        np.full((17, 3), np.nan),
        np.zeros((17, 3)),
        np.full((17, 3), np.inf),
        np.ones((13, 3)),
        np.ones((17, 2)),
        np.full((17, 3), 1e9),
    ],
    ids=["nan", "zeros", "infinite", "13 joints", "no confidence", "far out"],
)
def test_what_is_no_body_is_none(keypoints: np.ndarray) -> None:
    person = Person(1, 1.0, keypoints.astype(np.float32))
    assert body_of(person, People(0.0, 640, 480, (person,)), CameraMounting(), 0.3) is None


def test_a_picture_without_size_holds_nobody() -> None:
    person, _ = one(camera_at(1.1, 4.0))
    assert body_of(person, People(0.0, 0, 0, (person,)), CameraMounting(), 0.3) is None


@pytest.mark.parametrize("world", [np.zeros((17, 3)), np.full((17, 3), np.nan), np.ones((5, 3))])
def test_a_skeleton_in_space_that_is_none_does_no_harm(world: np.ndarray) -> None:
    camera = camera_at(1.1, 4.0)
    person, picture = one(camera)
    body = body_of(Person(1, 1.0, person.keypoints, world.astype(np.float32)), picture, camera.mounting, 0.3)
    assert body.middle(HIPS) is not None
    assert body.world_middle(HIPS) is None
    assert body.depth_bl(HIPS) == 0.0


@pytest.mark.parametrize(("shift", "is_seen"), [((0.0, 0.0), True), ((1.0, 0.0), False), ((0.0, 1.0), False)])
def test_a_trunk_outside_of_the_picture_is_made_up(shift: tuple[float, float], is_seen: bool) -> None:
    camera = camera_at(1.1, 4.0)
    person, picture = one(camera)
    person.keypoints[5:, :2] += shift
    assert (body_of(person, picture, camera.mounting, 0.3) is not None) == is_seen


def test_half_a_trunk_in_the_picture_is_seen() -> None:
    camera = camera_at(1.1, 4.0)
    person, picture = one(camera)
    person.keypoints[[11, 12], 1] = 1.2
    assert body_of(person, picture, camera.mounting, 0.3) is not None


@pytest.mark.parametrize(("mounting", "is_known"), [
    (CameraMounting(pitch_rad=0.15), True), (CameraMounting(), False), (CameraMounting(pitch_rad=math.pi / 2), False),
])  # fmt: skip
def test_the_horizon_is_that_of_a_described_camera_that_looks_ahead(mounting: CameraMounting, is_known: bool):
    person, picture = one(camera_at(1.1, 3.0))
    body = body_of(person, picture, mounting, 0.3)
    assert math.isfinite(body.horizon_px) is is_known
