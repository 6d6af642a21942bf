"""From what sensors say to what the judge understands."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People, Person
from carebot.safety.cloud import depth_from_points
from carebot.safety.people_distance import people_near
from carebot.safety.scan import scan_from_ranges, to_robot
from carebot.safety.sensors import sensor_faults
from carebot.safety.tilt import tilt_from_acceleration, tilt_from_quaternion
from carebot.safety.verdict import ReasonCode
from carebot.safety.world import Scan, Sensor, Tilt
from tests.safety.situations import NOW_S, P, world

DEG = math.pi / 180
CENTRE = Pose2D()


def scan(*ranges_m: float, first: float = 0.0, step: float = 90 * DEG, at: Pose2D = CENTRE) -> Scan:
    return scan_from_ranges(np.array(ranges_m, dtype=np.float64), first, step, 0.1, 10.0, at, NOW_S)


# --- lidar ------------------------------------------------------------------------------------------------------------


def test_rays_become_points() -> None:
    seen = scan(1.0, 2.0, 3.0, 4.0)
    assert seen.points_m == pytest.approx(np.array([(1.0, 0.0), (0.0, 2.0), (-3.0, 0.0), (0.0, -4.0)]))
    assert (seen.stamp_s, seen.lost_rays) == (NOW_S, 0.0)
    assert (seen.seen_from_rad, seen.seen_to_rad) == pytest.approx((0.0, 2 * math.pi))


def test_the_lidars_place_on_the_robot_counts() -> None:
    seen = scan(1.0, 2.0, at=Pose2D(0.2, -0.1, math.pi / 2))
    assert seen.points_m == pytest.approx(np.array([(0.2, 0.9), (-1.8, -0.1)]))
    assert (seen.seen_from_rad, seen.seen_to_rad) == pytest.approx((math.pi / 2, 1.5 * math.pi))
    assert to_robot(np.array([(1.0, 0.0)]), Pose2D(1.0, 2.0, -math.pi / 2)) == pytest.approx(np.array([(1.0, 1.0)]))


def test_a_lidar_that_turns_clockwise() -> None:
    seen = scan(1.0, 1.0, first=math.pi, step=-90 * DEG)
    assert seen.points_m == pytest.approx(np.array([(-1.0, 0.0), (0.0, 1.0)]))
    assert (seen.seen_from_rad, seen.seen_to_rad) == pytest.approx((0.0, math.pi))


def test_special_ranges_mean_what_rep_117_says() -> None:
    assert len(scan(math.inf, 10.1).points_m) == 0
    assert scan(math.inf, 10.1).lost_rays == 0.0
    assert scan(-math.inf).points_m == pytest.approx(np.array([(0.1, 0.0)]))
    assert scan(-math.inf).lost_rays == 0.0
    assert scan(0.05, 10.0).points_m == pytest.approx(np.array([(0.05, 0.0), (0.0, 10.0)]))
    lost = scan(math.nan, 0.0, -1.0, 1.0)
    assert lost.lost_rays == 0.75
    assert lost.points_m == pytest.approx(np.array([(0.0, -1.0)]))


def test_single_precision_as_ros_sends_it() -> None:
    seen = scan_from_ranges(np.full(3, 1.1, dtype=np.float32), 0.0, 0.0, 0.1, 10.0, CENTRE, NOW_S)
    assert seen.points_m.dtype == np.float64
    assert seen.points_m[0, 0] == pytest.approx(1.1, abs=1e-7)


def test_a_scan_without_rays_is_blind() -> None:
    empty = scan()
    assert empty.lost_rays == 1.0
    assert empty.points_m.shape == (0, 2)
    assert sensor_faults(world(scan=empty), NOW_S, P)[Sensor.SCAN].code is ReasonCode.SCAN_BLIND


def test_angles_that_are_none_are_a_fault() -> None:
    for bad in (scan(1.0, first=math.nan), scan(1.0, 1.0, step=math.nan), scan(math.inf, first=math.nan)):
        assert sensor_faults(world(scan=bad), NOW_S, P)[Sensor.SCAN].code is ReasonCode.SENSOR_NOT_FINITE


@pytest.mark.parametrize("most_m", [0.0, -1.0, math.nan])
def test_a_lidar_that_tells_no_range_sees_nothing(most_m: float) -> None:
    """0 is what a message has where nobody set it: a wall would count as out of reach."""
    seen = scan_from_ranges(np.array([0.4, 0.5]), 0.0, 0.1, 0.05, most_m, CENTRE, NOW_S)
    assert seen.lost_rays == 1.0


def test_something_too_near_is_there_even_if_the_least_range_is_zero() -> None:
    seen = scan_from_ranges(np.array([-math.inf]), 0.0, 0.1, 0.0, 5.0, CENTRE, NOW_S)
    assert (len(seen.points_m), seen.lost_rays) == (1, 0.0)


# --- depth camera -----------------------------------------------------------------------------------------------------


def depth(
    *points_m: tuple[float, float, float], pitch_rad: float = 0.0, at: Pose2D = CENTRE
) -> list[tuple[float, float]]:
    camera = CameraMounting(height_m=1.0, pitch_rad=pitch_rad)
    seen = depth_from_points(np.array(points_m).reshape(-1, 3), camera, at, (0.03, 1.6), NOW_S)
    assert seen.stamp_s == NOW_S
    return [(round(float(x), 6), round(float(y), 6)) for x, y in seen.points_m]


def test_depth_points_stand_on_the_floor_ahead() -> None:
    assert depth((0.0, 0.0, 2.0)) == [(2.0, 0.0)]
    assert depth((0.5, 0.3, 2.0)) == [(2.0, -0.5)]


def test_floor_and_ceiling_are_no_obstacles() -> None:
    assert depth((0, 0.96, 1.0), (0, 0.98, 1.0), (0, -0.59, 1.0), (0, -0.61, 1.0)) == [(1.0, 0.0), (1.0, 0.0)]
    assert depth((0, 0.99, 1.0)) == []


def test_a_camera_that_looks_down() -> None:
    assert depth((0.0, 0.0, 1.0), pitch_rad=30 * DEG) == [(round(math.cos(30 * DEG), 6), 0.0)]
    assert depth((0.0, 0.0, 2.0), pitch_rad=30 * DEG) == []
    assert depth((0.0, -1.0, 2.0), pitch_rad=30 * DEG) == [(round(2 * math.cos(30 * DEG) + math.sin(30 * DEG), 6), 0.0)]


def test_a_camera_that_looks_down_sees_the_floor_where_it_is() -> None:
    """1 - 1 · sin 60° - 0.18 · cos 60° is 0.044 m above the floor; with 0.22 it is 0.024 m."""
    assert len(depth((0.0, 0.18, 1.0), pitch_rad=60 * DEG)) == 1
    assert depth((0.0, 0.22, 1.0), pitch_rad=60 * DEG) == []


def test_the_depth_cameras_place_on_the_robot_counts() -> None:
    assert depth((0.0, 0.0, 2.0), at=Pose2D(0.1, 0.2, math.pi / 2)) == [(0.1, 2.2)]


def test_a_camera_that_is_rolled_sees_level_what_is_level() -> None:
    """As `CameraMounting.from_optical` has it."""
    camera = CameraMounting(height_m=1.0, pitch_rad=0.4, roll_rad=0.3)
    point = (0.2, 0.1, 1.5)
    ahead_m, left_m, up_m = camera.from_optical(*point)
    assert 0.03 < 1.0 + up_m < 1.6
    seen = depth_from_points(np.array([point]), camera, CENTRE, (0.03, 1.6), NOW_S)
    assert seen.points_m == pytest.approx(np.array([(ahead_m, left_m)]))


def test_a_camera_that_something_covers_is_blind() -> None:
    points = np.full((100, 3), np.nan)
    points[:5] = (0.0, 0.0, 3.0)
    seen = depth_from_points(points, CameraMounting(height_m=1.0), CENTRE, (0.03, 1.6), NOW_S)
    assert np.isnan(seen.points_m).all()
    points[:6] = (0.0, 0.0, 3.0)
    assert len(depth_from_points(points, CameraMounting(height_m=1.0), CENTRE, (0.03, 1.6), NOW_S).points_m) == 6


def test_points_without_a_measurement_are_left_out_unless_there_are_no_others() -> None:
    assert depth((math.nan, 0.0, 1.0), (0.0, math.inf, 1.0), (0.0, 0.0, 1.0)) == [(1.0, 0.0)]
    for points in ([], [(math.nan, math.nan, math.nan)], [(0.0, 0.0, math.inf)]):
        camera = CameraMounting(height_m=1.0)
        seen = depth_from_points(np.array(points).reshape(-1, 3), camera, CENTRE, (0.03, 1.6), NOW_S)
        assert seen.points_m.shape == (1, 2)
        assert np.isnan(seen.points_m).all()
        assert sensor_faults(world(depth=seen), NOW_S, P)[Sensor.DEPTH].code is ReasonCode.SENSOR_NOT_FINITE


# --- people -----------------------------------------------------------------------------------------------------------

CAMERA = CameraMounting(vertical_fov_rad=2 * math.atan(0.5))
"""A focal length of one picture height, so that one metre at one metre fills it."""


def somebody(**places: tuple[float, float]) -> Person:
    """Only the named keypoints are seen, at fractions of a square picture's width and height."""
    keypoints = np.zeros((17, 3), dtype=np.float32)
    for name, place in places.items():
        keypoints[int(name.removeprefix("k"))] = (*place, 0.9)
    return Person(1, 0.9, keypoints)


