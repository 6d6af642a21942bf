"""The map of a simulated home, drawn with rays through what was loaded, as far as a robot could get to it."""

from __future__ import annotations

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carebot.errors import ConfigError
from carebot.navigation.grid_map import FREE, OCCUPIED, UNKNOWN, GridMap
from carebot.simulation.homes import described_world, robot_of
from carebot.simulation.rotations import Vector
from carebot.simulation.sdf.arrange import without
from carebot.simulation.sdf.build import TOUCHED_GROUP, build
from carebot.simulation.sdf.description import World

LOWEST_M, HIGHEST_M, LEVELS = 0.06, 1.2, 12
"""What is lower is floor (thresholds, rugs), what is higher is above the robot."""
ABOVE_M = 20.0
MARGIN_M = 0.25
LINES_A_CELL = 2
FARTHEST_M = 200.0
PAST_M = 1e-4


def map_of_world(name: str, resolution_m: float = 0.05) -> GridMap:
    """The map of the world of that name, or in that file, as it stands; the robot and its residents are not on it.

    Free is what the robot's start is connected with, unknown what lies behind walls and inside furniture.

    Raises:
        ConfigError: naming the file, for a world that cannot be loaded or has nothing to map.
    """
    return map_of(described_world(name), resolution_m)


def map_of(world: World, resolution_m: float = 0.05) -> GridMap:
    """The same of a world that is loaded, and arranged as it may be."""
    robot = robot_of(world)
    start = world.frames[robot].position
    model = build(without(world, [model for model in world.models if model.partition("::")[0] == robot])).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    low, high = _bounds(model, data, f"{world.file}")
    grid = _empty(low, high, resolution_m)
    hits = np.concatenate((_surfaces(model, data, grid), _tops(model, data, grid)))
    occupied = np.zeros(grid.cells.shape, dtype=np.bool_)
    rows, columns = _cells(grid, hits)
    occupied[rows, columns] = True
    return GridMap(_reachable(occupied, grid, start, f"{world.file}"), grid.resolution_m, grid.origin_m)


def _bounds(model: Any, data: Any, file: str) -> tuple[Vector, Vector]:
    """The rectangle around everything that stands as high as the robot, but for endless planes."""
    touched = np.flatnonzero((model.geom_group == TOUCHED_GROUP) & (model.geom_type != mujoco.mjtGeom.mjGEOM_PLANE))
    boxes = [_box(model, data, int(geom)) for geom in touched]
    boxes = [box for box in boxes if box[1][2] > LOWEST_M and box[0][2] < HIGHEST_M]
    if not boxes:
        raise ConfigError(f"{file} has nothing to map: it needs walls or furniture with collisions.")
    low = np.min([box[0] for box in boxes], axis=0)[:2] - MARGIN_M
    high = np.max([box[1] for box in boxes], axis=0)[:2] + MARGIN_M
    if np.max(high - low) > FARTHEST_M:
        raise ConfigError(f"{file} is {np.max(high - low):.0f} m wide: a map reaches {FARTHEST_M:.0f} m at most.")
    return low, high


def _box(model: Any, data: Any, geom: int) -> tuple[Vector, Vector]:
    """The world's axis-parallel box around a geom."""
    centre, half = model.geom_aabb[geom][:3], model.geom_aabb[geom][3:]
    turned = data.geom_xmat[geom].reshape(3, 3)
    middle, reach = data.geom_xpos[geom] + turned @ centre, np.abs(turned) @ half
    return middle - reach, middle + reach


def _empty(low: Vector, high: Vector, resolution_m: float) -> GridMap:
    origin = np.floor(low / resolution_m) * resolution_m
    columns, rows = (int(count) for count in np.ceil((high - origin) / resolution_m))
    return GridMap(np.full((rows, columns), UNKNOWN, np.int8), resolution_m, (float(origin[0]), float(origin[1])))


def _surfaces(model: Any, data: Any, grid: GridMap) -> Vector:
    """(n, 2): where straight lines along x and along y, at all heights, meet something."""
    found = []
    size = grid.size_m
    heights = np.linspace(LOWEST_M, HIGHEST_M, LEVELS)
    for axis in (0, 1):
        count = round(size[1 - axis] / grid.resolution_m * LINES_A_CELL)
        across = grid.origin_m[1 - axis] + (np.arange(count) + 0.5) * grid.resolution_m / LINES_A_CELL
        direction = np.eye(3)[axis]
        for offset in across:
            for height in heights:
                start = np.array((0.0, 0.0, height))
                start[axis], start[1 - axis] = grid.origin_m[axis], offset
                found += [start[:2] + along * direction[:2] for along in _meetings(model, data, start, direction)]
    return np.array(found).reshape(-1, 2)


def _tops(model: Any, data: Any, grid: GridMap) -> Vector:
    """(n, 2): middles of cells where a line from above meets something at the robot's height, as a table's top."""
    down = np.array((0.0, 0.0, -1.0))
    found = []
    for row, column in np.ndindex(grid.cells.shape):
        x, y = grid.middle_of(row, column)
        heights = [ABOVE_M - along for along in _meetings(model, data, np.array((x, y, ABOVE_M)), down)]
        if any(LOWEST_M < height < HIGHEST_M for height in heights):
            found.append((x, y))
    return np.array(found).reshape(-1, 2)


def _meetings(model: Any, data: Any, start: Vector, direction: Vector) -> list[float]:
    """How far along the line it goes into or out of something."""
    groups = np.zeros(6, dtype=np.uint8)
    groups[TOUCHED_GROUP] = 1
    geom = np.zeros(1, dtype=np.int32)
    along, found = 0.0, []
    while along < FARTHEST_M:
        ahead = mujoco.mj_ray(model, data, start + along * direction, direction, groups, 1, -1, geom)
        if ahead < 0:
            break
        along += float(ahead)
        found.append(along)
        along += PAST_M
    return found


def _cells(grid: GridMap, points: Vector) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns, _ = grid.indices_of(points)
    return np.clip(rows, 0, grid.cells.shape[0] - 1), np.clip(columns, 0, grid.cells.shape[1] - 1)


def _reachable(occupied: NDArray[np.bool_], grid: GridMap, start: Vector, file: str) -> NDArray[np.int8]:
    if not grid.holds(start[0], start[1]) or occupied[grid.cell_of(start[0], start[1])]:
        raise ConfigError(f"{file}: the robot starts at {start[0]:g}, {start[1]:g}, where no free floor is: move it.")
    labels, _ = ndimage.label(~occupied)
    cells = np.full(occupied.shape, UNKNOWN, dtype=np.int8)
    cells[occupied] = OCCUPIED
    cells[labels == labels[grid.cell_of(start[0], start[1])]] = FREE
    return cells
