from __future__ import annotations

from math import cos, pi, sin

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.perception.estimators.blazepose.region import Region, around_body, whole

RNG = np.random.default_rng(3)
PICTURE = RNG.integers(0, 256, (60, 100, 3), dtype=np.uint8)

regions = st.builds(
    Region,
    st.floats(-500, 2500),
    st.floats(-500, 2500),
    st.floats(1, 3000),
    st.floats(-pi, pi),
)


@given(regions, st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=1, max_size=5))
def test_to_the_picture_and_back_is_where_it_was(region: Region, points: list[tuple[float, float]]) -> None:
    unit = np.array(points, np.float32)
    back = region.from_picture(region.to_picture(unit), 256) / 256
    assert back == pytest.approx(unit, abs=2e-3 + 2.0 / region.size_px * 1e-2)


def test_an_unturned_region_of_the_same_scale_is_a_plain_cut() -> None:
    crop = Region(50, 30, 40).crop(PICTURE, 40)
    np.testing.assert_array_equal(crop, PICTURE[10:50, 30:70, ::-1])


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_picture_comes_out_upright_to_the_pixel(quarters: int) -> None:
    """A body whose head points right is in a region turned by +90°, and its crop has the head at the top."""
    upright = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    lying = np.ascontiguousarray(np.rot90(upright, -quarters))
    crop = whole(64, 64, quarters * pi / 2).crop(lying, 64)
    np.testing.assert_array_equal(crop, upright[:, :, ::-1])


def test_half_the_size_is_the_mean_of_four_pixels() -> None:
    picture = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    crop = whole(64, 64).crop(picture, 32)
    means = picture[:, :, ::-1].reshape(32, 2, 32, 2, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(crop - means).max() <= 1.0


def test_outside_the_picture_is_black_or_its_edge_continued() -> None:
    region = Region(0, 30, 40)
    left = region.crop(PICTURE, 40)[:, :20]
    assert not left.any()
    continued = region.crop(PICTURE, 40, cv2.BORDER_REPLICATE)[:, :20]
    np.testing.assert_array_equal(continued, np.repeat(PICTURE[10:50, :1, ::-1], 20, axis=1))


@pytest.mark.parametrize("angle_rad", [0.3, 1.0, -2.0, 3.0])
def test_a_mark_is_found_in_the_crop_where_from_picture_says(angle_rad: float) -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(picture, (260, 120), 5, (255, 255, 255), -1)
    region = Region(230, 140, 150, angle_rad)
    y, x = np.nonzero(region.crop(picture, 256)[:, :, 0] > 127)
    expected = region.from_picture(np.array([[260.5, 120.5]], np.float32), 256)[0]
    assert (x.mean() + 0.5, y.mean() + 0.5) == pytest.approx(tuple(expected), abs=0.5)


@pytest.mark.parametrize(
    ("reach", "rotation_rad"),
    [((100, 60), 0.0), ((140, 100), pi / 2), ((60, 100), -pi / 2), ((100, 140), -pi), ((128.28, 71.72), pi / 4)],
)
def test_around_body(reach: tuple[float, float], rotation_rad: float) -> None:
    region = around_body(np.array([100, 100], np.float32), np.array(reach, np.float32))
    assert (region.x_px, region.y_px) == (100, 100)
    assert region.size_px == pytest.approx(2 * 40 * 1.25, rel=1e-3)
    assert (cos(region.rotation_rad), sin(region.rotation_rad)) == pytest.approx(
        (cos(rotation_rad), sin(rotation_rad)), abs=1e-3
    )


def test_the_head_is_at_the_top_of_the_crop_however_somebody_lies() -> None:
    for angle_rad in np.linspace(-3, 3, 13):
        hips = np.array([200, 150], np.float32)
        head = hips + 50 * np.array([sin(angle_rad), -cos(angle_rad)], np.float32)
        in_crop = around_body(hips, head).from_picture(np.stack([hips, head]), 100)
        assert in_crop == pytest.approx(np.array([[50, 50], [50, 10]]), abs=0.01)


@given(regions)
def test_every_region_agrees_with_itself(region: Region) -> None:
    assert region.agrees_with(region)


@pytest.mark.parametrize(
    ("other", "agrees"),
    [
        (Region(119, 100, 80, 0.0), True),
        (Region(121, 100, 80, 0.0), False),  # a quarter of its size away
        (Region(100, 100, 127, 0.0), True),
        (Region(100, 100, 129, 0.0), False),
        (Region(100, 100, 49, 0.0), True),
        (Region(100, 100, 47, 0.0), False),
        (Region(100, 100, 80, pi / 4 - 0.01), True),
        (Region(100, 100, 80, pi / 4 + 0.01), False),
        (Region(100, 100, 80, 2 * pi - 0.1), True),  # turned all the way round
    ],
)
def test_agreement(other: Region, agrees: bool) -> None:
    assert Region(100, 100, 80).agrees_with(other) is agrees


def test_scaled_moved_and_turned() -> None:
    region = Region(10, 20, 30, 3.0)
    assert region.scaled(2) == Region(10, 20, 60, 3.0)
    assert region.moved(1, -2) == Region(11, 18, 30, 3.0)
    assert region.turned(1.0).rotation_rad == pytest.approx(4.0 - 2 * pi)


@pytest.mark.parametrize(
    ("region", "is_usable"),
    [
        (Region(10, 10, 20), True),
        (Region(10, 10, 0.0), False),
        (Region(10, 10, 0.5), False),
        (Region(float("nan"), 10, 20), False),
        (Region(10, 10, float("inf")), False),
        (Region(10, 10, 20, float("nan")), False),
    ],
)
def test_a_region_of_no_size_or_place_is_not_usable(region: Region, is_usable: bool) -> None:
    assert region.is_usable is is_usable
