"""Occupancy maps in memory and as the files of ROS's map_server: a PGM or PNG and a YAML beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, field_validator

from carebot.config import FileModel, load_yaml
from carebot.errors import ConfigError
from carebot.resources import expanded

FREE, OCCUPIED, UNKNOWN = 0, 100, -1
"""As in nav_msgs/OccupancyGrid."""
FREE_GREY, OCCUPIED_GREY, UNKNOWN_GREY = 254, 0, 205
OCCUPIED_THRESHOLD, FREE_THRESHOLD = 0.65, 0.196
"""The grey of the unknown, 205, lies between these: 0.1961."""
LARGEST_CELLS = 25_000_000
FARTHEST_ORIGIN_M = 10_000.0

Cells = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class GridMap:
    """`cells` (rows, columns): FREE, OCCUPIED or UNKNOWN; row 0 is the lowest y, as in nav_msgs/OccupancyGrid.

    `origin_m` is the lower left corner of cell (0, 0) on the map.
    """

    cells: Cells
    resolution_m: float
    origin_m: tuple[float, float]

    @property
    def size_m(self) -> tuple[float, float]:
        """How far it reaches along x and y."""
        rows, columns = self.cells.shape
        return columns * self.resolution_m, rows * self.resolution_m

    def cell_of(self, x_m: float, y_m: float) -> tuple[int, int]:
        """Row and column; they may lie outside of the map."""
        return (
            int(np.floor((y_m - self.origin_m[1]) / self.resolution_m)),
            int(np.floor((x_m - self.origin_m[0]) / self.resolution_m)),
        )

    def middle_of(self, row: int, column: int) -> tuple[float, float]:
        """x and y of a cell's middle."""
        return (
            self.origin_m[0] + (column + 0.5) * self.resolution_m,
            self.origin_m[1] + (row + 0.5) * self.resolution_m,
        )

    def holds(self, x_m: float, y_m: float) -> bool:
        """Whether that point lies on the map."""
        row, column = self.cell_of(x_m, y_m)
        return bool(0 <= row < self.cells.shape[0] and 0 <= column < self.cells.shape[1])

    def indices_of(self, points_m: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
        """Rows and columns of the (n, 2) points, and which of them lie on the map."""
        cells = np.floor((points_m - np.array(self.origin_m)) / self.resolution_m).astype(np.intp)
        columns, rows = cells[:, 0], cells[:, 1]
        inside = (rows >= 0) & (rows < self.cells.shape[0]) & (columns >= 0) & (columns < self.cells.shape[1])
        return rows, columns, np.asarray(inside)

    def middles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x and y of all cells' middles, each (rows, columns)."""
        rows, columns = np.indices(self.cells.shape)
        (x, y), cell_m = self.origin_m, self.resolution_m
        return np.asarray(x + (columns + 0.5) * cell_m), np.asarray(y + (rows + 0.5) * cell_m)

    def _value(self, x_m: float, y_m: float) -> int:
        return int(self.cells[self.cell_of(x_m, y_m)])

    def is_free(self, x_m: float, y_m: float) -> bool:
        """Whether that point is known to be free."""
        return self.holds(x_m, y_m) and self._value(x_m, y_m) == FREE


class MapFile(FileModel):
    """The YAML of a map_server; keys that other tools add are let through."""

    model_config = ConfigDict(extra="ignore")

    image: str = Field(min_length=1)
    resolution: Annotated[float, Field(gt=0)]
    origin: tuple[float, float, float]
    negate: Literal[0, 1] = 0
    occupied_thresh: Annotated[float, Field(gt=0, le=1)] = OCCUPIED_THRESHOLD
    free_thresh: Annotated[float, Field(ge=0, lt=1)] = FREE_THRESHOLD
    mode: Literal["trinary", "scale"] = "trinary"

    @field_validator("image")
    @classmethod
    def _is_a_name(cls, image: str) -> str:
        if "\0" in image:
            raise ValueError("is no name of a file: correct it")
        return image

    @field_validator("resolution")
    @classmethod
    def _is_in_metres(cls, resolution: float) -> float:
        if not 0.005 <= resolution <= 0.5:
            raise ValueError("a cell of a home's map has 0.005 to 0.5 metres: is it in another unit?")
        return resolution

    @field_validator("origin")
    @classmethod
    def _is_not_turned(cls, origin: tuple[float, float, float]) -> tuple[float, float, float]:
        if abs(origin[2]) > 1e-6:
            raise ValueError("a map that is turned cannot be used: save it with a yaw of 0")
        if max(abs(origin[0]), abs(origin[1])) > FARTHEST_ORIGIN_M:
            raise ValueError(f"a home's map begins within {FARTHEST_ORIGIN_M:g} metres: is it in another unit?")
        return origin


def read_map(path: Path) -> GridMap:
    """The map whose YAML is `path`; raises ConfigError naming the file and what is wrong with it."""
    file = load_yaml(path, MapFile)
    picture = _read_picture(path, path.parent / expanded(file.image))
    grey = picture.astype(np.float64)
    occupancy = grey / 255.0 if file.negate else (255.0 - grey) / 255.0
    cells = np.full(picture.shape, UNKNOWN, dtype=np.int8)
    cells[occupancy > file.occupied_thresh] = OCCUPIED
    cells[occupancy < file.free_thresh] = FREE
    if not np.any(cells == FREE):
        raise ConfigError(f"{path}: no cell of {file.image} is free: check negate and free_thresh.")
    return GridMap(np.ascontiguousarray(np.flipud(cells)), file.resolution, file.origin[:2])


def _read_picture(path: Path, image: Path) -> NDArray[np.uint8]:
    try:
        content = np.frombuffer(image.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise ConfigError(f"{path}: image: {image} cannot be read ({error.strerror}): put it there.") from None
    try:
        picture = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE) if content.size else None
    except cv2.error:  # of a size that no picture has
        picture = None
    if picture is None:
        raise ConfigError(f"{path}: image: {image} is no picture that can be read: save it as PGM or PNG.")
    if picture.size > LARGEST_CELLS:
        raise ConfigError(f"{path}: {image} has {picture.size} cells: a home's map has {LARGEST_CELLS} at most.")
    return np.asarray(picture, dtype=np.uint8)


def write_map(grid: GridMap, path: Path, suffix: Literal[".png", ".pgm"] = ".png") -> Path:
    """Write the YAML `path` and the picture beside it, whose path is returned.

    Raises:
        ConfigError: where nothing can be written there.
    """
    image = path.with_suffix(suffix)
    content: dict[str, Any] = {
        "image": image.name,
        "mode": "trinary",
        "resolution": grid.resolution_m,
        "origin": [*(round(value, 6) for value in grid.origin_m), 0.0],
        "negate": 0,
        "occupied_thresh": OCCUPIED_THRESHOLD,
        "free_thresh": FREE_THRESHOLD,
    }
    try:
        image.write_bytes(cv2.imencode(suffix, picture_of(grid))[1].tobytes())
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): choose another place.") from None
    return image


def picture_of(grid: GridMap) -> NDArray[np.uint8]:
    """The map as map_server draws it: north up, black is occupied, white free, grey unknown."""
    picture = np.full(grid.cells.shape, UNKNOWN_GREY, dtype=np.uint8)
    picture[grid.cells == FREE] = FREE_GREY
    picture[grid.cells == OCCUPIED] = OCCUPIED_GREY
    return np.ascontiguousarray(np.flipud(picture))
