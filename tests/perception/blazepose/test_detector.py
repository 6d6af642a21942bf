from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest

from carebot.perception.estimators.blazepose.detector import Detection, Detector
from carebot.perception.estimators.blazepose.region import Region, whole
from tests.perception.blazepose.marks import ANCHORS, DetectorNetwork, Mark, Network, boxes, fine_anchor_px, picture

VIEW = Region(112, 112, 224)


class Scripted(Network):
    """Answers what the test wrote."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        super().__init__()
        self.outputs = outputs

    def answer(self, crop: Any) -> dict[str, Any]:
        return {name: output.copy() for name, output in self.outputs.items()}


def detect(outputs: dict[str, Any], view: Region = VIEW, least_score: float = 0.5) -> list[Detection]:
    return Detector(Scripted(outputs)).detect(picture(size=(224, 224)), view, [], least_score)


def outputs(*rows: tuple[int, float, list[float]]) -> dict[str, Any]:
    """(anchor's index, score, the 12 values)."""
    all_boxes, scores = np.zeros((1, ANCHORS, 12), np.float32), np.zeros((1, ANCHORS), np.float32)
    for index, score, values in rows:
        all_boxes[0, index], scores[0, index] = values, score
    return {"boxes": all_boxes, "scores": scores}


@pytest.mark.parametrize(
    ("index", "middle_px"),
    [
        (0, (4, 4)),
        (1, (4, 4)),
        (2, (12, 4)),
        (56, (4, 12)),
        (1567, (220, 220)),
        (1568, (8, 8)),  # 14 cells of 16 pixels begin
        (1959, (216, 216)),
        (1960, (16, 16)),  # 7 cells of 32 pixels, thrice
        (2058, (16, 16)),
        (2253, (208, 208)),
    ],
)
def test_each_anchor_is_where_the_network_was_trained_to_have_it(index: int, middle_px: tuple[float, float]) -> None:
    reach_up = [0, 0, 50, 50, 0, 0, 0, -40, 0, 0, 0, 0]
    [found] = detect(outputs((index, 0.8, reach_up)))
    assert (found.region.x_px, found.region.y_px) == pytest.approx(middle_px, abs=1e-3)
    assert found.region.size_px == pytest.approx(100, rel=1e-4)
    assert found.region.rotation_rad == pytest.approx(0, abs=1e-4)
    assert found.score == pytest.approx(0.8)


def test_a_find_in_a_turned_view_is_turned_back_into_the_picture() -> None:
    reach_up = [0, 0, 50, 50, 0, 0, 0, -40, 0, 0, 0, 0]
    anchor = fine_anchor_px(100)
    [found] = detect(outputs((100, 0.8, reach_up)), whole(224, 224, pi / 2))
    assert (found.region.x_px, found.region.y_px) == pytest.approx((224 - anchor[1], anchor[0]), abs=1e-3)
    assert found.region.rotation_rad == pytest.approx(pi / 2, abs=1e-4)


def test_overlapping_finds_become_their_average_weighted_by_score() -> None:
    one = [0, 0, 60, 60, 0, 0, 0, -40, 0, 0, 0, 0]
    other = [6, 0, 60, 60, 6, 0, 6, -40, 0, 0, 0, 0]
    [found] = detect(outputs((0, 0.9, one), (1, 0.6, other)))
    assert found.region.x_px == pytest.approx(4 + 6 * 0.6 / 1.5, abs=1e-3)
    assert found.score == pytest.approx(0.9)


def test_finds_apart_stay_apart_the_surest_first() -> None:
    row = [0, 0, 20, 20, 0, 0, 0, -20, 0, 0, 0, 0]
    found = detect(outputs((0, 0.6, row), (30, 0.9, row), (1567, 0.7, row)))
    assert [round(each.score, 3) for each in found] == [0.9, 0.7, 0.6]


def test_what_is_under_the_least_score_is_nothing() -> None:
    row = [0, 0, 20, 20, 0, 0, 0, -20, 0, 0, 0, 0]
    assert detect(outputs((0, 0.49, row))) == []
    assert len(detect(outputs((0, 0.49, row)), least_score=0.4)) == 1
    assert detect(outputs()) == []


@pytest.mark.parametrize(
    "row",
    [
        [0, 0, 20, 20, 0, 0, 0, 0, 0, 0, 0, 0],  # hips and head at the same place
        [0, 0, 20, 20, np.nan, 0, 0, -20, 0, 0, 0, 0],
        [0, 0, 20, 20, 0, 0, np.inf, -20, 0, 0, 0, 0],
    ],
)
def test_a_find_without_size_or_place_is_left_out(row: list[float]) -> None:
    good = [0, 0, 20, 20, 0, 0, 0, -20, 0, 0, 0, 0]
    assert len(detect(outputs((0, 0.9, row), (1000, 0.8, good)))) == 1


def test_a_box_of_no_size_is_a_find_like_any_other() -> None:
    point = [0, 0, 0, 0, 0, 0, 0, -20, 0, 0, 0, 0]
    assert len(detect(outputs((0, 0.9, point), (1, 0.8, point)))) == 2


def test_the_outputs_are_not_changed() -> None:
    given = boxes([(np.array([100, 100]), np.array([100, 60]), 0.9)])
    before = given["boxes"].copy()
    network = Scripted(given)
    network.answer = lambda crop: given  # type: ignore[method-assign]
    for _ in range(2):
        [found] = Detector(network).detect(picture(size=(224, 224)), VIEW, [])
        assert (found.region.x_px, found.region.y_px) == pytest.approx((100, 100), abs=1e-3)
    np.testing.assert_array_equal(given["boxes"], before)


def test_hidden_outlines_are_painted_over_in_what_the_network_sees_and_nowhere_else() -> None:
    image = picture(Mark(80, 120), Mark(240, 120, code=1))
    before = image.copy()
    network = DetectorNetwork()
    outline = np.array([[50, 60], [110, 60], [110, 180], [50, 180], [80, 100]], np.float32)
    [found] = Detector(network).detect(image, whole(320, 240), [outline])
    assert found.region.x_px == pytest.approx(240, abs=2)
    np.testing.assert_array_equal(image, before)
    crop = network.fed[0][0]
    x, y = whole(320, 240).from_picture(np.array([[80, 120]], np.float32), 224)[0].astype(int)
    assert (crop[y, x] == 127).all()
    untouched = Detector(DetectorNetwork()).detect(image, whole(320, 240), [])
    assert len(untouched) == 2


def test_an_outline_outside_the_view_hides_nothing() -> None:
    outline = np.array([[900, 900], [950, 900], [950, 950]], np.float32)
    assert len(Detector(DetectorNetwork()).detect(picture(Mark(80, 120)), whole(320, 240), [outline])) == 1
