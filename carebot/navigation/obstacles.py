"""What the lidar sees that the map does not know: moved furniture, people; kept until it is seen to be gone."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Flags, Floats, Points
from carebot.navigation.frames import in_robot, on_map

Indices = NDArray[np.intp]

KNOWN_M = 0.15
"""What is seen this near to something on the map is that thing, seen from a place known only so well."""
FORGET_S, REMEMBER_S = 3.0, 600.0
"""What stood still long enough is a thing, and is remembered longer than what may walk away."""
PASSES_S = 0.7
"""Who did not stand is elsewhere so soon: where somebody walked by, the way must not stay closed."""
SETTLED_S = 20.0
"""Who rests on their way stands for less; what stands longer is taken for furniture."""
MOVING_S, BESIDE_CELLS = 1.5, 5
"""What has stood for less may be walking, but not what is beside a thing that stood: so far apart its hits jitter."""
REACH_M = 4.0
IN_SIGHT_S = 1.0
PAST_THE_HIT_M = 0.1
BESIDE_RAD = 0.03
GONE_AFTER = 4
"""So many turns of the lidar that see through it, and it is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """One turn of the lidar in the robot's frame: (n, 2) where rays met something, (m, 2) ends of the others."""

    stamp_s: float
    hits_m: Points
    misses_m: Points


class Seen(NamedTuple):
    """(rows, columns) each: where something is that may be a person, and where something has not moved for long."""

    fresh: Flags
    settled: Flags


class Obstacles:
    """Cells of a costmap in which something was seen: when last, and for how long."""

    def __init__(self, costmap: Costmap) -> None:
        self._costmap = costmap
        self._seen_s = np.full(costmap.grid.cells.shape, -np.inf)
        self._stood_s = np.zeros(costmap.grid.cells.shape)
        self._took_s = np.inf
        self._passed = np.zeros(costmap.grid.cells.shape, dtype=np.int64)
        self._x_m, self._y_m = costmap.grid.middles()
        self.near_m: Points = np.empty((0, 2))
        """(n, 2): what the last sweep met within reach, in the robot's frame."""
        self.unknown_m: Points = np.empty((0, 2))
        """(n, 2): of these, what is not on the map."""
        self.fresh_m: Points = np.empty((0, 2))
        """(n, 2): of those, what may be a person."""
        self.moving_m: Points = np.empty((0, 2))
        """(n, 2): of those, what may be walking."""

    def take(self, sweep: Sweep, pose: Pose2D, now_s: float) -> None:
        """Rays clear what they pass through, then what they meet is there."""
        lidar = np.array((pose.x_m, pose.y_m))
        hits = on_map(sweep.hits_m, pose)
        within = np.hypot(*(hits - lidar).T) < REACH_M
        hits, self.near_m = hits[within], sweep.hits_m[within]
        remembered_s = np.minimum(FORGET_S, PASSES_S + self._stood_s)
        self._drop((self._seen_s < now_s - remembered_s) & (self._stood_s <= SETTLED_S))
        self._clear(lidar, np.concatenate((hits, on_map(sweep.misses_m, pose))))
        rows, columns, inside = self._costmap.grid.indices_of(hits)
        unknown = inside & (self._costmap.map_clearances_m(hits) > KNOWN_M)
        hits, rows, columns = hits[unknown], rows[unknown], columns[unknown]
        self._seen_s[rows, columns], self._passed[rows, columns] = now_s, 0
        self._age(rows, columns, now_s)
        stood_s = ndimage.maximum_filter(self._stood_s, BESIDE_CELLS)[rows, columns]
        self.unknown_m = in_robot(hits, pose)
        self.fresh_m = self.unknown_m[stood_s <= SETTLED_S]
        self.moving_m = self.unknown_m[stood_s <= MOVING_S]

    def _age(self, rows: Indices, columns: Indices, now_s: float) -> None:
        """A cell's neighbours count as well, for hits jitter by a cell."""
        hit = np.zeros(self._seen_s.shape, dtype=np.bool_)
        hit[rows, columns] = True
        around = _with_neighbours(hit)
        self._stood_s[around] += max(0.0, min(IN_SIGHT_S, now_s - self._took_s))
        self._stood_s[~around & (self._seen_s == -np.inf)] = 0.0
        self._took_s = now_s

    def seen(self, now_s: float) -> Seen:
        """What is there now; a hit a cell beside a thing that stands is that thing, for hits jitter."""
        stands = (self._stood_s > SETTLED_S) & (self._seen_s > now_s - REMEMBER_S)
        lately = self._seen_s > now_s - FORGET_S
        settled = stands | (lately & _with_neighbours(stands))
        return Seen(lately & ~settled, settled)

    def forget(self, now_s: float) -> None:
        """Nothing was seen that may have walked away; what is in sight is still there."""
        self._drop((self._stood_s <= SETTLED_S) & (self._seen_s < now_s - IN_SIGHT_S))

    def _drop(self, gone: Flags) -> None:
        self._seen_s[gone], self._stood_s[gone], self._passed[gone] = -np.inf, 0.0, 0

    def _clear(self, lidar: Points, ends: Points) -> None:
        """Forget the cells that both rays beside them passed several times: thin legs are often missed once."""
        rows, columns = np.nonzero(self._seen_s > -np.inf)
        if not len(rows) or not len(ends):
            return
        offsets = np.column_stack((self._x_m[rows, columns], self._y_m[rows, columns])) - lidar
        away_m, bearing = np.hypot(*offsets.T), np.arctan2(offsets[:, 1], offsets[:, 0])
        passed = away_m < np.minimum(self._free_m(lidar, ends, bearing), REACH_M) - PAST_THE_HIT_M
        self._passed[rows[passed], columns[passed]] += 1
        self._drop(self._passed >= GONE_AFTER)

    def _free_m(self, lidar: Points, ends: Points, bearing: Floats) -> Floats:
        """How far each of the bearings is free by the shorter of the two rays beside it; 0 where no ray is near."""
        rays = ends - lidar
        angles, lengths_m = np.arctan2(rays[:, 1], rays[:, 0]), np.hypot(*rays.T)
        order = np.argsort(angles)
        angles = np.concatenate(([angles[order[-1]] - 2 * pi], angles[order], [angles[order[0]] + 2 * pi]))
        lengths_m = np.concatenate(([lengths_m[order[-1]]], lengths_m[order], [lengths_m[order[0]]]))
        after = np.clip(np.searchsorted(angles, bearing), 1, len(angles) - 1)
        beside = np.stack((after - 1, after))
        near = np.abs(angles[beside] - bearing) < BESIDE_RAD
        free_m = np.where(near, lengths_m[beside], np.inf).min(axis=0)
        return np.where(near.any(axis=0), free_m, 0.0)


def _with_neighbours(cells: Flags) -> Flags:
    return np.asarray(ndimage.binary_dilation(cells, np.ones((3, 3), dtype=np.bool_)))
