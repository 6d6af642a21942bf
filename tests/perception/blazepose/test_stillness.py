from __future__ import annotations

import numpy as np
import pytest

from carebot.perception.estimators.blazepose.region import Region
from carebot.perception.estimators.blazepose.stillness import changed_outside, changed_share, thumbnail

RNG = np.random.default_rng(5)
ALL = Region(320, 240, 640)


def room(brightness: float = 1.0) -> np.ndarray:
    """Light wall, dark floor, and furniture: much contrast."""
    image = np.full((480, 640, 3), 190.0)
    image[300:] = 80
    image[200:400, 60:200] = 30
    image[100:350, 450:600] = 230
    return (image * brightness).astype(np.uint8)


def noisy(image: np.ndarray, levels: float) -> np.ndarray:
    return np.clip(image + RNG.normal(0, levels, image.shape), 0, 255).astype(np.uint8)


def test_the_same_picture_is_still() -> None:
    before = thumbnail(room())
    assert not changed_share(before, before.copy(), ALL)
    assert not changed_outside(before, before.copy(), [])


@pytest.mark.parametrize("levels", [1, 3, 6])
def test_a_sensors_noise_is_no_change(levels: float) -> None:
    for _ in range(6):
        before, now = thumbnail(noisy(room(), levels)), thumbnail(noisy(room(), levels))
        assert not changed_share(before, now, ALL)
        assert not changed_outside(before, now, [])


def test_an_arm_that_moves_is_a_change_by_day_and_in_the_dark() -> None:
    for brightness in (1.0, 0.06):
        moved = room(brightness)
        moved[260:290, 320:350] = 110 * brightness
        before, now = thumbnail(room(brightness)), thumbnail(moved)
        assert changed_share(before, now, Region(330, 270, 150))
        assert changed_outside(before, now, [])


def test_in_the_dark_a_smaller_change_counts_than_in_the_light() -> None:
    def changes(brightness: float) -> bool:
        moved = room(brightness).astype(int)
        moved[260:290, 320:350] += 5
        return changed_share(thumbnail(room(brightness)), thumbnail(moved.astype(np.uint8)), ALL)

    assert changes(0.06)
    assert not changes(1.0)


def test_what_moves_elsewhere_is_no_change_within_but_one_outside() -> None:
    moved = room()
    moved[20:60, 20:60] = 0
    before, now = thumbnail(room()), thumbnail(moved)
    assert not changed_share(before, now, Region(500, 400, 150))
    assert changed_share(before, now, Region(40, 40, 60))
    assert changed_outside(before, now, [Region(500, 400, 150)])
    assert not changed_outside(before, now, [Region(40, 40, 80)])


@pytest.mark.parametrize("at", [(20, 20), (620, 20), (20, 460), (620, 460), (320, 240), (633, 473)])
def test_a_change_anywhere_is_inside_the_box_round_its_place(at: tuple[int, int]) -> None:
    x, y = at
    moved = room()
    moved[y - 6 : y + 6, x - 6 : x + 6] ^= 0xFF
    before, now = thumbnail(room()), thumbnail(moved)
    assert changed_share(before, now, Region(x, y, 24))
    assert not changed_outside(before, now, [Region(x, y, 48)])


@pytest.mark.parametrize("size", [(333, 251), (23, 17), (1279, 719)])
def test_sides_that_are_no_multiple_of_the_block_are_looked_at_in_the_right_place(size: tuple[int, int]) -> None:
    width, height = size
    image = np.full((height, width, 3), 60, np.uint8)
    moved = image.copy()
    moved[height - 8 :, width - 8 :] = 200
    region = Region(width - 4, height - 4, 8)
    assert changed_share(thumbnail(image), thumbnail(moved), region)
    assert not changed_outside(thumbnail(image), thumbnail(moved), [Region(width - 4, height - 4, 24)])


@pytest.mark.parametrize("region", [Region(-500, 100, 80), Region(5000, 100, 80), Region(100, -900, 80)])
def test_a_region_outside_the_picture_must_be_looked_at(region: Region) -> None:
    still = thumbnail(room())
    assert changed_share(still, still, region)
    assert not changed_outside(still, still, [region])


def test_a_region_larger_than_the_picture_is_all_of_it() -> None:
    before = thumbnail(room())
    assert not changed_share(before, before, Region(320, 240, 9000))
    assert not changed_outside(before, thumbnail(255 - room()), [Region(320, 240, 9000)])


def test_another_size_is_a_change() -> None:
    before, now = thumbnail(room()), thumbnail(room()[:240])
    assert changed_share(before, now, ALL)
    assert changed_outside(before, now, [])


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 7), (9, 15)])
def test_pictures_smaller_than_a_block_have_a_thumbnail_too(size: tuple[int, int]) -> None:
    small = thumbnail(np.full((size[1], size[0], 3), 50, np.uint8))
    assert small.size >= 1
    assert not changed_share(small, small, Region(size[0] / 2, size[1] / 2, max(size)))
