from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.drive.kinematics import differential, mecanum
from carebot.drive.odometry import WheelOdometry
from carebot.geometry import Twist2D

BASE = differential(0.05, 0.3)


def drive(odometry: WheelOdometry, base, legs, steps: int):
    """Each leg is a twist and how long it lasts; the wheels do exactly that, reported `steps` times."""
    angles, now_s = [0.0] * len(base.rows), 0.0
    state = odometry.step(angles, [0.0] * len(angles), now_s)
    for twist, seconds in legs:
        speeds = base.wheel_speeds(twist)
        for _ in range(steps):
            angles = [angle + speed * seconds / steps for angle, speed in zip(angles, speeds, strict=True)]
            now_s += seconds / steps
            state = odometry.step(angles, speeds, now_s)
    return state


@pytest.mark.parametrize("steps", [4, 7, 100])
def test_a_full_circle_ends_where_it_began_however_coarse_the_steps(steps) -> None:
    end = drive(WheelOdometry(BASE), BASE, [(Twist2D(0.5, 0.0, 1.0), math.tau)], steps)
    assert (end.pose.x_m, end.pose.y_m, end.pose.yaw_rad) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize("steps", [1, 3, 50])
def test_a_quarter_to_the_left_is_a_radius_ahead_and_to_the_left(steps) -> None:
    end = drive(WheelOdometry(BASE), BASE, [(Twist2D(0.5, 0.0, math.pi / 2), 1.0)], steps)
    radius_m = 0.5 / (math.pi / 2)
    assert (end.pose.x_m, end.pose.y_m, end.pose.yaw_rad) == pytest.approx((radius_m, radius_m, math.pi / 2))


def test_mecanum_slides_and_turns_at_once() -> None:
    base = mecanum(0.05, 0.3, 0.25)
    end = drive(WheelOdometry(base), base, [(Twist2D(0.0, 0.4, 0.0), 2.0), (Twist2D(0.3, 0.0, 0.0), 1.0)], 10)
    assert (end.pose.x_m, end.pose.y_m) == pytest.approx((0.3, 0.8))
    round_trip = drive(WheelOdometry(base), base, [(Twist2D(0.2, 0.3, 2.0), math.pi)], 20)
    assert (round_trip.pose.x_m, round_trip.pose.y_m) == pytest.approx((0.0, 0.0), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-0.8, 0.8), st.floats(-2, 2), st.floats(0.1, 2.0)), max_size=5))
def test_fine_and_coarse_steps_agree_in_pose_and_closely_in_covariance(legs) -> None:
    parts = [(Twist2D(speed, 0.0, turn), seconds) for speed, turn, seconds in legs]
    coarse = drive(WheelOdometry(BASE), BASE, parts, 20)
    fine = drive(WheelOdometry(BASE), BASE, parts, 200)
    assert (coarse.pose.x_m, coarse.pose.y_m) == pytest.approx((fine.pose.x_m, fine.pose.y_m), abs=1e-9)
    assert coarse.pose_covariance == pytest.approx(fine.pose_covariance, rel=0.1, abs=5e-4)


@given(st.lists(st.tuples(st.floats(-0.8, 0.8), st.floats(-2, 2)), min_size=1, max_size=20))
def test_the_covariance_stays_a_covariance_and_only_grows(legs) -> None:
    odometry, before = WheelOdometry(BASE), 0.0
    angles, now_s = [0.0, 0.0], 0.0
    for speed, turn in legs:
        speeds = BASE.wheel_speeds(Twist2D(speed, 0.0, turn))
        angles = [angle + 0.1 * wheel for angle, wheel in zip(angles, speeds, strict=True)]
        now_s += 0.1
        state = odometry.step(angles, speeds, now_s)
        assert np.allclose(state.pose_covariance, state.pose_covariance.T)
        assert np.linalg.eigvalsh(state.pose_covariance).min() >= -1e-12
        assert state.pose_covariance[2, 2] >= before - 1e-15
        before = state.pose_covariance[2, 2]


