"""YOLO-pose, YOLO persons and MoveNet: decoded exactly, whatever the picture's proportions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from carebot.errors import ModelError
from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.movenet import MoveNet
from carebot.perception.estimators.yolo_person import YoloPerson
from carebot.perception.estimators.yolo_pose import YoloPose
from tests.perception.graphs import Recorded, constants

Array = NDArray[Any]
UNIT = np.stack([np.linspace(0.1, 0.9, 17), np.linspace(0.2, 0.8, 17)], axis=1)
"""17 points as fractions of the picture."""
CONFIDENCE = np.linspace(0.5, 1.0, 17)
SHAPES = [(480, 640), (640, 480), (97, 331), (1080, 607), (640, 640), (1, 640)]


def picture(shape: tuple[int, int]) -> Image:
    return np.broadcast_to(np.array([10, 20, 30], np.uint8), (*shape, 3)).copy()


def in_input(shape: tuple[int, int], size: tuple[int, int]) -> Array:
    """UNIT in pixels of the network's input: scaled to fit, in the middle (worked out anew, with exact fractions)."""
    height, width = shape
    scale = min(size[0] / width, size[1] / height)
    scaled = np.array([max(1, round(width * scale)), max(1, round(height * scale))])
    left_top = (np.array(size) - scaled) // 2
    return np.asarray(UNIT * scaled + left_top)


def yolo_row(points_px: Array, score: float, box: tuple[float, ...] = (320, 320, 100, 200)) -> Array:
    return np.array([*box, score, *np.column_stack([points_px, CONFIDENCE]).ravel()], np.float32)


def raw(rows: list[Array], length: int = 60) -> Array:
    """The (1, 56, N) layout; what is left of N are rows of nothing."""
    table = np.zeros((length, 56), np.float32)
    table[: len(rows)] = np.reshape(rows, (-1, 56))
    return table.T[None].copy()


def end_to_end(rows: list[Array], person: float = 0) -> Array:
    table = np.zeros((1, 300, 57), np.float32)
    for position, row in enumerate(rows):
        table[0, position] = [*row[:5], person, *row[5:]]
    return table


def yolo(tmp_path: Path, output: Array, shape: tuple[Any, ...] = (1, 3, 640, 640)) -> YoloPose:
    return YoloPose(Recorded(constants(tmp_path / "yolo.onnx", shape, {"output0": output}), (640, 640)), (640, 640))


def movenet_row(points_px: Array, score: float, size: tuple[int, int]) -> Array:
    unit = points_px / np.array(size)
    return np.array([*np.column_stack([unit[:, ::-1], CONFIDENCE]).ravel(), 0.1, 0.1, 0.9, 0.9, score], np.float32)


def six(rows: list[Array]) -> Array:
    table = np.zeros((1, 6, 56), np.float32)
    table[0, : len(rows)] = np.reshape(rows, (-1, 56))
    return table


def movenet(tmp_path: Path, output: Array, shape: tuple[Any, ...] = (1, 192, 256, 3)) -> MoveNet:
    path = constants(tmp_path / "movenet.onnx", shape, {"output_0": output}, TensorProto.INT32)
    return MoveNet(Recorded(path, (256, 192)), (256, 192))


def assert_is_unit(found: list[PoseObservation], confidence: float) -> None:
    assert len(found) == 1
    assert found[0].confidence == pytest.approx(confidence)
    assert found[0].keypoints.dtype == np.float32
    np.testing.assert_allclose(found[0].keypoints, np.column_stack([UNIT, CONFIDENCE]), atol=1e-3 / 17)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", [raw, end_to_end])
def test_yolo_pose_decodes_to_fractions_of_the_picture(tmp_path: Path, shape: tuple[int, int], layout: Any) -> None:
    estimator = yolo(tmp_path, layout([yolo_row(in_input(shape, (640, 640)), 0.75)]))
    assert_is_unit(estimator.estimate(picture(shape), 0.0), 0.75)


@pytest.mark.parametrize("shape", SHAPES)
def test_movenet_decodes_to_fractions_of_the_picture(tmp_path: Path, shape: tuple[int, int]) -> None:
    estimator = movenet(tmp_path, six([movenet_row(in_input(shape, (256, 192)), 0.75, (256, 192))]))
    assert_is_unit(estimator.estimate(picture(shape), 0.0), 0.75)


