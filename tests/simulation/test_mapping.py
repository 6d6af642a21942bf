"""The map of a simulated home: walls and doors are where the world's file has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carebot.errors import ConfigError
from carebot.navigation.grid_map import FREE, OCCUPIED, GridMap, read_map
from carebot.resources import share_dir
from carebot.simulation.homes import described_world
from carebot.simulation.mapping import map_of_world
from carebot.site.file import load_site

SITE = share_dir() / "sim" / "sites" / "home.yaml"


@pytest.fixture(scope="module")
def home() -> GridMap:
    return map_of_world("home")


def test_every_doorway_is_open_over_its_width(home: GridMap):
    doorways = {name: pose for name, pose in described_world("home").frames.items() if name.startswith("doorway")}
    assert len(doorways) == 6
    for pose in doorways.values():
        (x, y, _), across = pose.position, pose.rotation[:, 1]
        assert all(home.is_free(x + aside * across[0], y + aside * across[1]) for aside in np.arange(-0.3, 0.31, 0.05))
        assert not all(home.is_free(x + aside * across[0], y + aside * across[1]) for aside in (-0.6, 0.6))


def test_walls_and_furniture_are_where_they_are(home: GridMap):
    # The wall between corridor and bedroom from 4.55 to 4.65 m; a table's top, under which the lidar looks through.
    for x, y in ((1.0, 4.57), (1.0, 4.63), (8.6, 4.1), (9.1, 5.75), (1.1, 7.4)):
        row, column = home.cell_of(x, y)
        assert OCCUPIED in home.cells[row - 1 : row + 2, column - 1 : column + 2], (x, y)
        assert not home.is_free(x, y)


def test_outside_is_unknown_and_all_rooms_are_connected(home: GridMap):
    assert not np.any(home.cells[0] == FREE)
    site = load_site(SITE)
    assert all(home.is_free(*place.at) for place in (*site.places, *site.docks))
    assert all(home.is_free(*room.stand.at) for room in site.rooms if room.stand)


def test_the_map_that_is_shipped_is_this_one(home: GridMap):
    assert np.array_equal(read_map(SITE.parent / "home_map.yaml").cells, home.cells)


def test_a_world_without_anything_is_refused(tmp_path: Path):
    world = tmp_path / "nothing.sdf"
    plane = "<geometry><plane><normal>0 0 1</normal><size>9 9</size></plane></geometry>"
    floor = f'<static>true</static><link name="l"><collision name="c">{plane}</collision></link>'
    world.write_text(f'<sdf version="1.9"><world name="w"><model name="floor">{floor}</model></world></sdf>')
    with pytest.raises(ConfigError, match="nothing to map"):
        map_of_world(str(world))