def distances(*people: Person, width_px: int = 480, ahead_m: float = 0.0) -> tuple[float | None, ...]:
    seen = People(NOW_S, width_px, 480, people)
    near = people_near(seen, CAMERA.vertical_fov_rad, ahead_m, NOW_S)
    assert near.stamp_s == NOW_S
    return near.distances_m


@pytest.mark.parametrize(
    ("one", "other", "length_m"),
    [
        (3, 4, 0.13), (5, 6, 0.31), (5, 11, 0.42), (6, 12, 0.42),
        (11, 13, 0.35), (12, 14, 0.35), (13, 15, 0.34), (14, 16, 0.34),
    ],
)  # fmt: skip
def test_each_limb_tells_a_distance(one: int, other: int, length_m: float) -> None:
    person = somebody(**{f"k{one}": (0.5, 0.4), f"k{other}": (0.5, 0.5)})
    assert distances(person) == pytest.approx((length_m / 0.1,), rel=1e-5)


def test_a_limb_across_is_measured_in_picture_heights() -> None:
    across = somebody(k5=(0.4, 0.5), k6=(0.5, 0.5))
    assert distances(across, width_px=640) == pytest.approx((0.31 / (0.1 * 640 / 480),), rel=1e-5)
    narrow = CameraMounting(vertical_fov_rad=2 * math.atan(0.25))
    assert people_near(People(0.0, 480, 480, (across,)), narrow.vertical_fov_rad, 0.0, 0.0).distances_m[
        0
    ] == pytest.approx(6.2, rel=1e-5)


