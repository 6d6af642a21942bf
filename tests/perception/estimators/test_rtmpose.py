"""RTMPose on graphs that really look: SimCC rows are the brightest column and row of what the network is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from carebot.errors import ModelError
from carebot.perception.estimators.base import Image
from carebot.perception.estimators.rtmpose import RTMPose
from tests.perception.graphs import Recorded, constants, save, tensor

SIZE = (192, 256)


def brightest(path: Path) -> Path:
    """All 17 keypoints are where the red channel is brightest."""
    nodes = [
        helper.make_node("Constant", [], ["red"], value=numpy_helper.from_array(np.array([0]))),
        helper.make_node("Constant", [], ["seventeen"], value=numpy_helper.from_array(np.array([1, 17, 1]))),
        helper.make_node("Gather", ["input", "red"], ["channel"], axis=1),
        *(
            node
            for name, axis in (("x", 2), ("y", 3))
            for node in (
                helper.make_node("ReduceMax", ["channel"], [f"peak_{name}"], axes=[axis], keepdims=0),
                helper.make_node("Tile", [f"peak_{name}", "seventeen"], [f"simcc_{name}"]),
            )
        ),
    ]
    outputs = [tensor("simcc_x", (1, 17, SIZE[0])), tensor("simcc_y", (1, 17, SIZE[1]))]
    return save(path, [tensor("input", (1, 3, SIZE[1], SIZE[0]))], outputs, nodes)


def simcc(x_bin: int, y_bin: int, peak_x: float, peak_y: float, keypoints: int = 17) -> dict[str, NDArray[np.float32]]:
    x, y = np.zeros((1, keypoints, 384), np.float32), np.zeros((1, keypoints, 512), np.float32)
    x[:, :, x_bin], y[:, :, y_bin] = peak_x, peak_y
    return {"simcc_x": x, "simcc_y": y}


def fixed(tmp_path: Path, outputs: dict[str, Any], people: Any = None) -> RTMPose:
    return RTMPose(Recorded(constants(tmp_path / "rtm.onnx", (1, 3, 256, 192), outputs)), people)


class Boxes:
    """People where the test says."""

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self._boxes = np.array(boxes, np.float32).reshape(-1, 4)

    def boxes(self, image: Image) -> NDArray[np.float32]:
        return self._boxes


def with_square(height_px: int, width_px: int, x_px: int, y_px: int) -> Image:
    """Black, with a white square of 9 pixels around (x_px, y_px)."""
    image = np.zeros((height_px, width_px, 3), np.uint8)
    image[y_px - 4 : y_px + 5, x_px - 4 : x_px + 5] = 255
    return image


@pytest.mark.parametrize(("shape", "at"), [((480, 640), (100, 300)), ((640, 480), (400, 50)), ((97, 331), (200, 60))])
def test_what_is_seen_is_put_back_where_it_was(tmp_path: Path, shape: tuple[int, int], at: tuple[int, int]) -> None:
    estimator = RTMPose(Recorded(brightest(tmp_path / "rtm.onnx")))
    (body,) = estimator.estimate(with_square(*shape, *at), 0.0)
    points_px = body.keypoints[:, :2] * [shape[1], shape[0]]
    np.testing.assert_allclose(points_px, np.tile(at, (17, 1)), atol=7)
    assert (body.keypoints[:, 2] == 1).all()


def test_each_box_is_looked_into_by_itself(tmp_path: Path) -> None:
    image = with_square(480, 640, 100, 300) | with_square(480, 640, 500, 200)
    people = Boxes((0.05, 0.5, 0.25, 0.75), (0.7, 0.3, 0.9, 0.55))
    bodies = RTMPose(Recorded(brightest(tmp_path / "rtm.onnx")), people).estimate(image, 0.0)
    places = sorted(tuple(body.keypoints[0, :2] * [640, 480]) for body in bodies)
    np.testing.assert_allclose(places, [(100, 300), (500, 200)], atol=5)


def test_the_peaks_are_decoded_exactly(tmp_path: Path) -> None:
    estimator = fixed(tmp_path, simcc(96, 384, 0.8, 0.6), Boxes((0.25, 0.0, 0.75, 1.0)))
    (body,) = estimator.estimate(np.zeros((400, 600, 3), np.uint8), 0.0)
    # The box is 300 × 400 px around (300, 200), which is the network's 3:4; padded 375 × 500.
    expected = ((300 + (96 / 384 - 0.5) * 375) / 600, (200 + (384 / 512 - 0.5) * 500) / 400, 0.6)
    np.testing.assert_allclose(body.keypoints, np.tile(expected, (17, 1)), rtol=1e-6)
    assert body.confidence == pytest.approx(0.6)


@pytest.mark.parametrize("box", [(0.1, 0.4, 0.9, 0.6), (0.45, 0.1, 0.55, 0.9), (0.5, 0.5, 0.5, 0.5)])
def test_any_box_is_widened_to_the_networks_proportions(tmp_path: Path, box: tuple[float, ...]) -> None:
    low, high = (
        fixed(tmp_path, simcc(x, y, 1, 1), Boxes(box)).estimate(np.zeros((480, 640, 3), np.uint8), 0.0)[0].keypoints[0]
        for x, y in ((0, 0), (192, 256))
    )
    extent_px = (high - low)[:2] * [640, 480] * 2
    assert extent_px[0] / extent_px[1] == pytest.approx(192 / 256, rel=1e-4)
    np.testing.assert_allclose(high[:2], [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], atol=1e-6)


def test_the_picture_is_standardised_as_rgb(tmp_path: Path) -> None:
    session = Recorded(brightest(tmp_path / "rtm.onnx"))
    RTMPose(session).estimate(np.broadcast_to(np.array([10, 20, 30], np.uint8), (300, 400, 3)).copy(), 0.0)
    expected = [(30 - 123.675) / 58.395, (20 - 116.28) / 57.12, (10 - 103.53) / 57.375]
    np.testing.assert_allclose(session.fed["input"][0, :, 128, 96], expected, rtol=1e-5)


def test_nobody_where_there_is_no_box_no_peak_or_no_number(tmp_path: Path) -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    assert fixed(tmp_path, simcc(5, 5, 1, 1), Boxes()).estimate(image, 0.0) == []
    assert fixed(tmp_path, simcc(5, 5, 0.29, 1)).estimate(image, 0.0) == []
    broken = simcc(5, 5, 1, 1)
    broken["simcc_y"][0, 3, 9] = np.nan
    assert fixed(tmp_path, broken).estimate(image, 0.0) == []


def test_confidence_stays_within_0_and_1(tmp_path: Path) -> None:
    (body,) = fixed(tmp_path, simcc(5, 5, 1.2, 1.3)).estimate(np.zeros((480, 640, 3), np.uint8), 0.0)
    assert (body.keypoints[:, 2] == 1).all()


def test_the_26_keypoints_of_halpe_begin_with_coco(tmp_path: Path) -> None:
    (body,) = fixed(tmp_path, simcc(5, 5, 1, 1, keypoints=26)).estimate(np.zeros((480, 640, 3), np.uint8), 0.0)
    assert body.keypoints.shape == (17, 3)


@pytest.mark.parametrize(
    "outputs",
    [
        {"output0": np.zeros((1, 56, 20), np.float32)},
        {"simcc_x": np.zeros((1, 17, 384), np.float32)},
        {"simcc_x": np.zeros((1, 21, 384), np.float32), "simcc_y": np.zeros((1, 21, 512), np.float32)},
    ],
)
def test_a_file_of_another_family_is_refused(tmp_path: Path, outputs: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="is no rtmpose model"):
        fixed(tmp_path, outputs)
