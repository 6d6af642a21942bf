"""Motions as a pose model would report them through a camera somewhere in the room: projected, and spoilt by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.falls.window import normalised, steps_of
from training.motions import DOWN, FALLING, RATE_HZ, RESTING, Motion

Floats = NDArray[np.float64]
Random = np.random.Generator

HEIGHT_PX = 480.0
SWAPPED = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
LEGS, FEET, FACE, ARMS = [13, 14, 15, 16], [15, 16], [1, 2, 3, 4], [7, 8, 9, 10]
EVERY_S = 0.25
"""A window for training is taken so often."""
AROUND_S = (4.0, 6.0)
"""What is seen before a fall begins and after it has ended."""
BEGINS_LATE = 0.12
"""The share of views that begin only while the person falls: clips are cut so, and people come into sight so."""


@dataclass(frozen=True, slots=True)
class Lens:
    """Where the camera is, which way it looks, and how wide. Angles in radians."""

    at_m: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float
    vertical_fov: float
    aspect: float

    def project(self, joints_m: Floats) -> Floats:
        """(..., 3) in the world's frame → (..., 2) in pixels; NaN behind the lens."""
        apart = joints_m - np.asarray(self.at_m)
        ahead, left, up = _turned(apart, self.yaw)
        away = ahead * np.cos(self.pitch) - up * np.sin(self.pitch)
        down = -(up * np.cos(self.pitch) + ahead * np.sin(self.pitch))
        focal = HEIGHT_PX / 2 / np.tan(self.vertical_fov / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = np.where(away > 0.2, (-left / away, down / away), np.nan) * focal
        c, s = np.cos(self.roll), np.sin(self.roll)
        return np.stack((HEIGHT_PX * self.aspect / 2 + c * x - s * y, HEIGHT_PX / 2 + s * x + c * y), axis=-1)


def _turned(apart: Floats, yaw: float) -> tuple[Floats, Floats, Floats]:
    c, s = np.cos(yaw), np.sin(yaw)
    return c * apart[..., 0] + s * apart[..., 1], -s * apart[..., 0] + c * apart[..., 1], apart[..., 2]


def lens_for(joints_m: Floats, random: Random) -> Lens:
    """A camera that has the middle of the motion roughly in its middle."""
    middle = joints_m[:, 11:13].mean(axis=(0, 1))
    azimuth, distance_m = random.uniform(-np.pi, np.pi), random.uniform(1.8, 6.5)
    height_m = random.choice([random.uniform(0.25, 1.3), random.uniform(1.0, 2.9)])
    at_m = (middle[0] - distance_m * np.cos(azimuth), middle[1] - distance_m * np.sin(azimuth), height_m)
    pitch = np.arctan2(height_m - middle[2], distance_m) + random.normal(0.0, 0.09)
    fov = random.uniform(0.65, 1.15)
    roll = random.normal(0.0, 0.03)
    return Lens(at_m, azimuth + random.normal(0.0, 0.12), pitch, roll, fov, random.choice([4 / 3, 16 / 9]))


def around_the_fall(motion: Motion, random: Random) -> slice:
    """The frames around the fall, or around some moment of a day."""
    moments = np.flatnonzero(motion.labels == FALLING)
    if not len(moments):
        moments = random.integers(len(motion.labels), size=1)
    first, last = moments[0], moments[-1]
    begin = int(first - RATE_HZ * random.uniform(1.0, AROUND_S[0]))
    if random.random() < BEGINS_LATE:
        begin = int(first + random.uniform(0.0, 0.3) * (last - first))
    return slice(max(0, begin), int(last + RATE_HZ * random.uniform(2.0, AROUND_S[1])))


def view(motion: Motion, random: Random) -> tuple[NDArray[np.float16], NDArray[np.int8]] | None:
    """Windows (n, CHANNELS, STEPS) of the motion through one camera, and what the person does at the end of each."""
    part = around_the_fall(motion, random)
    joints_m, labels = motion.joints_m[part].astype(np.float64), motion.labels[part]
    lens = lens_for(joints_m, random)
    joints = lens.project(joints_m)
    joints = _spoilt(joints, labels, lens.aspect, random)
    times_s = np.arange(len(labels)) / RATE_HZ
    kept = _kept(times_s, random)
    windows, ends = [], []
    for end in np.arange(random.uniform(0.3, 0.3 + EVERY_S), times_s[-1], EVERY_S):
        so_far = kept[times_s[kept] <= end]
        if not len(so_far):
            continue
        nearest, is_near = steps_of(times_s[so_far])
        window = joints[so_far[nearest]].copy()
        window[~is_near] = np.nan
        numbers = normalised(window)
        if numbers is not None and np.isfinite(window[-1]).any():
            windows.append(numbers.astype(np.float16))
            ends.append(labels[so_far[-1]])
    return (np.stack(windows), np.array(ends, np.int8)) if windows else None


def _kept(times_s: Floats, random: Random) -> NDArray[np.intp]:
    """The pictures that come at this camera's rate, some of them without the person."""
    rate_hz = random.uniform(5.0, RATE_HZ)
    kept = np.unique(np.round(np.arange(0.0, times_s[-1], 1.0 / rate_hz) * RATE_HZ).astype(int))
    return np.asarray(kept[random.random(len(kept)) > random.choice([0.0, 0.05, 0.2])])


def _spoilt(joints: Floats, labels: NDArray[np.int8], aspect: float, random: Random) -> Floats:
    """As a pose model errs: trembling, wholly wrong for a while, sides exchanged, parts or everybody missing."""
    count = len(joints)
    low = np.isin(labels, (FALLING, DOWN, RESTING))
    length = np.nanmedian(np.nanmax(joints[..., 1], axis=1) - np.nanmin(joints[..., 1], axis=1))
    length = max(float(length), 20.0)
    size = random.uniform(0.008, 0.03) * np.where(low, random.uniform(1.0, 2.2), 1.0)
    joints = _other_skeleton(joints, length, random)
    tremor = _trembling(count, random) if random.random() < 0.7 else random.standard_normal((count, 17, 2))
    joints = joints + tremor * (size * length)[:, None, None]
    joints = _confused(joints, length, low, random)
    swapped = _spells(count, 0.03 * random.random(), 0.2, random)
    joints[swapped] = joints[swapped][:, SWAPPED]
    joints[random.random((count, 17)) < random.choice([0.0, 0.03, 0.1])] = np.nan
    for part, chance in ((LEGS, 0.12), (FEET, 0.15), (FACE, 0.3), (ARMS, 0.05), ([0], 0.1)):
        if random.random() < chance:
            without = np.flatnonzero(_spells(count, random.choice([1.0, 0.4]), 0.8, random))
            joints[without[:, None], part] = np.nan
    joints = _outside_unseen(joints, aspect, random)
    joints[
        _spells(count, 0.04, 0.3, random) | (low & _spells(count, random.choice([0.0, 0.15, 0.35]), 0.4, random))
    ] = np.nan
    return joints


def _other_skeleton(joints: Floats, length: float, random: Random) -> Floats:
    """Other pose models put joints elsewhere: the head's top for the nose, higher hips, one point for both sides."""
    joints = joints + random.normal(0.0, 0.012, (17, 2)) * length
    joints[:, 0] += (joints[:, 0] - joints[:, [5, 6]].mean(axis=1)) * random.choice([0.0, random.uniform(0.0, 0.9)])
    hips = joints[:, [11, 12]]
    joints[:, [11, 12]] = hips + (joints[:, [5, 6]] - hips) * random.choice([0.0, random.uniform(0.0, 0.15)])
    if random.random() < 0.04:
        for pair in ((5, 6), (11, 12)):
            joints[:, pair] = joints[:, pair].mean(axis=1, keepdims=True)
    return joints


def _trembling(count: int, random: Random) -> Floats:
    """(count, 17, 2), each of deviation 1, slowly changing."""
    keep = 0.6 ** (10.0 / RATE_HZ)
    fresh = random.standard_normal((count, 17, 2)) * np.sqrt(1.0 - keep**2)
    fresh[0] /= np.sqrt(1.0 - keep**2)
    for at in range(1, count):
        fresh[at] += keep * fresh[at - 1]
    return np.asarray(fresh)


def _confused(joints: Floats, length: float, low: NDArray[np.bool_], random: Random) -> Floats:
    """Spells in which the whole body is fitted wrongly: shifted, turned, shrunk; oftener while it is low."""
    share = random.uniform(0.0, 0.08) + random.uniform(0.0, 0.25) * low.mean()
    wrong = _spells(len(joints), share, 0.25, random) & (low | (random.random(len(joints)) < 0.2))
    for begin, end in _runs(wrong):
        turn, growth = random.normal(0.0, 0.6), np.exp(random.normal(-0.1, 0.25))
        c, s = growth * np.cos(turn), growth * np.sin(turn)
        middle = np.nanmean(joints[begin:end], axis=(0, 1))
        shift = random.normal(0.0, 0.12, 2) * length
        joints[begin:end] = (joints[begin:end] - middle) @ np.array([[c, s], [-s, c]]) + middle + shift
    return joints


def _outside_unseen(joints: Floats, aspect: float, random: Random) -> Floats:
    """Some pose models leave joints outside of the picture out, others guess on."""
    if random.random() < 0.7:
        with np.errstate(invalid="ignore"):
            outside = (joints < -5).any(axis=2) | (joints[..., 0] > HEIGHT_PX * aspect) | (joints[..., 1] > HEIGHT_PX)
        joints[outside] = np.nan
    return joints


def _spells(count: int, share: float, mean_s: float, random: Random) -> NDArray[np.bool_]:
    """(count,) true in that share of the frames, for `mean_s` at a time."""
    if share >= 1.0:
        return np.ones(count, bool)
    ends = 1.0 / (mean_s * RATE_HZ)
    begins = ends * share / max(1.0 - share, 0.02)
    state, states, draws = random.random() < share, np.zeros(count, bool), random.random(count)
    for at in range(count):
        state = draws[at] >= ends if state else draws[at] < begins
        states[at] = state
    return states


def _runs(states: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], states, [False])).astype(int)))
    return list(zip(edges[::2], edges[1::2], strict=True))