def test_the_nearest_estimate_counts() -> None:
    person = somebody(k5=(0.45, 0.3), k6=(0.5, 0.3), k11=(0.45, 0.6), k12=(0.5, 0.6))
    assert distances(person) == pytest.approx((0.42 / 0.3,), rel=1e-5)


def test_it_is_reckoned_from_the_outline_and_never_below_zero() -> None:
    person = somebody(k5=(0.4, 0.5), k6=(0.5, 0.5))
    assert distances(person, ahead_m=0.1) == pytest.approx((3.0,), rel=1e-5)
    assert distances(person, ahead_m=5.0) == (0.0,)


def test_who_shows_no_limb_is_at_an_unknown_distance() -> None:
    doubtful = somebody(k5=(0.4, 0.5), k6=(0.5, 0.5))
    doubtful.keypoints[6, 2] = 0.49
    tiny = somebody(k5=(0.5, 0.5), k6=(0.5, 0.509))
    assert distances(doubtful, tiny, somebody(k0=(0.5, 0.5))) == (None, None, None)
    doubtful.keypoints[6, 2] = 0.5
    assert distances(doubtful, somebody(k5=(0.5, 0.5), k6=(0.5, 0.511))) == pytest.approx((3.1, 0.31 / 0.011), rel=1e-3)


def test_nobody_in_view_and_a_picture_without_a_size() -> None:
    assert distances() == ()
    assert people_near(People(0.0, 0, 0, (somebody(),)), CAMERA.vertical_fov_rad, 0.0, 0.0).distances_m == (None,)
    assert people_near(
        People(0.0, 2, 0, (somebody(k5=(0.4, 0.5), k6=(0.5, 0.5)),)), CAMERA.vertical_fov_rad, 0, 0
    ).distances_m == (pytest.approx(1.55, rel=1e-4),)


