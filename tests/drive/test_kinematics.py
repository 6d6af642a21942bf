from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drive.kinematics import differential, kinematics_of, mecanum, skid_steer
from carebot.geometry import Twist2D
from carebot.robot import Base
from tests.drive.strategies import bases, speeds, twists


@given(bases, twists)
def test_a_twist_comes_back_from_its_wheel_speeds(base, twist) -> None:
    twist = base.feasible(twist)
    back = base.twist(base.wheel_speeds(twist))
    assert (back.vx_m_s, back.vy_m_s, back.yaw_rad_s) == pytest.approx(
        (twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s), abs=1e-9
    )


@given(speeds, speeds)
def test_two_wheel_speeds_come_back_from_their_twist(left, right) -> None:
    base = differential(0.05, 0.3)
    assert base.wheel_speeds(base.twist((left, right))) == pytest.approx((left, right), abs=1e-9)


def test_forward_turns_all_wheels_forward_at_the_rims_speed() -> None:
    for base in (differential(0.1, 0.4), skid_steer(0.1, 0.4, 1.5), mecanum(0.1, 0.4, 0.3)):
        assert base.wheel_speeds(Twist2D(0.5)) == pytest.approx((5.0,) * len(base.rows))


def test_a_left_turn_is_positive_and_turns_the_right_wheels_forward() -> None:
    assert differential(0.1, 0.4).wheel_speeds(Twist2D(yaw_rad_s=1.0)) == pytest.approx((-2.0, 2.0))
    assert mecanum(0.1, 0.4, 0.2).wheel_speeds(Twist2D(yaw_rad_s=1.0)) == pytest.approx((-3.0, 3.0, -3.0, 3.0))


def test_mecanum_wheels_slide_to_the_left() -> None:
    """Rollers in X: to go left, front left and rear right turn back, the others forward."""
    assert mecanum(0.1, 0.4, 0.2).wheel_speeds(Twist2D(vy_m_s=1.0)) == pytest.approx((-10.0, 10.0, 10.0, -10.0))


def test_skid_steering_has_to_turn_its_wheels_further() -> None:
    plain, skidding = differential(0.1, 0.4), skid_steer(0.1, 0.4, 1.5)
    wheels = skidding.wheel_speeds(Twist2D(yaw_rad_s=1.0))
    assert wheels[1] == pytest.approx(1.5 * plain.wheel_speeds(Twist2D(yaw_rad_s=1.0))[1])
    assert (wheels[0], wheels[1]) == (wheels[2], wheels[3])


@given(st.tuples(speeds, speeds, speeds, speeds))
def test_contradicting_wheels_give_the_least_squares_twist(wheels) -> None:
    np = pytest.importorskip("numpy")
    for base in (mecanum(0.1, 0.4, 0.3), skid_steer(0.1, 0.4, 1.2)):
        rows = np.array(base.rows) / base.wheel_radius_m
        best = np.linalg.lstsq(rows, np.array(wheels), rcond=None)[0]
        twist = base.twist(wheels)
        assert (twist.vx_m_s, twist.vy_m_s, twist.yaw_rad_s) == pytest.approx(tuple(best), abs=1e-9)


def test_a_base_that_cannot_slide_says_so() -> None:
    assert differential(0.1, 0.4).feasible(Twist2D(1.0, 2.0, 3.0)) == Twist2D(1.0, 0.0, 3.0)
    assert mecanum(0.1, 0.4, 0.3).feasible(Twist2D(1.0, 2.0, 3.0)) == Twist2D(1.0, 2.0, 3.0)


def test_a_wrong_number_of_wheels_is_refused() -> None:
    with pytest.raises(ValueError, match="3 wheels for a base with 2"):
        differential(0.1, 0.4).twist((1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("base", "wheels"),
    [
        ({"kinematics": "differential"}, 2),
        ({"kinematics": "skid_steer", "wheel_base_m": 0.3, "slip_correction": 1.4}, 2),
        ({"kinematics": "skid_steer", "wheel_base_m": 0.3, "motors": 4}, 4),
        ({"kinematics": "mecanum", "wheel_base_m": 0.3}, 4),
    ],
)
def test_a_robot_file_gets_its_kinematics(base, wheels) -> None:
    found = kinematics_of(Base(wheel_radius_m=0.1, track_width_m=0.4, **base))
    assert len(found.rows) == wheels
    assert found.can_slide == (base["kinematics"] == "mecanum")
    turned = found.twist(found.wheel_speeds(Twist2D(yaw_rad_s=0.7))).yaw_rad_s
    assert math.isclose(turned, 0.7)
