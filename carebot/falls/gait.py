"""How somebody walks: speed and step rate of each stretch of walking.

Speed is measured in body lengths a second: the picture's own size of the person says how far away they are. Where the
camera's mounting is known and the ankles are seen, the place where their rays meet the floor gives metres a second too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import CameraMounting
from carebot.noticed import Noticed, NoticedKind

Floats = NDArray[np.float64]
BIN_S, OVER_S = 0.5, 2.0
MOVES_BL_S = 0.15  # 0.25 m/s: slower is standing about
SHORTEST_S, SHORTEST_BL = 2.0, 0.7  # 1.2 m: homes are small
CRUISING = 75.0  # percentile of the speeds: the first and the last steps are slower
LONGEST_S = 30.0
GAP_S = 0.5
STATURES_M = (1.3, 2.0)  # metres that make somebody taller or shorter than this are those of a wrong mounting
ANKLE_HEIGHT_BL = 0.039
STEEPEST_UP_RAD = math.radians(4.0)  # nearer to the horizon, the floor's distance is a guess
STRIDE_S = (0.7, 2.0)  # two steps
STEADY_STRIDE = 0.4
LEAST_RATE_HZ, RATE_HZ = 7.5, 20.0
SEEN_PART = 0.8


@dataclass(frozen=True, slots=True)
class Footing:
    """One picture of somebody upright.

    `place_bl` is the trunk's place from above (right, away) in body lengths, `place_m` that of the feet on the floor in
    metres, `feet_bl` the left ankle from the right one in the picture; NaN where unknown.
    """

    time_s: float
    place_bl: tuple[float, float]
    place_m: tuple[float, float] = (math.nan, math.nan)
    feet_bl: tuple[float, float] = (math.nan, math.nan)


@dataclass(slots=True)
class Walking:
    """Watches one person; `see` and `stop` return a walk when it is over."""

    track_id: int
    _all: list[Footing] = field(default_factory=list)

    def see(self, footing: Footing) -> Noticed | None:
        if self._all and footing.time_s - self._all[-1].time_s > GAP_S:
            ended = self.stop()
            self._all.append(footing)
            return ended
        self._all.append(footing)
        span_s = footing.time_s - self._all[0].time_s
        if span_s < OVER_S:
            return None
        if self._is_moving() and span_s < LONGEST_S:
            return None
        return self.stop(keep_s=OVER_S)

    def stop(self, keep_s: float = 0.0) -> Noticed | None:
        """The walk that ends here, if it was one; the last `keep_s` may be the beginning of the next."""
        seen, last_s = self._all, self._all[-1].time_s if self._all else 0.0
        self._all = [each for each in seen if each.time_s > last_s - keep_s] if keep_s else []
        return walk_of(seen, self.track_id)

    def _is_moving(self) -> bool:
        recent = [each for each in self._all if each.time_s >= self._all[-1].time_s - OVER_S]
        ends = [_middle(recent, at) for at in (recent[0].time_s + BIN_S / 2, recent[-1].time_s - BIN_S / 2)]
        return math.dist(*ends) >= MOVES_BL_S * (OVER_S - BIN_S)


def _middle(seen: list[Footing], time_s: float) -> tuple[float, float]:
    near = [each.place_bl for each in seen if abs(each.time_s - time_s) <= BIN_S / 2 + 1e-6]
    return (median(x for x, _ in near), median(y for _, y in near)) if near else seen[-1].place_bl


def walk_of(seen: list[Footing], track_id: int) -> Noticed | None:
    """The speed and step rate of what was walked in these pictures; None where it was too short to say."""
    speeds, moved_s, moved_bl = _speeds(seen, [each.place_bl for each in seen])
    if moved_s < SHORTEST_S or moved_bl < SHORTEST_BL:
        return None
    numbers = {"speed_bl_s": float(np.percentile(speeds, CRUISING)), "walked_s": moved_s, "walked_bl": moved_bl}
    metric, metric_s, _ = _speeds(seen, [each.place_m for each in seen])
    if metric_s >= SHORTEST_S:
        speed_m_s = float(np.percentile(metric, CRUISING))
        if STATURES_M[0] <= speed_m_s / numbers["speed_bl_s"] <= STATURES_M[1]:
            numbers["speed_m_s"] = speed_m_s
    steps_per_s = step_rate(seen)
    if math.isfinite(steps_per_s):
        numbers["steps_per_s"] = steps_per_s
    return Noticed(NoticedKind.WALK, seen[0].time_s, track_id, "walked", numbers)


def _speeds(seen: list[Footing], places: list[tuple[float, float]]) -> tuple[Floats, float, float]:
    """The speeds over OVER_S while moving, for how long, and how far. Each place is the median of BIN_S."""
    nothing = np.zeros(0), 0.0, 0.0
    times, where = np.array([each.time_s for each in seen]), np.array(places).reshape(-1, 2)
    known = np.isfinite(where).all(axis=1)
    if known.sum() < SEEN_PART * len(known) or not known.any():
        return nothing
    times, where = times[known], where[known]
    number = ((times - times[0]) / BIN_S).astype(int)
    bins = [where[number == each] for each in range(number[-1] + 1)]
    if len(bins) <= OVER_S / BIN_S or not all(len(each) for each in bins):
        return nothing
    middles = np.array([np.median(each, axis=0) for each in bins])
    apart = round(OVER_S / BIN_S) - 1
    speeds = np.hypot(*(middles[apart:] - middles[:-apart]).T) / (apart * BIN_S)
    moving: Floats = speeds[speeds >= MOVES_BL_S]
    if not len(moving):
        return nothing
    return moving, (len(moving) - 1 + apart) * BIN_S, float(moving.mean() * (len(moving) - 1 + apart) * BIN_S)


def step_rate(seen: list[Footing]) -> float:
    """Steps a second, by how regularly the ankles pass each other; NaN where they were not seen well enough."""
    times = np.array([each.time_s for each in seen])
    feet = np.array([each.feet_bl for each in seen]).reshape(-1, 2)
    known = np.isfinite(feet).all(axis=1)
    span_s = float(times[-1] - times[0]) if len(times) else 0.0
    is_enough = span_s >= SHORTEST_S and known.sum() >= SEEN_PART * len(known) and known.sum() / span_s >= LEAST_RATE_HZ
    if not is_enough:
        return math.nan
    even = np.arange(times[0], times[-1], 1.0 / RATE_HZ)
    across = np.stack([np.interp(even, times[known], feet[known, axis]) for axis in (0, 1)], axis=1)
    across -= across.mean(axis=0)
    along = across @ np.linalg.eigh(np.cov(across.T))[1][:, -1]
    return _rate(along)


def _rate(swing: Floats) -> float:
    """Twice the frequency of a swing of the feet, by its autocorrelation; NaN where it is not regular."""
    lags = np.arange(len(swing))
    whole = np.correlate(swing, swing, "full")[len(swing) - 1 :] / np.maximum(len(swing) - lags, 1)
    if not whole[0] > 0:
        return math.nan
    likeness = whole / whole[0]
    first, last = round(STRIDE_S[0] * RATE_HZ), min(round(STRIDE_S[1] * RATE_HZ), len(swing) * 2 // 3)
    tops = [
        lag
        for lag in range(first, last)
        if likeness[lag] >= STEADY_STRIDE and likeness[lag - 1] <= likeness[lag] >= likeness[lag + 1]
    ]
    return 2.0 * RATE_HZ / (tops[0] + _off_the_lag(likeness[tops[0] - 1 : tops[0] + 2])) if tops else math.nan


def _off_the_lag(around: Floats) -> float:
    """Where between the samples the top of a parabola through three of them is."""
    before, top, after = (float(each) for each in around)
    curve = before - 2.0 * top + after
    return 0.0 if curve == 0.0 else 0.5 * (before - after) / curve


def place_bl(x: float, length_px: float, width_px: int, height_px: int, vertical_fov_rad: float) -> tuple[float, float]:
    """Where a trunk at the picture's column `x` (0..1) is, from above (right, away), in body lengths."""
    focal_px = height_px / 2.0 / math.tan(vertical_fov_rad / 2.0)
    return (x - 0.5) * width_px / length_px, focal_px / length_px


def on_floor_m(x: float, y: float, aspect: float, mounting: CameraMounting, above_m: float) -> tuple[float, float]:
    """Where the ray through a point of the picture (0..1 each) is `above_m` over the floor: right, away."""
    away, left, up = mounting.ray(x, y, aspect)
    if not away > 0.0 or math.atan2(-up, away) < STEEPEST_UP_RAD:
        return math.nan, math.nan
    distance = (mounting.height_m - above_m) / -up
    return -left * distance, away * distance