@pytest.mark.parametrize("layout", [raw, end_to_end])
def test_yolo_pose_finds_nobody_in_empty_weak_or_broken_rows(tmp_path: Path, layout: Any) -> None:
    broken = [yolo_row(UNIT * 640, 0.9) for _ in range(4)]
    broken[0][7] = np.nan
    broken[1][4] = np.nan
    broken[2][0] = np.inf
    broken[3][20] = -np.inf
    for rows in ([], [yolo_row(UNIT * 640, 0.29)], broken):
        assert yolo(tmp_path, layout(rows)).estimate(picture((480, 640)), 0.0) == []
    assert yolo(tmp_path, np.full_like(layout([]), np.nan)).estimate(picture((480, 640)), 0.0) == []


def test_movenet_finds_nobody_in_empty_weak_or_broken_rows(tmp_path: Path) -> None:
    broken = [movenet_row(UNIT * 192, 0.9, (256, 192)) for _ in range(2)]
    broken[0][7] = np.nan
    broken[1][55] = np.inf
    for rows in ([], [movenet_row(UNIT * 192, 0.29, (256, 192))], broken):
        assert movenet(tmp_path, six(rows)).estimate(picture((480, 640)), 0.0) == []


def test_a_broken_row_does_not_hide_a_good_one(tmp_path: Path) -> None:
    points = in_input((480, 640), (640, 640))
    broken = yolo_row(points, 0.9)
    broken[4] = np.nan
    assert_is_unit(yolo(tmp_path, raw([broken, yolo_row(points, 0.75)])).estimate(picture((480, 640)), 0.0), 0.75)


def test_yolo_pose_gives_each_body_once_and_the_surest_first(tmp_path: Path) -> None:
    here, there = (100.0, 100.0, 80.0, 200.0), (400.0, 300.0, 80.0, 200.0)
    almost_here = (104.0, 101.0, 80.0, 200.0)
    rows = [yolo_row(UNIT, score, box) for score, box in ((0.5, there), (0.6, almost_here), (0.9, here))]
    found = yolo(tmp_path, raw(rows)).estimate(picture((640, 640)), 0.0)
    assert [each.confidence for each in found] == pytest.approx([0.9, 0.5])


def test_two_people_close_together_stay_two(tmp_path: Path) -> None:
    rows = [yolo_row(UNIT, 0.9, (100, 100, 80, 200)), yolo_row(UNIT, 0.8, (130, 100, 80, 200))]
    assert len(yolo(tmp_path, raw(rows)).estimate(picture((640, 640)), 0.0)) == 2


def test_an_end_to_end_row_of_another_class_is_nobody(tmp_path: Path) -> None:
    assert yolo(tmp_path, end_to_end([yolo_row(UNIT, 0.9)], person=1)).estimate(picture((640, 640)), 0.0) == []


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_yolo_pose_is_fed_rgb_from_0_to_1_on_grey(tmp_path: Path, kind: int) -> None:
    session = Recorded(constants(tmp_path / "m.onnx", (1, 3, 640, 640), {"output0": raw([])}, kind))
    YoloPose(session).estimate(picture((320, 640)), 0.0)
    fed = session.fed["images"]
    assert fed.dtype == (np.float32 if kind == TensorProto.FLOAT else np.float16)
    np.testing.assert_allclose(fed[0, :, 160:480], np.full((3, 320, 640), [[[30]], [[20]], [[10]]]) / 255, rtol=1e-3)
    np.testing.assert_allclose(fed[0, :, :160], 114 / 255, rtol=1e-3)
    np.testing.assert_allclose(fed[0, :, 480:], 114 / 255, rtol=1e-3)


def test_movenet_is_fed_whole_rgb_numbers_on_black(tmp_path: Path) -> None:
    estimator = movenet(tmp_path, six([]))
    estimator.estimate(picture((96, 256)), 0.0)
    session = estimator._session
    assert isinstance(session, Recorded)
    fed = session.fed["images"]
    assert (fed.dtype, fed.shape) == (np.int32, (1, 192, 256, 3))
    assert (fed[0, 48:144] == [30, 20, 10]).all()
    assert not fed[0, :48].any()
    assert not fed[0, 144:].any()


