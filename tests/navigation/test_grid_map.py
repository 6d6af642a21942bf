"""Maps as files: what was written is read, and what cannot be used is refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from carebot.errors import ConfigError
from carebot.navigation.grid_map import FREE, OCCUPIED, UNKNOWN, GridMap, read_map, write_map

CELLS = np.array([[FREE, OCCUPIED, UNKNOWN], [FREE, FREE, FREE]], dtype=np.int8)
GRID = GridMap(CELLS, 0.05, (-1.0, 2.0))


@pytest.mark.parametrize("suffix", [".png", ".pgm"])
def test_what_is_written_is_read(tmp_path: Path, suffix: Any):
    write_map(GRID, tmp_path / "home.yaml", suffix)
    found = read_map(tmp_path / "home.yaml")
    assert np.array_equal(found.cells, CELLS)
    assert (found.resolution_m, found.origin_m) == (0.05, (-1.0, 2.0))


def test_cells_and_places():
    assert GRID.cell_of(-0.93, 2.01) == (0, 1)
    assert GRID.middle_of(0, 1) == pytest.approx((-0.925, 2.025))
    assert GRID.is_free(-0.97, 2.02)
    assert not GRID.is_free(-0.93, 2.02)
    assert not GRID.is_free(50, 50)


def test_north_is_up_in_the_picture(tmp_path: Path):
    picture = cv2.imread(str(write_map(GRID, tmp_path / "home.yaml")), cv2.IMREAD_GRAYSCALE)
    assert picture.tolist() == [[254, 254, 254], [254, 0, 205]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"resolution": 5.0}, r"line \d+: resolution: a cell of a home's map has 0\.005 to 0\.5 metres"),
        ({"resolution": 0}, "resolution"),
        ({"origin": [0, 0, 1.57]}, "a map that is turned"),
        ({"origin": [0, 0]}, "origin"),
        ({"origin": [1e300, 0, 0]}, "begins within 10000 metres"),
        ({"image": "a\0b"}, "is no name of a file"),
        ({"image": "gone.png"}, r"gone\.png cannot be read"),
        ({"image": "home.yaml"}, "no picture that can be read"),
        ({"free_thresh": 0.001}, "no cell of home.png is free"),
        ({"mode": "raw"}, "mode"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, change: dict[str, Any], sentence: str):
    path = tmp_path / "home.yaml"
    write_map(GRID, path)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **change}))
    with pytest.raises(ConfigError, match=sentence):
        read_map(path)


def test_a_picture_that_claims_to_be_larger_than_any_is_refused(tmp_path: Path):
    path = tmp_path / "home.yaml"
    write_map(GRID, path, ".pgm")
    path.with_suffix(".pgm").write_bytes(b"P5\n999999 999999\n255\n" + bytes(100))
    with pytest.raises(ConfigError, match="no picture that can be read"):
        read_map(path)


def test_a_place_where_nothing_can_be_written(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_map(GRID, tmp_path / "gone" / "home.yaml")
