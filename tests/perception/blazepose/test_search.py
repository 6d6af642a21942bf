from __future__ import annotations

from math import pi

import numpy as np
import pytest

from carebot.perception.estimators.blazepose.region import Region
from carebot.perception.estimators.blazepose.search import Rota, views_around, views_of

SIZES = [(640, 480), (480, 640), (512, 512), (520, 500), (1920, 1080), (1080, 1920), (1280, 400), (300, 3000)]
EXTREME = [(1, 1), (5000, 1), (1, 5000), (4000, 30)]


@pytest.mark.parametrize("size", SIZES + EXTREME)
def test_the_whole_picture_is_seen_upright_and_lying_either_way(size: tuple[int, int]) -> None:
    width, height = size
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32)
    whole = [view for view in views_of(width, height) if view.size_px == max(size)]
    assert {view.rotation_rad for view in whole} == {0.0, pi / 2, -pi / 2}
    assert views_of(width, height)[0].rotation_rad == 0.0
    for view in whole:
        assert _inside(view, corners).all()


@pytest.mark.parametrize("size", SIZES + EXTREME)
def test_the_squares_leave_no_gap_and_overlap_so_that_nobody_is_cut_in_all(size: tuple[int, int]) -> None:
    width, height = size
    squares = [view for view in views_of(width, height) if view.size_px < max(size)]
    if max(size) <= 1.1 * min(size):
        assert squares == []
        return
    x, y = np.meshgrid(np.linspace(0, width, 60), np.linspace(0, height, 60))
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    assert np.any([_inside(square, points) for square in squares], axis=0).all()
    along = [(square.x_px if width >= height else square.y_px) for square in squares]
    side = squares[0].size_px
    assert np.diff(along).max() <= side * 2 / 3 + 1e-6


@pytest.mark.parametrize("size", SIZES + EXTREME)
def test_there_are_never_so_many_views_that_somebody_waits_long(size: tuple[int, int]) -> None:
    assert len(views_of(*size)) <= 32


def test_somebody_lost_is_looked_for_around_where_they_were() -> None:
    upright, *lying = views_around(Region(100, 50, 80, 0.4))
    assert (upright.x_px, upright.y_px, upright.rotation_rad) == (100, 50, 0.0)
    assert upright.size_px > 80
    assert {round(view.rotation_rad / (pi / 2)) for view in lying} == {1, -1}


def test_a_rota_goes_round_and_starts_anew_when_told() -> None:
    views = views_of(640, 480)
    rota = Rota()
    assert [rota.turn(views) for _ in range(len(views) + 1)] == [*views, views[0]]
    rota.restart()
    assert rota.turn(views) == views[0]
    assert rota.turn(views[:1]) == views[0]  # a list that became shorter


def _inside(view: Region, points: np.ndarray) -> np.ndarray:
    unit = view.from_picture(points, 1)
    return ((unit >= -1e-3) & (unit <= 1 + 1e-3)).all(axis=1)
