"""Markers in pictures drawn by a pinhole camera's own formula, and on paper."""

from __future__ import annotations

import re
from math import cos, degrees, pi, radians, sin
from pathlib import Path

import cv2
import numpy as np
import pytest

from carebot.errors import ConfigError
from carebot.geometry import CameraMounting, Pose2D
from carebot.perception.marker_sheet import black_mm, draw_sheet, page_mm
from carebot.perception.markers import CELLS, Lens, LensPlace, MarkerFinder, cells_of

MOUNTING = CameraMounting(1.1, 0.15, 0.0, 0.85)
LENS = Lens.of_opening(640, 480, 0.85)
PLACE = LensPlace(MOUNTING, 0.15)
HEIGHT_M, MARKER_M = 1.07, 0.12


def projected(points_m: np.ndarray, mounting: CameraMounting, lens: Lens) -> np.ndarray:
    """(n, 2) pixels of points ahead of, left of and above the floor under the lens; the inverse of `ray`."""
    corner, x, y = (np.array(mounting.ray(*at, 4 / 3)) for at in ((0.5, 0.5), (1.5, 0.5), (0.5, 1.5)))
    away = np.linalg.solve(np.column_stack((corner, x - corner, y - corner)), points_m.T)
    shares = away[1:] / away[0] + 0.5
    middle = lens.matrix[0, 2], lens.matrix[1, 2]
    return np.column_stack(((shares[0] - 0.5) * 640 + middle[0], (shares[1] - 0.5) * 480 + middle[1]))


