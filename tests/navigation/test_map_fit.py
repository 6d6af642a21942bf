"""A map of the wrong scale is found by its doors and rooms; a right one, turned or not, is not doubted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carebot.navigation.grid_map import read_map
from carebot.navigation.map_fit import map_doubts
from carebot.resources import share_dir
from carebot.site.file import Site, load_site, map_path, site_path
from tests.navigation.homes import two_rooms

HOME = site_path("home")


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(HOME)


def test_the_shipped_home_fits_its_map(site: Site):
    assert map_doubts(site, read_map(map_path(site, HOME))) == []


@pytest.mark.parametrize("factor", [0.4, 0.5, 0.7, 1.5, 2.0, 2.54, 10.0])
def test_a_map_of_the_wrong_scale_is_doubted(site: Site, factor: float):
    grid = read_map(share_dir() / "sim" / "sites" / "home_map.yaml")
    doubts = map_doubts(site, replace(grid, resolution_m=grid.resolution_m * factor))
    assert doubts
    assert all("resolution" in each for each in doubts)


def test_a_map_that_is_elsewhere_is_doubted_by_its_rooms(site: Site):
    grid = read_map(map_path(site, HOME))
    doubts = map_doubts(site, replace(grid, origin_m=(grid.origin_m[0] + 50.0, grid.origin_m[1])))
    assert "of the room bedroom (13.6 m²) the map shows 0.0 m² of floor" in doubts[0]


@pytest.mark.parametrize(
    ("opening", "doubted"), [((1.5, 2.4), ""), ((1.0, 3.0), "1.95 m wide"), ((1.8, 2.1), "0.45 m wide")]
)
def test_a_door_whose_width_nobody_wrote_is_held_against_what_doors_are(opening: tuple[float, float], doubted: str):
    rooms = [
        {"name": "left", "polygon": [[0, 0], [3, 0], [3, 4], [0, 4]]},
        {"name": "right", "polygon": [[3, 0], [6, 0], [6, 4], [3, 4]]},
    ]
    doors = [{"name": "middle", "at": [3.0, sum(opening) / 2], "between": ["left", "right"]}]
    doubts = map_doubts(Site.model_validate({"rooms": rooms, "doors": doors}), two_rooms(opening))
    assert len(doubts) == bool(doubted)
    assert all(f"the door middle is {doubted} on the map, and 0.55 to 1.6 m as doors are" in each for each in doubts)
