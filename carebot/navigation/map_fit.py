"""Whether a site file and its map speak of the same home: a map of the wrong scale looks like any other.

What gives it away are doors, whose width people know, and rooms that have no floor on the map.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from scipy import ndimage

from carebot.navigation.grid_map import FREE, GridMap
from carebot.site.file import Site
from carebot.site.places import Door, Room

USUAL_DOOR_M = (0.55, 1.6)
MOST_WRONG = 1.35
"""By this factor a door may be wider or narrower on the map than the site file has it: walls are drawn in cells."""
LEAST_FLOOR = 0.3
NEAR_M = 0.25
"""A door's middle is marked by hand."""


def map_doubts(site: Site, grid: GridMap) -> list[str]:
    """What does not fit, each in a sentence; empty where everything does."""
    free = grid.cells == FREE
    clearance_m = ndimage.distance_transform_edt(np.pad(free, 1))[1:-1, 1:-1] * grid.resolution_m
    rooms = [doubt for room in site.rooms if (doubt := _doubt_of_room(room, grid, free))]
    return [*rooms, *_doubts_of_doors(site.doors, grid, clearance_m)]


def _doubt_of_room(room: Room, grid: GridMap, free: np.ndarray) -> str:
    x, y = grid.middles()
    floor_m2 = float(free[shapely.contains_xy(room.geometry, x, y)].sum()) * grid.resolution_m**2
    if floor_m2 >= LEAST_FLOOR * room.geometry.area:
        return ""
    return (
        f"of the room {room.name} ({room.geometry.area:.1f} m²) the map shows {floor_m2:.1f} m² of floor: "
        "check the map's resolution and origin, or draw the room anew with `carebot map edit`."
    )


def _doubts_of_doors(doors: tuple[Door, ...], grid: GridMap, clearance_m: np.ndarray) -> Iterator[str]:
    for door in doors:
        width_m = _width_m(door, grid, clearance_m)
        if width_m is None:
            continue
        is_said = "width_m" in door.model_fields_set
        least_m, most_m = (door.width_m / MOST_WRONG, door.width_m * MOST_WRONG) if is_said else USUAL_DOOR_M
        if not least_m <= width_m <= most_m:
            known = f"{door.width_m:g} m by the site file" if is_said else f"{least_m:g} to {most_m:g} m as doors are"
            yield (
                f"the door {door.name} is {width_m:.2f} m wide on the map, and {known}: measure it, and correct the "
                "map's resolution, or the door's width_m or place."
            )


def _width_m(door: Door, grid: GridMap, clearance_m: np.ndarray) -> float | None:
    """Twice the distance from the doorway's middle to its nearer jamb; None where the door is not on the map.

    The middle is where, near the marked point, the way through is narrowest: of the ridge of what is farthest from all
    walls, the lowest place.
    """
    reach = max(1, round(NEAR_M / grid.resolution_m))
    row, column = grid.cell_of(*door.at)
    rows, columns = clearance_m.shape
    if not (reach <= row < rows - reach and reach <= column < columns - reach):
        return None
    near = clearance_m[row - reach : row + reach + 1, column - reach : column + reach + 1]
    # The ridge as seen along either axis; across the way it falls off towards the jambs, so the higher one is right.
    along_rows, along_columns = near.max(axis=1), near.max(axis=0)
    return max(0.0, 2.0 * float(max(along_rows.min(), along_columns.min())) - grid.resolution_m)
