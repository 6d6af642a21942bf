"""The last seconds of one person as the numbers that the posture network reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carebot.falls.body import HIPS, SHOULDERS, apparent_lengths_px

Floats = NDArray[np.float64]

STEPS, RATE_HZ = 48, 12.0
WINDOW_S = STEPS / RATE_HZ
NEAR_S = 0.15
"""A step without a picture this near counts as unseen: at 8 pictures a second each step has one."""
JOINTS = (0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
"""Nose, shoulders, elbows, wrists, hips, knees, ankles: what pose models of 13 and of 17 joints have in common."""
QUICK_S = 0.25
"""Three pictures within this are compared with each other."""
CHANNELS = 3 * len(JOINTS)
FARTHEST_BL = 4.0


def steps_of(times_s: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """For each of the STEPS up to the last time (n,): the nearest picture, and whether one is near."""
    grid = times_s[-1] - np.arange(STEPS - 1, -1, -1) / RATE_HZ
    after = np.searchsorted(times_s, grid).clip(1, len(times_s) - 1) if len(times_s) > 1 else np.zeros(STEPS, np.intp)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(times_s[before] - grid) <= np.abs(times_s[after] - grid), before, after)
    return nearest, np.abs(times_s[nearest] - grid) <= NEAR_S


def window_of(times_s: Sequence[float], joints_px: Sequence[Floats]) -> NDArray[np.float32] | None:
    """(CHANNELS, STEPS) float32: x, y and seen (0 or 1) of each of JOINTS, oldest first.

    `times_s` are those of the n pictures, oldest first, and `joints_px` their joints (17, 2) with y along gravity, NaN
    where missing. x and y are body lengths from the trunk's middle in the newest picture that has one; a body length is
    the largest that the window speaks for. None where no trunk is seen at all.
    """
    times = np.asarray(times_s, np.float64)
    nearest, is_near = steps_of(times)
    joints = _without_jumps(times, np.stack(joints_px), nearest)
    joints[~is_near] = np.nan
    return normalised(joints)


def _without_jumps(times_s: Floats, joints: Floats, nearest: NDArray[np.intp]) -> Floats:
    """The `nearest` of the pictures' joints (n, 17, 2), where two pictures near by agree against one: those.

    A pose model that is wholly wrong in one picture looks like a fall. The newest picture has only one beside it.
    """
    before, after = np.maximum(nearest - 1, 0), np.minimum(nearest + 1, len(times_s) - 1)
    is_quick = (times_s[after] - times_s[before]) <= QUICK_S
    one, here, other = joints[before], joints[nearest], joints[after]
    middle = np.fmax(np.fmin(one, here), np.fmin(np.fmax(one, here), other))
    between = is_quick[:, None, None] & np.isfinite(one) & np.isfinite(here) & np.isfinite(other)
    return np.where(between, middle, here)


def normalised(joints: Floats) -> NDArray[np.float32] | None:
    """As `window_of`, of the joints (STEPS, 17, 2) themselves."""
    trunk = joints[:, [*SHOULDERS, *HIPS]]
    seen: NDArray[np.bool_] = np.asarray(np.isfinite(trunk).all(axis=2))
    with_trunk = np.flatnonzero(seen.any(axis=1))
    lengths = apparent_lengths_px(joints)
    if not len(with_trunk) or not np.isfinite(lengths).any():
        return None
    last = with_trunk[-1]
    middle = trunk[last, seen[last]].mean(axis=0)
    length = np.percentile(lengths[np.isfinite(lengths)], 95)
    chosen = (joints[:, JOINTS] - middle) / max(float(length), 1.0)
    is_seen = np.isfinite(chosen).all(axis=2)
    placed = np.where(is_seen[..., None], chosen.clip(-FARTHEST_BL, FARTHEST_BL), 0.0)
    return np.concatenate((placed[..., 0], placed[..., 1], is_seen), axis=1).T.astype(np.float32)
