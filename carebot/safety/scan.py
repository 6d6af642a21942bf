"""A lidar's ranges become obstacles in the robot's frame."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import Pose2D
from carebot.safety.world import Points, Scan

Ranges = NDArray[np.float32] | NDArray[np.float64]
NEAREST_M = 0.001
"""Where something nearer than the least range is put, if that is 0."""

HOLE_RAD = 0.17
"""Lost rays side by side hide something from this angle on: 0.1 m, a leg, at 0.6 m, where the robot must brake."""


def scan_from_ranges(
    ranges_m: Ranges,
    first_rad: float,
    step_rad: float,
    least_m: float,
    most_m: float,
    mounting: Pose2D,
    stamp_s: float,
) -> Scan:
    """`ranges_m` is (n,), ray by ray from the angle `first_rad` on; `mounting` is the lidar's place on the robot.

    As REP 117 has it: +inf or more than `most_m` is nothing in reach, -inf something nearer than `least_m`, NaN a lost
    ray. Zero, which many lidars give for a lost ray, and negative numbers are lost as well. Something nearer than
    `least_m` is an obstacle all the same. A scan without rays, or whose farthest range is none, has lost all. Many lost
    rays side by side are a hole.
    """
    ranges = np.asarray(ranges_m, dtype=np.float64)
    ranges = np.where(np.isneginf(ranges), max(least_m, NEAREST_M), ranges)
    lost = ~(ranges > 0) | (not most_m > 0)
    hits = (ranges > 0) & (ranges <= most_m)
    angles = (first_rad + step_rad * np.arange(len(ranges)))[hits]
    local = ranges[hits, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    ends = (first_rad + mounting.yaw_rad, first_rad + mounting.yaw_rad + step_rad * len(ranges))
    share = float(lost.mean()) if len(ranges) else 1.0
    holes = _holes_rad(lost, first_rad + mounting.yaw_rad, step_rad)
    return Scan(stamp_s, to_robot(local, mounting), share, min(ends), max(ends), holes)


def _holes_rad(lost: NDArray[np.bool_], first_rad: float, step_rad: float) -> tuple[tuple[float, float], ...]:
    """Where rays side by side are `lost`, (from, to) counter-clockwise each; a circle's last ray is by its first."""
    closes = abs(step_rad) * (len(lost) + 1) >= 2 * math.pi
    begin = int(np.argmin(lost)) if closes and len(lost) else 0
    edges = np.flatnonzero(np.diff(np.roll(lost, -begin).astype(np.int8), prepend=0, append=0))
    runs = [sorted(first_rad + step_rad * (begin + edge) for edge in pair) for pair in edges.reshape(-1, 2)]
    return tuple((from_rad, to_rad) for from_rad, to_rad in runs if to_rad - from_rad >= HOLE_RAD)


def to_robot(points_m: Points, mounting: Pose2D) -> Points:
    """(n, 2) points of a sensor in the robot's frame."""
    cosine, sine = math.cos(mounting.yaw_rad), math.sin(mounting.yaw_rad)
    turned = points_m @ np.array([[cosine, sine], [-sine, cosine]])
    return np.asarray(turned + np.array([mounting.x_m, mounting.y_m]))
