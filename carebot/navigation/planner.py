"""The cheapest way over a costmap: Dijkstra on the grid by scikit-image, smoothed where there is room."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
from scipy import ndimage
from skimage.graph import MCP_Geometric

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Floats, Points

GOAL_TOLERANCE_M = 0.3
"""Where the goal itself has no room, the nearest place that has some is taken, up to this far."""
BESIDE_M = 0.75
"""So far beside a way the robot stands in nobody's way."""
SMOOTHINGS, KEEP, PULL = 40, 0.15, 0.35
"""Weights that hold a point of the path at its place and pull it to the middle of its neighbours."""


@dataclass(frozen=True, slots=True)
class NoWay:
    """There is no path, and why, in words for a caregiver. `is_final`: nobody who steps aside can change that."""

    reason: str
    is_final: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """`points_m` (n, 2) from the robot to the goal, about a cell apart; then the robot turns to `yaw_rad` if any."""

    points_m: Points
    yaw_rad: float | None

    @property
    def length_m(self) -> float:
        return float(np.hypot(*np.diff(self.points_m, axis=0).T).sum())

    @property
    def end_m(self) -> tuple[float, float]:
        return float(self.points_m[-1, 0]), float(self.points_m[-1, 1])


def plan(
    costmap: Costmap,
    start: Pose2D,
    goal: tuple[float, float],
    yaw_rad: float | None = None,
    once_they_left: bool = False,
) -> Path | NoWay:
    """The cheapest path from `start` to `goal`, whose end is at most GOAL_TOLERANCE_M from it.

    `once_they_left`: as if those who may go on by themselves stood in nobody's way; for a robot that goes up to them.
    """
    grid = costmap.grid
    if not grid.holds(start.x_m, start.y_m):
        return NoWay(f"the robot is at {start.x_m:.2f}, {start.y_m:.2f}, outside of the map", True)
    if not grid.holds(*goal):
        return NoWay(f"the goal {goal[0]:.2f}, {goal[1]:.2f} is outside of the map", True)
    costs = costmap.costs(start, once_they_left)
    first = grid.cell_of(start.x_m, start.y_m)
    last = _nearest_open(costmap, costs, goal)
    if last is None:
        reason = f"the goal {goal[0]:.2f}, {goal[1]:.2f} is inside of something or too near to it for the robot"
        return NoWay(reason, costmap.is_built_up(*goal, GOAL_TOLERANCE_M))
    costs[first] = max(1.0, costs[first])
    search = MCP_Geometric(costs, fully_connected=True)
    reached, _ = search.find_costs([first], [last])
    if not np.isfinite(reached[last]):
        return NoWay("everything that leads there is too narrow for the robot or blocked")
    points = np.array([grid.middle_of(row, column) for row, column in search.traceback(last)])
    points[0] = start.x_m, start.y_m
    if len(points) == 1:
        points = np.repeat(points, 2, axis=0)
    if costmap.clearance_at(*goal) >= costmap.shape.passing_m:
        points[-1] = goal
    return Path(_smoothed(points, costmap), yaw_rad)


def out_of_the_way(costmap: Costmap, start: Pose2D, way_m: Points) -> Path | None:
    """To the nearest place beside `way_m` (n, 2), where somebody who comes along it gets past; None where none is."""
    if not costmap.grid.holds(start.x_m, start.y_m):
        return None
    costs = costmap.costs(start)
    first = costmap.grid.cell_of(start.x_m, start.y_m)
    costs[first] = max(1.0, costs[first])
    search = MCP_Geometric(costs, fully_connected=True)
    reached, _ = search.find_costs([first])
    rows, columns, inside = costmap.grid.indices_of(way_m)
    on_way = np.zeros(costs.shape, dtype=np.bool_)
    on_way[rows[inside], columns[inside]] = True
    beside_m = ndimage.distance_transform_edt(~on_way) * costmap.grid.resolution_m
    fits = (beside_m > BESIDE_M) & (costmap.clearance_m > costmap.shape.turning_m)
    reached = np.where(fits, reached, np.inf)
    row, column = np.unravel_index(int(reached.argmin()), reached.shape)
    if not np.isfinite(reached[row, column]):
        return None
    points = np.array([costmap.grid.middle_of(r, c) for r, c in search.traceback((int(row), int(column)))])
    return Path(_smoothed(points, costmap), None) if len(points) > 2 else None


def quickest_s(costmap: Costmap, start: tuple[float, float], goal: tuple[float, float], max_speed_m_s: float) -> float:
    """How long the quickest way takes on which the robot only just fits, at the speed that the site allows there.

    Infinite where there is none.
    """
    seconds_1_m = 1.0 / np.minimum(costmap.speed_limit_m_s, max_speed_m_s)
    costs = np.where(costmap.clearance_m >= costmap.shape.passing_m, seconds_1_m, -1.0)
    cells = [costmap.grid.cell_of(*place) for place in (start, goal)]
    if any(costs[cell] < 0 for cell in cells):
        return float("inf")
    reached, _ = MCP_Geometric(costs, fully_connected=True).find_costs([cells[0]], [cells[1]])
    return float(reached[cells[1]]) * costmap.grid.resolution_m


def _nearest_open(costmap: Costmap, costs: Floats, goal: tuple[float, float]) -> tuple[int, int] | None:
    """The open cell nearest to the goal, itself if it is open."""
    grid = costmap.grid
    row, column = grid.cell_of(*goal)
    reach = int(np.ceil(GOAL_TOLERANCE_M / grid.resolution_m))
    best: tuple[float, tuple[int, int]] | None = None
    for r in range(max(0, row - reach), min(costs.shape[0], row + reach + 1)):
        for c in range(max(0, column - reach), min(costs.shape[1], column + reach + 1)):
            x, y = grid.middle_of(r, c)
            away_m = hypot(x - goal[0], y - goal[1])
            if costs[r, c] >= 0 and away_m <= GOAL_TOLERANCE_M and (best is None or away_m < best[0]):
                best = away_m, (r, c)
    return None if best is None else best[1]


def _smoothed(points: Points, costmap: Costmap) -> Points:
    """Without the corners of the grid; no point comes nearer to anything than the robot needs, or than it was."""
    least = np.minimum(costmap.clearances_m(points), costmap.shape.passing_m + 0.08)
    smooth = points.copy()
    for _ in range(SMOOTHINGS):
        moved = smooth.copy()
        middle = (smooth[:-2] + smooth[2:]) / 2
        moved[1:-1] += KEEP * (points[1:-1] - smooth[1:-1]) + PULL * (middle - smooth[1:-1])
        too_near = costmap.clearances_m(moved) < least
        moved[too_near] = smooth[too_near]
        smooth = moved
    return smooth