def test_uncertainty_grows_with_way_and_with_turning_and_not_at_rest() -> None:
    still = drive(WheelOdometry(BASE), BASE, [(Twist2D(), 10.0)], 10)
    straight = drive(WheelOdometry(BASE), BASE, [(Twist2D(0.5), 2.0)], 10)
    farther = drive(WheelOdometry(BASE), BASE, [(Twist2D(0.5), 8.0)], 10)
    turned = drive(WheelOdometry(BASE), BASE, [(Twist2D(0.0, 0.0, 1.0), 5.0)], 100)
    assert still.pose_covariance == pytest.approx(np.zeros((3, 3)))
    assert farther.pose_covariance[0, 0] == pytest.approx(4 * straight.pose_covariance[0, 0])
    assert farther.pose_covariance[1, 1] > 16 * straight.pose_covariance[1, 1]  # the heading's error carries far
    assert turned.pose_covariance[2, 2] > 0
    assert turned.pose_covariance[0, 0] == 0


def test_the_reported_spread_is_that_of_wheels_with_such_errors() -> None:
    """Many robots with random errors of the stated size end up as far apart as the covariance says."""
    p = WheelOdometry(BASE)._p
    random = np.random.default_rng(5)
    steps, way_m = 200, 2.0
    step_m = way_m / steps
    x, y, yaw = np.zeros(4000), np.zeros(4000), np.zeros(4000)
    for _ in range(steps):
        along = step_m + random.normal(0, math.sqrt(p.along_m2_per_m * step_m), 4000)
        across = random.normal(0, math.sqrt(p.across_m2_per_m * step_m), 4000)
        x += along * np.cos(yaw) - across * np.sin(yaw)
        y += along * np.sin(yaw) + across * np.cos(yaw)
        yaw += random.normal(0, math.sqrt(p.turn_rad2_per_m * step_m), 4000)
    said = drive(WheelOdometry(BASE), BASE, [(Twist2D(0.5), way_m / 0.5)], steps).pose_covariance
    assert np.var(x) == pytest.approx(said[0, 0], rel=0.1)
    assert np.var(y) == pytest.approx(said[1, 1], rel=0.1)
    assert np.var(yaw) == pytest.approx(said[2, 2], rel=0.1)


@pytest.mark.parametrize("leap_rad", [50.0, -1e6, 1e300])
def test_a_leap_of_the_wheel_angles_moves_nothing_but_trust(leap_rad) -> None:
    odometry = WheelOdometry(BASE)
    before = drive(odometry, BASE, [(Twist2D(0.5), 2.0)], 100)
    speeds = BASE.wheel_speeds(Twist2D(0.5))
    leapt = odometry.step([leap_rad, leap_rad], speeds, 2.02)
    assert leapt.pose == before.pose
    assert odometry.jumps == 1
    assert leapt.pose_covariance[0, 0] > before.pose_covariance[0, 0] + 0.05
    after = odometry.step([leap_rad + 0.2, leap_rad + 0.2], speeds, 2.04)
    if abs(leap_rad) < 1e9:
        assert after.pose.x_m == pytest.approx(before.pose.x_m + 0.2 * 0.05)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_none_change_nothing(bad) -> None:
    odometry = WheelOdometry(BASE)
    before = drive(odometry, BASE, [(Twist2D(0.5), 2.0)], 100)
    for angles, speeds, stamp_s in (([bad, 0.0], [0.0, 0.0], 2.1), ([40.0, 40.0], [bad, 0.0], 2.1)):
        assert odometry.step(angles, speeds, stamp_s).pose == before.pose
    assert odometry.jumps == 2


def test_after_a_reconnect_counting_starts_anew_where_the_robot_is() -> None:
    odometry = WheelOdometry(BASE)
    before = drive(odometry, BASE, [(Twist2D(0.5), 2.0)], 100)
    odometry.rebase()
    odometry.rebase()
    again = odometry.step([0.0, 0.0], [0.0, 0.0], 9.0)
    assert again.pose == before.pose
    assert again.pose_covariance[0, 0] == pytest.approx(before.pose_covariance[0, 0] + 0.25**2)
    assert odometry.step([1.0, 1.0], [0.0, 0.0], 9.1).pose.x_m == pytest.approx(before.pose.x_m + 0.05)


def test_bursts_after_a_delay_are_believed() -> None:
    odometry = WheelOdometry(BASE)
    odometry.step([0.0, 0.0], [10.0, 10.0], 0.0)
    odometry.step([3.0, 3.0], [10.0, 10.0], 0.301)
    assert odometry.step([4.0, 4.0], [10.0, 10.0], 0.302).pose.x_m == pytest.approx(0.2)
    assert odometry.jumps == 0