# --- tilt -------------------------------------------------------------------------------------------------------------


def quaternion(roll: float, pitch: float, yaw: float) -> tuple[float, float, float, float]:
    cr, sr, cp, sp = math.cos(roll / 2), math.sin(roll / 2), math.cos(pitch / 2), math.sin(pitch / 2)
    cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
    x, y = sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy
    return x, y, cr * cp * sy - sr * sp * cy, cr * cp * cy + sr * sp * sy


@pytest.mark.parametrize("yaw", [0.0, 1.0, -2.5])
@pytest.mark.parametrize(("roll", "pitch"), [(0.0, 0.0), (0.3, 0.0), (0.0, -0.4), (-0.2, 0.5), (2.9, 0.1), (0.1, 1.5)])
def test_tilt_from_orientation(roll: float, pitch: float, yaw: float) -> None:
    x, y, z, w = quaternion(roll, pitch, yaw)
    for scale in (1.0, 0.95, 1.05, -1.0):
        tilt = tilt_from_quaternion(x * scale, y * scale, z * scale, w * scale, NOW_S)
        assert (tilt.stamp_s, tilt.roll_rad, tilt.pitch_rad) == pytest.approx((NOW_S, roll, pitch), abs=1e-6)


def test_straight_up_is_reckoned_in_spite_of_rounding() -> None:
    half = math.sqrt(0.5)
    assert tilt_from_quaternion(0.0, half, 0.0, half, NOW_S).pitch_rad == pytest.approx(math.pi / 2)
    assert tilt_from_quaternion(0.0, -half, 0.0, half, NOW_S).pitch_rad == pytest.approx(-math.pi / 2)
    for steps in range(100):
        x, y, z, w = quaternion(0.3, math.pi / 2 * (1 if steps % 2 else -1), steps * 0.1)
        assert abs(tilt_from_quaternion(x, y, z, w, NOW_S).pitch_rad) == pytest.approx(math.pi / 2, abs=1e-6)


@pytest.mark.parametrize("roll", [0.0, 0.2, -0.5])
@pytest.mark.parametrize("pitch", [0.0, 0.3, -0.4])
def test_tilt_from_gravity(roll: float, pitch: float) -> None:
    x, y, z = -math.sin(pitch), math.cos(pitch) * math.sin(roll), math.cos(pitch) * math.cos(roll)
    for g in (5.1, 9.81, 19.9):
        tilt = tilt_from_acceleration(x * g, y * g, z * g, NOW_S)
        assert (tilt.stamp_s, tilt.roll_rad, tilt.pitch_rad) == pytest.approx((NOW_S, roll, pitch), abs=1e-9)


@pytest.mark.parametrize(
    "numbers",
    [
        *((0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.89), (0.0, 0.0, 0.0, 1.11), (math.nan, 0.0, 0.0, 1.0)),
        *((0.0, 0.0, 0.0), (0.0, 0.0, 4.9), (0.0, 0.0, 20.1), (math.inf, 0.0, 9.8)),
    ],
)
def test_what_is_no_orientation_is_a_fault(numbers: tuple[float, ...]) -> None:
    # Reckoned in the test, not at collection, so that a fault in it fails here.
    tilt = tilt_from_quaternion(*numbers, NOW_S) if len(numbers) == 4 else tilt_from_acceleration(*numbers, NOW_S)
    assert tilt.stamp_s == NOW_S
    assert math.isnan(tilt.roll_rad)
    assert math.isnan(tilt.pitch_rad)
    assert sensor_faults(world(tilt=tilt), NOW_S, P)[Sensor.TILT].code is ReasonCode.SENSOR_NOT_FINITE


def test_the_borders_of_what_is_an_orientation() -> None:
    for w in (0.9, 1.1):
        assert tilt_from_quaternion(0.0, 0.0, 0.0, w, NOW_S) == Tilt(NOW_S, 0.0, 0.0)
    for z in (5.0, 20.0):
        assert tilt_from_acceleration(0.0, 0.0, z, NOW_S).roll_rad == 0.0
