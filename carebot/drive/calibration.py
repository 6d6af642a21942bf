"""Wheel radius and track width from a measured square.

After Borenstein and Feng (1996), "Measurement and correction of systematic odometry errors in mobile robots" (UMBmark):
the robot drives a square several times in each direction, by its own odometry, and where it really ends is measured.
The wrong track width turns every corner by a little too much or too little (error A, which moves both directions' ends
to the same side), unequal wheels bend every side (error B, which moves them to opposite sides). Instead of their
first-order formulas, the exact motion is fitted. The radius itself comes from a long straight run beside a tape.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_ROUNDS = 25
_NUDGE = 1e-6

Offset = tuple[float, float]
"""Where a run really ended minus where odometry says it ended, in metres; x is the direction of the first side."""


@dataclass(frozen=True, slots=True)
class SquareRuns:
    """Squares of `side_m` that began at the origin, looking along x; `ccw` turned left, `cw` turned right."""

    side_m: float
    ccw: tuple[Offset, ...]
    cw: tuple[Offset, ...]

    def __post_init__(self) -> None:
        numbers = [self.side_m, *(part for run in (*self.ccw, *self.cw) for part in run)]
        if not all(map(math.isfinite, numbers)) or self.side_m <= 0:
            raise ValueError("the square's side and its end points must be finite, and the side positive")
        if not self.ccw or not self.cw:
            raise ValueError(
                "a calibration needs at least one run in each direction: one alone tells not which error it is"
            )
        if max(map(abs, numbers[1:])) > self.side_m / 2:
            raise ValueError("an end point lies more than half a side away from odometry's: check the unit and the run")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Values to put into the robot file; `left_to_right` is the true ratio of the wheels' radii.

    `worst_before_m` is UMBmark's figure: how far the middle of the ends was from odometry's. `scatter_m` is how far
    single ends were from their middle, which no calibration takes away.
    """

    wheel_radius_m: float
    track_width_m: float
    left_to_right: float
    worst_before_m: float
    scatter_m: float


def calibrate(
    runs: SquareRuns,
    wheel_radius_m: float,
    track_width_m: float,
    straight_real_m: float = 1.0,
    straight_odometry_m: float = 1.0,
) -> Calibration:
    """What radius and track width the robot really has, given those that its odometry used.

    `straight_real_m` was measured with a tape where odometry said `straight_odometry_m`. Raises ValueError where the
    numbers cannot be of one robot.
    """
    if not (straight_real_m > 0 and straight_odometry_m > 0):
        raise ValueError("the straight run's lengths must be positive")
    scale = straight_real_m / straight_odometry_m
    if not 0.5 < scale < 2.0:
        raise ValueError(f"the straight run differs by a factor of {scale:.2f}: check the unit and the robot file")
    wheels = Wheels(wheel_radius_m * scale, track_width_m * scale, 1.0)
    driven = SquareDriven(runs.side_m, wheel_radius_m, track_width_m)
    for _ in range(_ROUNDS):
        wheels = _nearer(wheels, driven, runs)
    if not (0.5 < wheels.track_width_m / track_width_m < 2.0 and 0.8 < wheels.left_to_right < 1.25):
        raise ValueError(
            "no robot near the one of the robot file ends its squares there: check the runs' signs and unit"
        )
    return Calibration(
        wheel_radius_m=wheels.radius_m,
        track_width_m=wheels.track_width_m,
        left_to_right=wheels.left_to_right,
        worst_before_m=max(math.hypot(*_middle(runs.ccw)), math.hypot(*_middle(runs.cw))),
        scatter_m=max(_scatter(runs.ccw), _scatter(runs.cw)),
    )


@dataclass(frozen=True, slots=True)
class Wheels:
    """What the robot may really have: the mean radius, the track, and how much larger the left wheel is."""

    radius_m: float
    track_width_m: float
    left_to_right: float


@dataclass(frozen=True, slots=True)
class SquareDriven:
    """What was commanded: a perfect square for a robot of these measures."""

    side_m: float
    wheel_radius_m: float
    track_width_m: float

    def end(self, wheels: Wheels, turn: int) -> Offset:
        """Where a robot with these wheels ends it; `turn` is +1 to the left, -1 to the right."""
        right_m = 2 * wheels.radius_m / (1 + wheels.left_to_right)
        left_m = right_m * wheels.left_to_right
        side_rad = self.side_m / self.wheel_radius_m
        corner_rad = turn * math.pi / 4 * self.track_width_m / self.wheel_radius_m
        position, heading = 0j, 1 + 0j
        for left_rad, right_rad in ((side_rad, side_rad), (-corner_rad, corner_rad)) * 4:
            way_m = (left_m * left_rad + right_m * right_rad) / 2
            turned = (right_m * right_rad - left_m * left_rad) / wheels.track_width_m
            position += heading * way_m * _chord(turned)
            heading *= cmath.exp(1j * turned)
        return position.real, position.imag


def _chord(turned_rad: float) -> complex:
    """Where an arc of length 1 that turns by this ends, seen along its beginning."""
    if abs(turned_rad) < 1e-9:
        return complex(1.0, turned_rad / 2)
    return (cmath.exp(1j * turned_rad) - 1) / (1j * turned_rad)


def _nearer(wheels: Wheels, driven: SquareDriven, runs: SquareRuns) -> Wheels:
    """One step of Gauss and Newton towards the wheels that explain both middle ends."""
    measured = np.array([*_middle(runs.ccw), *_middle(runs.cw)])

    def ends(candidate: Wheels) -> Vector:
        return np.array([*driven.end(candidate, 1), *driven.end(candidate, -1)])

    here = ends(wheels)
    wider = replace(wheels, track_width_m=wheels.track_width_m * (1 + _NUDGE))
    larger_left = replace(wheels, left_to_right=wheels.left_to_right * (1 + _NUDGE))
    slopes = np.column_stack([(ends(candidate) - here) / _NUDGE for candidate in (wider, larger_left)])
    step = np.linalg.lstsq(slopes, measured - here, rcond=None)[0]
    track, ratio = (1 + min(max(float(part), -0.2), 0.2) for part in step)
    return Wheels(wheels.radius_m, wheels.track_width_m * track, wheels.left_to_right * ratio)


def _middle(ends: Sequence[Offset]) -> Offset:
    return sum(x for x, _ in ends) / len(ends), sum(y for _, y in ends) / len(ends)


def _scatter(ends: Sequence[Offset]) -> float:
    middle = _middle(ends)
    return max(math.dist(end, middle) for end in ends)
