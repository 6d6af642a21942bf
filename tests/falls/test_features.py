from __future__ import annotations

import math

import pytest

from carebot.falls import FallMonitor, PersonFeatures, PersonState
from tests.falls.figures import BEND, CHAIR, KNEEL, LIE_BACK, LIE_SIDE, STAND, Move, Posture
from tests.falls.scenes import shot, watch


def features_of(posture: Posture, **how) -> PersonFeatures:
    """After standing a while and going over to `posture` in one second."""
    monitor = monitor_after([Move(STAND, 1.0), Move(posture, 1.0), Move(posture, 1.0)], **how)
    return monitor.observations()[0].features


def monitor_after(moves: list[Move], **how) -> FallMonitor:
    return watch(*shot(moves, **how))[0]


@pytest.mark.parametrize("distance", [2.5, 4.0, 7.0])
@pytest.mark.parametrize("fps", [8.0, 15.0, 60.0])
def test_heights_do_not_depend_on_distance_or_frame_rate(distance: float, fps: float) -> None:
    standing = features_of(STAND, distance_m=distance, fps=fps, jitter=0.0)
    assert standing.shoulder_height_bl == pytest.approx(0.78, abs=0.06)
    assert standing.hip_height_bl == pytest.approx(0.49, abs=0.04)
    lying = features_of(LIE_BACK, distance_m=distance, fps=fps, jitter=0.0)
    assert lying.top_height_bl == pytest.approx(0.0, abs=0.08)
    assert lying.drop_bl == pytest.approx(0.63, abs=0.08)


@pytest.mark.parametrize(("posture", "angle"), [(STAND, 0), (CHAIR, 5), (BEND, 95), (KNEEL, 5), (LIE_BACK, 90)])
@pytest.mark.parametrize("facing", [0.0, 45.0, 90.0, 180.0])
def test_the_torso_angle_is_seen_from_all_sides_with_a_skeleton_in_space(
    posture: Posture, angle: float, facing: float
) -> None:
    features = features_of(posture, facing_deg=facing, jitter=0.0)
    assert math.degrees(features.torso_angle_3d_rad) == pytest.approx(angle, abs=2)


def test_without_it_a_fall_along_the_view_looks_upright() -> None:
    """The reason why height, and not the angle alone, decides."""
    features = features_of(LIE_BACK, facing_deg=0.0, world=False, height_m=0.6, jitter=0.0)
    assert math.isnan(features.torso_angle_3d_rad)
    assert math.degrees(features.torso_angle_2d_rad) < 30
    assert features.top_height_bl < 0.22


@pytest.mark.parametrize("roll", [-20.0, 20.0])
def test_a_crooked_camera_changes_nothing(roll: float) -> None:
    straight, crooked = (features_of(LIE_SIDE, roll_deg=r, jitter=0.0) for r in (0.0, roll))
    assert crooked.torso_angle_2d_rad == pytest.approx(straight.torso_angle_2d_rad, abs=0.05)
    assert crooked.top_height_bl == pytest.approx(straight.top_height_bl, abs=0.03)


@pytest.mark.parametrize("missing", [(0, 1, 2, 3, 4), (15, 16), (13, 14, 15, 16), (5, 7, 9, 11, 13, 15)])
def test_heights_bear_missing_joints(missing: tuple[int, ...]) -> None:
    features = features_of(STAND, missing=missing, jitter=0.0)
    assert features.shoulder_height_bl == pytest.approx(0.78, abs=0.08)


def test_a_trunk_that_is_not_seen_is_not_known() -> None:
    monitor = monitor_after([Move(STAND, 1.0)], missing=(5, 6, 11, 12))
    assert monitor.observations() == []


def test_hips_alone_do() -> None:
    monitor = monitor_after([Move(STAND, 1.0)], missing=(5, 6))
    features = monitor.observations()[0].features
    assert math.isnan(features.shoulder_height_bl)
    assert math.isfinite(features.hip_height_bl)
    assert monitor.observations()[0].state is PersonState.UPRIGHT


def test_the_floor_under_somebody_who_comes_up_to_the_lens_leaves_the_picture_with_their_feet() -> None:
    for distance, walked in ((3.0, 1.7), (3.0, 2.1)):
        moves = [Move(STAND, 1.0), Move(STAND, 3.0, walk_m=(0.0, -walked)), Move(STAND, 1.0)]
        features = monitor_after(moves, distance_m=distance, jitter=0.0).observations()[0].features
        assert features.floor_is_seen, "long ago, but it was"
        assert features.shoulder_height_bl == pytest.approx(0.78, abs=0.12)
        assert features.hip_height_bl == pytest.approx(0.49, abs=0.1)


def test_feet_above_the_lens_of_a_described_camera_show_no_floor() -> None:
    camera, pictures = shot([Move(STAND, 1.0), Move(STAND, 1.0)], distance_m=8.0, jitter=0.0)
    lifted = [picture for picture in pictures if picture.time_s < 1.0]
    for picture in lifted:
        picture.people[0].keypoints[:, 1] -= 0.3
    for mounting, knows in ((camera.mounting, False), (None, True)):
        monitor = FallMonitor(mounting=mounting)
        for picture in lifted:
            monitor.step(picture)
        assert monitor.observations()[0].features.floor_is_seen is knows