def test_a_free_input_takes_the_registrys_size(tmp_path: Path) -> None:
    points = in_input((480, 640), (640, 640))
    estimator = yolo(tmp_path, raw([yolo_row(points, 0.75)]), (1, 3, "height", "width"))
    assert_is_unit(estimator.estimate(picture((480, 640)), 0.0), 0.75)
    with pytest.raises(ModelError, match="input_size"):
        YoloPose(Recorded(tmp_path / "yolo.onnx"))


def detections(rows: list[tuple[float, ...]], classes: int = 80) -> Array:
    table = np.zeros((50, 4 + classes), np.float32)
    for position, (x, y, width, height, score, kind) in enumerate(rows):
        table[position, :4] = x, y, width, height
        table[position, 4 + int(kind)] = score
    return table.T[None].copy()


def person_finder(tmp_path: Path, output: Array) -> YoloPerson:
    return YoloPerson(Recorded(constants(tmp_path / "d.onnx", (1, 3, 640, 640), {"output0": output})))


def test_yolo_person_gives_the_boxes_of_people_only(tmp_path: Path) -> None:
    output = detections([(320, 320, 64, 128, 0.9, 0), (100, 320, 64, 128, 0.9, 16), (320, 300, 60, 120, 0.2, 0)])
    boxes = person_finder(tmp_path, output).boxes(picture((320, 640)))
    np.testing.assert_allclose(boxes, [[0.45, 96 / 320, 0.55, 224 / 320]], atol=1e-6)


def test_what_is_rather_a_dog_is_no_person(tmp_path: Path) -> None:
    output = detections([(320, 320, 64, 128, 0.4, 0)])
    output[0, 4 + 16, 0] = 0.8
    assert len(person_finder(tmp_path, output).boxes(picture((640, 640)))) == 0


def test_yolo_person_reads_end_to_end_too(tmp_path: Path) -> None:
    output = np.zeros((1, 300, 6), np.float32)
    output[0, 0] = [64, 128, 320, 320, 0.9, 0]
    output[0, 1] = [64, 128, 320, 320, 0.9, 2]
    boxes = person_finder(tmp_path, output).boxes(picture((640, 640)))
    np.testing.assert_allclose(boxes, [[0.1, 0.2, 0.5, 0.5]], atol=1e-6)


def test_nobody_is_an_empty_list_of_boxes(tmp_path: Path) -> None:
    assert person_finder(tmp_path, detections([])).boxes(picture((640, 640))).shape == (0, 4)


YOLO_INPUT = (1, 3, 64, 64)
MOVENET_INPUT = (1, 64, 64, 3)


@pytest.mark.parametrize(
    ("family", "shape", "output", "kind", "what"),
    [
        (YoloPose, YOLO_INPUT, np.zeros((1, 84, 20), np.float32), TensorProto.FLOAT, "its output"),
        (YoloPose, YOLO_INPUT, np.zeros((56, 20), np.float32), TensorProto.FLOAT, "its output"),
        (YoloPose, MOVENET_INPUT, raw([]), TensorProto.FLOAT, "its input must be"),
        (YoloPose, YOLO_INPUT, raw([]), TensorProto.UINT8, "not uint8"),
        (YoloPose, (3,), raw([]), TensorProto.FLOAT, "its input must be"),
        (YoloPerson, YOLO_INPUT, raw([]), TensorProto.FLOAT, "family is yolo_pose"),
        (MoveNet, MOVENET_INPUT, np.zeros((1, 1, 17, 3), np.float32), TensorProto.INT32, "its output"),
        (MoveNet, MOVENET_INPUT, six([]), TensorProto.FLOAT, "must be int32"),
        (MoveNet, YOLO_INPUT, six([]), TensorProto.INT32, "its input must be"),
    ],
)
def test_a_file_of_another_family_is_refused(
    tmp_path: Path, family: Any, shape: tuple[int, ...], output: Array, kind: int, what: str
) -> None:
    session = Recorded(constants(tmp_path / "other.onnx", shape, {"output0": output}, kind))
    with pytest.raises(ModelError, match=what) as error:
        family(session)
    assert str(tmp_path / "other.onnx") in str(error.value)
