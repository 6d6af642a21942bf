"""What the floor costs: how far from anything each cell is, from the map, the site's zones and what the lidar sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from carebot.geometry import Pose2D
from carebot.navigation.grid_map import FREE, UNKNOWN, GridMap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Points = NDArray[np.float64]
"""(n, 2): x and y in metres."""

DEAREST = 8.0
"""What a cell costs that the robot only just fits into; free floor costs 1."""
FALLOFF_1_M = 14.0
ESCAPE_M, ESCAPE_COST = 0.6, 40.0
"""A robot that stands too near to something may leave from there, this far, without coming nearer."""
IN_THE_WAY_COST = 20.0
"""So much dearer is a cell where somebody stands who will go on: a way around them of a few metres is better."""
BERTH_COST, BERTH_FALLOFF_1_M = 3.0, 4.0
"""So much dearer is a cell right beside what may be a person, and how soon with distance this ends: where there is room
it passes people well clear of them."""
PERSON_WIDER_M, THING_WIDER_M = 0.15, 0.02
"""A lidar sees ankles and chair legs; what stands on them is wider by this."""


class Zone(Protocol):
    """A part of the floor with a rule, as the site file has it."""

    @property
    def kind(self) -> str: ...
    @property
    def max_speed_m_s(self) -> float | None: ...
    @property
    def polygon(self) -> tuple[tuple[float, float], ...]: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """The robot's outline around its centre, and what is kept free around it."""

    front_m: float = 0.25
    rear_m: float = 0.25
    side_m: float = 0.22
    margin_m: float = 0.05

    @property
    def passing_m(self) -> float:
        """How far the centre keeps from things that the robot drives past."""
        return self.side_m + self.margin_m

    @property
    def turning_m(self) -> float:
        """How far from its centre everything must be for it to turn in place."""
        return hypot(max(self.front_m, self.rear_m), self.side_m) + self.margin_m