def picture(
    marker: Pose2D, marker_id: int = 7, mounting: CameraMounting = MOUNTING, noise: float = 2.0, seed: int = 0
) -> np.ndarray:
    """What the camera sees of a marker on a grey wall; `marker` is its place before the lens and which way it looks."""
    cell_px, border = 20, 30
    cells = np.kron(np.where(cells_of(marker_id), 20, 235).astype(np.uint8), np.ones((cell_px, cell_px), np.uint8))
    sheet = cv2.copyMakeBorder(cells, border, border, border, border, cv2.BORDER_CONSTANT, value=235)
    size = sheet.shape[0]
    half_m = MARKER_M / 2 * size / (CELLS * cell_px)
    right = np.array([-sin(marker.yaw_rad), cos(marker.yaw_rad), 0.0])
    middle = np.array([marker.x_m, marker.y_m, HEIGHT_M - mounting.height_m])
    up = np.array([0.0, 0.0, 1.0])
    corners = [middle + half_m * (x * right + y * up) for x, y in ((-1, 1), (1, 1), (1, -1), (-1, -1))]
    there = projected(np.array(corners), mounting, LENS).astype(np.float32)
    fine = 4  # drawn larger and made smaller, as a lens and a sensor do it
    here = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float32) - 0.5
    turn = cv2.getPerspectiveTransform(here, fine * there + (fine - 1) / 2)
    large = cv2.warpPerspective(sheet, turn, (640 * fine, 480 * fine), borderValue=140, flags=cv2.INTER_AREA)
    small = cv2.resize(large, (640, 480), interpolation=cv2.INTER_AREA).astype(np.float64)
    noisy = small + np.random.default_rng(seed).normal(0.0, noise, small.shape)
    return cv2.cvtColor(np.clip(noisy, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


@pytest.mark.parametrize(
    ("away_m", "aside_m", "turned_deg"),
    [(0.3, 0.02, 5), (0.5, -0.1, 15), (0.7, 0.1, -20), (0.9, 0.2, 25), (1.2, -0.2, -10), (0.9, 0.0, 0)],
)
def test_where_it_hangs_and_which_way_it_looks(away_m: float, aside_m: float, turned_deg: float):
    seen = picture(Pose2D(away_m, aside_m, pi + radians(turned_deg)))
    [marker] = MarkerFinder(MARKER_M).find(seen, LENS, PLACE)
    assert marker.marker_id == 7
    assert marker.place.x_m == pytest.approx(away_m + 0.15, abs=0.012 * max(1.0, away_m))
    assert marker.place.y_m == pytest.approx(aside_m, abs=0.005)
    turn = degrees((marker.place.yaw_rad - pi - radians(turned_deg) + pi) % (2 * pi) - pi)
    assert abs(turn) < max(1.0, 4.0 * away_m**2)


def test_a_camera_that_is_tilted_to_a_side():
    mounting = CameraMounting(1.1, 0.1, radians(12), 0.85)
    seen = picture(Pose2D(0.6, 0.05, pi - 0.1), mounting=mounting)
    [marker] = MarkerFinder(MARKER_M).find(seen, LENS, LensPlace(mounting))
    assert (marker.place.x_m, marker.place.y_m) == pytest.approx((0.6, 0.05), abs=0.006)


def test_a_picture_of_another_size_than_the_calibrated_one():
    seen = cv2.resize(picture(Pose2D(0.5, 0.0, pi)), (320, 240), interpolation=cv2.INTER_AREA)
    [marker] = MarkerFinder(MARKER_M).find(seen, LENS.scaled_to(320, 240, (640, 480)), PLACE)
    assert marker.place.x_m == pytest.approx(0.65, abs=0.012)


def test_a_size_that_is_said_wrongly_puts_it_elsewhere():
    """So the deployer has to measure what was printed."""
    [marker] = MarkerFinder(2 * MARKER_M).find(picture(Pose2D(0.5, 0.0, pi)), LENS, LensPlace(MOUNTING))
    assert marker.place.x_m == pytest.approx(1.0, abs=0.03)


def test_one_that_lies_or_leans_is_no_marker_of_a_charger():
    mounting = CameraMounting(1.1, 0.15, radians(40), 0.85)
    seen = picture(Pose2D(0.5, 0.0, pi), mounting=mounting)
    assert MarkerFinder(MARKER_M).find(seen, LENS, LensPlace(CameraMounting(1.1, 0.15, 0.0, 0.85))) == ()


def test_an_empty_wall_and_a_black_picture():
    finder = MarkerFinder(MARKER_M)
    assert finder.find(np.full((480, 640, 3), 140, np.uint8), LENS, PLACE) == ()
    assert finder.find(np.zeros((48, 64, 3), np.uint8), LENS, PLACE) == ()


def test_each_marker_is_told_by_its_number():
    for marker_id in (0, 7, 23, 49):
        [marker] = MarkerFinder(MARKER_M).find(picture(Pose2D(0.6, 0.0, pi), marker_id), LENS, PLACE)
        assert marker.marker_id == marker_id


def test_only_fifty_markers():
    with pytest.raises(ValueError, match="0 to 49"):
        cells_of(50)


@pytest.mark.parametrize("marker_m", [0.05, 0.12, 0.14])
def test_on_paper_it_has_its_size(tmp_path: Path, marker_m: float):
    path = tmp_path / "marker.png"
    draw_sheet(7, marker_m, path)
    sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    corners, ids, _ = detector.detectMarkers(sheet)
    assert ids.ravel().tolist() == [7]
    edges = np.linalg.norm(np.diff(corners[0][0], axis=0, append=corners[0][0][:1]), axis=1)
    assert edges * 25.4 / 300 == pytest.approx(np.full(4, 1e3 * marker_m), abs=0.4)
    assert sheet.shape[1] * 25.4 / 300 == pytest.approx(210, abs=0.2)


def test_the_pdf_is_a_sheet_of_a4_and_the_square_is_exact(tmp_path: Path):
    path = tmp_path / "marker.pdf"
    draw_sheet(7, 0.12, path)
    found = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", path.read_bytes())
    assert found is not None
    assert [float(each) * 25.4 / 72 for each in found.groups()] == pytest.approx([210, 297], abs=0.1)
    bounds = np.array([polygon.bounds for polygon in black_mm(7, 0.12)])
    assert bounds[:, 2].max() - bounds[:, 0].min() == pytest.approx(120)
    assert bounds[:, 3].max() - bounds[:, 1].min() == pytest.approx(120)


def test_a_large_marker_gets_a_large_sheet():
    assert page_mm(0.4)[0] > 500


@pytest.mark.parametrize(
    ("name", "words"), [("marker.docx", "as .pdf or .png"), ("no/marker.pdf", "cannot be written")]
)
def test_a_sheet_that_cannot_be(tmp_path: Path, name: str, words: str):
    with pytest.raises(ConfigError, match=words):
        draw_sheet(7, 0.12, tmp_path / name)
