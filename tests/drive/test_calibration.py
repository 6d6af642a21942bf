"""Synthetic robots with known errors drive squares by their own odometry; the errors are found again."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import pytest

from carebot.drive.calibration import SquareRuns, calibrate

RADIUS_M, TRACK_M, SIDE_M = 0.0625, 0.34, 2.0
STEP_RAD = 0.01


@dataclass
class RealRobot:
    """What the wheels and the floor really do with wheel angles."""

    left_m: float
    right_m: float
    track_m: float
    x_m: float = 0.0
    y_m: float = 0.0
    yaw_rad: float = 0.0

    def turn_wheels(self, left_rad: float, right_rad: float) -> None:
        steps = math.ceil(max(abs(left_rad), abs(right_rad)) / STEP_RAD)
        for _ in range(steps):
            left, right = self.left_m * left_rad / steps, self.right_m * right_rad / steps
            turned = (right - left) / self.track_m
            middle = self.yaw_rad + turned / 2
            self.x_m += (left + right) / 2 * math.cos(middle)
            self.y_m += (left + right) / 2 * math.sin(middle)
            self.yaw_rad += turned


def square(robot: RealRobot, turn: int, radius_m: float = RADIUS_M, track_m: float = TRACK_M) -> tuple[float, float]:
    """Drive a square that is perfect for a robot of these measures; where it really ended."""
    side_rad, corner_rad = SIDE_M / radius_m, turn * math.pi / 4 * track_m / radius_m
    for _ in range(4):
        robot.turn_wheels(side_rad, side_rad)
        robot.turn_wheels(-corner_rad, corner_rad)
    return robot.x_m, robot.y_m


def real(scale: float, track: float, ratio: float) -> RealRobot:
    """A robot whose wheels are larger by `scale`, whose track is `track` times the file's, left/right = `ratio`."""
    right_m = 2 * RADIUS_M * scale / (1 + ratio)
    return RealRobot(right_m * ratio, right_m, TRACK_M * track)


@pytest.mark.parametrize("scale", [0.97, 1.0, 1.02])
@pytest.mark.parametrize("track", [0.93, 1.0, 1.08])
@pytest.mark.parametrize("ratio", [0.995, 1.0, 1.004])
def test_known_errors_are_found_again(scale, track, ratio) -> None:
    ends = [square(real(scale, track, ratio), turn) for turn in (1, -1)]
    found = calibrate(SquareRuns(SIDE_M, (ends[0],), (ends[1],)), RADIUS_M, TRACK_M, scale * 3.0, 3.0)
    assert found.wheel_radius_m == pytest.approx(scale * RADIUS_M)
    assert found.track_width_m == pytest.approx(track * TRACK_M, rel=1e-3)
    assert found.left_to_right == pytest.approx(ratio, abs=1e-4)


def test_the_calibrated_robot_ends_its_squares_ten_times_nearer_in_spite_of_noise() -> None:
    rng = random.Random(3)

    def runs(turn: int):
        return tuple(
            (x + rng.gauss(0, 0.005), y + rng.gauss(0, 0.005))
            for x, y in (square(real(1.01, 1.06, 1.0), turn) for _ in range(5))
        )

    found = calibrate(SquareRuns(SIDE_M, runs(1), runs(-1)), RADIUS_M, TRACK_M, 1.01, 1.0)
    before = math.dist(square(real(1.01, 1.06, 1.0), 1), (0, 0))
    after = math.dist(square(real(1.01, 1.06, 1.0), 1, found.wheel_radius_m, found.track_width_m), (0, 0))
    assert found.worst_before_m == pytest.approx(before, rel=0.1)
    assert after < before / 10
    assert 0.001 < found.scatter_m < 0.03


def test_a_perfect_robot_stays_as_it_is() -> None:
    found = calibrate(SquareRuns(SIDE_M, ((0.0, 0.0),), ((0.0, 0.0),)), RADIUS_M, TRACK_M)
    assert (found.wheel_radius_m, found.track_width_m, found.left_to_right) == pytest.approx((RADIUS_M, TRACK_M, 1.0))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((SIDE_M, (), ((0, 0),)), "each direction"),
        ((SIDE_M, ((0, 0),), ()), "each direction"),
        ((-1.0, ((0, 0),), ((0, 0),)), "positive"),
        ((math.nan, ((0, 0),), ((0, 0),)), "finite"),
        ((SIDE_M, ((math.inf, 0),), ((0, 0),)), "finite"),
        ((SIDE_M, ((30.0, -12.0),), ((0, 0),)), "unit"),
    ],
)
def test_runs_that_cannot_be_are_refused(arguments, said) -> None:
    with pytest.raises(ValueError, match=said):
        SquareRuns(*arguments)


@pytest.mark.parametrize(("real_m", "counted_m"), [(0.0, 1.0), (1.0, -1.0), (300.0, 3.0)])
def test_a_straight_run_that_cannot_be_is_refused(real_m, counted_m) -> None:
    with pytest.raises(ValueError, match="straight"):
        calibrate(SquareRuns(SIDE_M, ((0, 0),), ((0, 0),)), RADIUS_M, TRACK_M, real_m, counted_m)