class Costmap:
    """The floor as the planner sees it. `clearance_m` (rows, columns) is the distance to the nearest obstacle.

    Obstacles are what is not free on the map, forbidden zones, and what was last seen (`see`).
    """

    def __init__(self, grid: GridMap, shape: Shape, zones: Iterable[Zone] = ()) -> None:
        self.grid, self.shape = grid, shape
        zones = tuple(zones)
        self._blocked = grid.cells != FREE
        for zone in zones:
            if zone.kind == "forbidden":
                self._blocked |= self._cells_in(zone)
        self.speed_limit_m_s = np.full(grid.cells.shape, np.inf)
        for zone in zones:
            if zone.max_speed_m_s is not None:
                within = self._cells_in(zone)
                self.speed_limit_m_s[within] = np.minimum(self.speed_limit_m_s[within], zone.max_speed_m_s)
        self.map_clearance_m = self._distances(self._blocked)
        self.clearance_m = self.map_clearance_m
        self.fresh_m: Floats = np.full(grid.cells.shape, np.inf)
        """(rows, columns): how far what may be a person is, as it was last seen."""
        self.lasting_m = self.map_clearance_m
        """(rows, columns): how far everything else is."""
        labels, _ = ndimage.label(self.map_clearance_m >= shape.passing_m, np.ones((3, 3)))
        self._parts = labels

    def see(self, fresh: Flags, settled: Flags) -> None:
        """Take these cells for obstacles beside those of the map: what may be a person, and what stands there for long.

        They replace what was seen before.
        """
        self.clearance_m = self.map_clearance_m
        self.fresh_m = self._distances(fresh, framed=False) if fresh.any() else np.full(fresh.shape, np.inf)
        if settled.any():
            self.clearance_m = self._with(self._distances(settled, framed=False), THING_WIDER_M)
        self.lasting_m = self.clearance_m
        if fresh.any():
            self.clearance_m = self._with(self.fresh_m, PERSON_WIDER_M)

    def _with(self, distances_m: Floats, wider_m: float) -> Floats:
        return np.minimum(self.clearance_m, np.maximum(0.0, distances_m - wider_m))

    def clearance_at(self, x_m: float, y_m: float) -> float:
        """How far the nearest obstacle is; 0 outside of the map."""
        return float(self.clearance_m[self.grid.cell_of(x_m, y_m)]) if self.grid.holds(x_m, y_m) else 0.0

    def speed_limit_at(self, x_m: float, y_m: float) -> float:
        """The site's own limit there; infinite where it has none."""
        return float(self.speed_limit_m_s[self.grid.cell_of(x_m, y_m)]) if self.grid.holds(x_m, y_m) else np.inf

    def clearances_m(self, points_m: Points) -> Floats:
        """For each of the (n, 2) points the distance to the nearest obstacle."""
        return self._at(self.clearance_m, points_m)

    def fresh_distances_m(self, points_m: Points) -> Floats:
        """The same to the nearest thing that may be a person; 0 outside of the map."""
        return self._at(self.fresh_m, points_m)

    def map_clearances_m(self, points_m: Points) -> Floats:
        """The same to the nearest obstacle that the map knows."""
        return self._at(self.map_clearance_m, points_m)

    def costs(self, start: Pose2D | None = None, once_they_left: bool = False) -> Floats:
        """(rows, columns): what crossing a cell costs, -1 where the robot cannot be; more leeway around `start`.

        `once_they_left`: what may be a person makes a cell dear, but closes none, for people go on.
        """
        passing_m = self.shape.passing_m
        clearance_m = self.lasting_m if once_they_left else self.clearance_m
        costs = 1.0 + (DEAREST - 1.0) * np.exp(-FALLOFF_1_M * np.maximum(0.0, clearance_m - passing_m))
        beside_m = np.maximum(0.0, self.fresh_m - PERSON_WIDER_M - passing_m)
        costs += BERTH_COST * np.exp(-BERTH_FALLOFF_1_M * beside_m)
        if once_they_left:
            costs[self.clearance_m < passing_m] += IN_THE_WAY_COST
        costs[clearance_m < passing_m] = -1.0
        if start is not None:
            x, y = self.grid.middles()
            near = np.hypot(x - start.x_m, y - start.y_m) < ESCAPE_M
            least_m = max(self.grid.resolution_m, self.clearance_at(start.x_m, start.y_m) - self.grid.resolution_m)
            costs[near & (costs < 0) & (self.clearance_m >= least_m)] = ESCAPE_COST
        return costs

    def is_connected(self, one: tuple[float, float], other: tuple[float, float]) -> bool:
        """Whether the map alone has a way for the robot between two places where it fits."""
        cells = [self.grid.cell_of(*place) for place in (one, other)]
        return bool(self._parts[cells[0]] == self._parts[cells[1]] != 0)

    def sees(self, at: tuple[float, float], person: Pose2D, beside: float = 0.3) -> bool:
        """Whether nothing on the map stands between a place and a person, but for what is right beside them, on the
        last `beside` of the way."""
        share = np.linspace(0.0, 1.0 - beside, 40)[:, None]
        points = np.array(at) * (1 - share) + np.array((person.x_m, person.y_m)) * share
        return bool((self.map_clearances_m(points) > 0).all())

    def is_indoors(self, place: Pose2D) -> bool:
        """Whether somebody can be there: on the map, and not beyond its walls."""
        on_map = self.grid.holds(place.x_m, place.y_m)
        return on_map and bool(self.grid.cells[self.grid.cell_of(place.x_m, place.y_m)] != UNKNOWN)

    def is_built_up(self, x_m: float, y_m: float, within_m: float) -> bool:
        """Whether the map alone leaves the robot no room within that distance."""
        x, y = self.grid.middles()
        near = np.hypot(x - x_m, y - y_m) <= within_m
        return not bool((self.map_clearance_m[near] >= self.shape.passing_m).any())

    def _distances(self, blocked: Flags, framed: bool = True) -> Floats:
        """To the nearest blocked cell, the map's edge included where it is `framed`."""
        padded = np.pad(blocked, 1, constant_values=framed)
        return np.asarray(ndimage.distance_transform_edt(~padded)[1:-1, 1:-1] * self.grid.resolution_m)

    def _cells_in(self, zone: Zone) -> Flags:
        x, y = self.grid.middles()
        return np.asarray(shapely.contains_xy(shapely.Polygon(zone.polygon), x, y))

    def _at(self, field: Floats, points_m: Points) -> Floats:
        rows, columns, inside = self.grid.indices_of(points_m)
        found = np.zeros(len(points_m))
        found[inside] = field[rows[inside], columns[inside]]
        return found
