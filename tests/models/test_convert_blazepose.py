"""The converter's steps one by one, and the shipped models against TFLite's interpreter and MediaPipe itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

HERE = Path(__file__).parent
MODELS = HERE.parent.parent / "models"
sys.path[:0] = [str(MODELS), str(HERE)]

import blazepose_pictures as pictures  # noqa: E402
import reference_decoding  # noqa: E402

pytest.importorskip("tflite", reason="the converter needs the packages of the extra [convert]")
pytest.importorskip("onnx", reason="the converter needs the packages of the extra [convert]")

import convert_blazepose  # noqa: E402
from conversion import rewrites, writer  # noqa: E402
from conversion.graph import Graph, Op, pruned  # noqa: E402
from conversion.reader import UnsupportedModelError, dense, read, same_pads  # noqa: E402

PIXELS = writer.Normalisation(offset=0.0, scale=1.0)
SIDE = 8


def session(model: Path | bytes) -> ort.InferenceSession:
    """The model on one CPU thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


@pytest.fixture(scope="module")
def detector() -> ort.InferenceSession:
    return session(MODELS / "pose_detector.onnx")


@pytest.fixture(scope="module")
def landmarker() -> ort.InferenceSession:
    return session(MODELS / "pose_landmarks.onnx")


@pytest.fixture(scope="module")
def golden() -> Any:
    with np.load(HERE / "golden_blazepose.npz") as stored:
        return dict(stored)


class Net:
    """A small graph of operators with random weights over an 8x8 picture, made operator by operator."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        self.ops: list[Op] = []

    def conv(self, source: str, output: str, channels: tuple[int, int], size: int = 1, **more: Any) -> None:
        """A convolution; a depthwise one where `groups` says so."""
        inputs = channels[0] // more.get("groups", 1)
        weight = self.random.normal(size=(channels[1], inputs, size, size)).astype(np.float32)
        bias = self.random.normal(size=channels[1]).astype(np.float32)
        self.ops.append(Op("conv", (source,), output, weight=weight, bias=bias, **more))

    def graph(self, *outputs: str) -> Graph:
        return Graph(tuple(self.ops), "in", (1, SIDE, SIDE, 3), outputs)


def run_graph(graph: Graph, picture: np.ndarray, normalisation: writer.Normalisation = PIXELS) -> np.ndarray:
    """What onnxruntime makes of the graph's only output, with NHWC layout."""
    made = writer.Writer()
    (name,) = made.graph(graph, "image", normalisation)
    made.add("Transpose", name, outputs=["result"], perm=[0, 2, 3, 1])
    model = made.model("test", graph.input_shape[1:], [writer.Output("result", ("h", "w", "c"))], {})
    return session(model.SerializeToString()).run(["result"], {"image": picture})[0]


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)


def plain_convolution(values: np.ndarray, op: Op) -> np.ndarray:
    """A convolution of all channels written as its definition says, NHWC; the picture's edge is padded with zeros."""
    top, left, bottom, right = op.pads
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right), (0, 0)))
    weight, (down, across) = op.weights(), op.stride
    rows = range(0, padded.shape[1] - weight.shape[2] + 1, down)
    columns = range(0, padded.shape[2] - weight.shape[3] + 1, across)
    window = weight.shape[2:]
    result = [
        [np.einsum("nyxi,oiyx->no", padded[:, y : y + window[0], x : x + window[1]], weight) for x in columns]
        for y in rows
    ]
    return np.transpose(np.array(result), (2, 0, 1, 3)) + op.biases()


@pytest.mark.parametrize(("size", "pads"), [((8, 8), (0, 0, 1, 1)), ((7, 7), (1, 1, 1, 1)), ((8, 7), (0, 1, 1, 1))])
def test_same_padding_puts_the_odd_pixel_at_the_bottom_and_right(
    size: tuple[int, int], pads: tuple[int, int, int, int]
) -> None:
    assert same_pads(size, (3, 3), (2, 2)) == pads


def test_compressed_rows_become_a_full_matrix() -> None:
    values = np.array([1, 2, 3], np.float32)
    full = dense((3, 4), (0, 1), (), (3, ([0, 1, 1, 3], [2, 0, 3])), values)
    np.testing.assert_array_equal(full, [[0, 0, 1, 0], [0, 0, 0, 0], [2, 0, 0, 3]])


def test_sparse_blocks_become_a_full_matrix() -> None:
    """Two rows of blocks of 1 x 2; the block's dimension (2) comes last in the traversal and cuts the columns (1)."""
    values = np.array([1, 2, 3, 4], np.float32)
    full = dense((2, 4), (0, 1, 2), (1,), (2, ([0, 1, 2], [1, 0]), 2), values)
    np.testing.assert_array_equal(full, [[0, 0, 1, 2], [3, 4, 0, 0]])


def test_sparse_values_that_do_not_fit_their_indices_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        dense((3, 4), (0, 1), (), (3, ([0, 1, 1, 3], [2, 0, 3])), np.ones(2, np.float32))


def test_the_picture_is_read_without_a_transpose_and_gives_the_plain_convolution(picture: np.ndarray) -> None:
    net = Net()
    net.conv("in", "out", (3, 5), size=3, stride=(2, 2), pads=(1, 1, 1, 1))
    graph = net.graph("out")
    found = run_graph(graph, picture, writer.Normalisation(offset=127.5, scale=1 / 127.5))
    expected = plain_convolution(picture / np.float32(127.5) - 1, graph.ops[0])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_relu6_after_an_addition_clips_both_ends(picture: np.ndarray) -> None:
    net = Net()
    net.conv("in", "a", (3, 4))
    net.ops.append(Op("add", ("a", "a"), "sum", activation="relu6", shape=(1, SIDE, SIDE, 4)))
    found = run_graph(net.graph("sum"), picture)
    expected = np.clip(2 * plain_convolution(picture.astype(np.float32), net.ops[0]), 0, 6)
    assert set(np.unique(expected[(expected == 0) | (expected == 6)])) == {0, 6}
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_doubling_interpolates_between_pixel_centres(picture: np.ndarray) -> None:
    net = Net()
    net.conv("in", "a", (3, 4))
    net.ops.append(Op("resize", ("a",), "large", factor=2, shape=(1, 2 * SIDE, 2 * SIDE, 4)))
    found = run_graph(net.graph("large"), picture)
    values = plain_convolution(picture.astype(np.float32), net.ops[0])
    np.testing.assert_allclose(found[:, 0, 0], values[:, 0, 0], rtol=1e-5)
    corner = values[:, :2, :2] * np.array([[9, 3], [3, 1]])[None, :, :, None] / 16
    np.testing.assert_allclose(found[:, 1, 1], corner.sum(axis=(1, 2)), rtol=1e-4)


def test_depth_to_space_takes_the_blocks_place_from_the_slow_part_of_the_channels(picture: np.ndarray) -> None:
    net = Net()
    net.conv("in", "a", (3, 8))
    net.ops.append(Op("depth_to_space", ("a",), "large", factor=2))
    found = run_graph(net.graph("large"), picture)
    values = plain_convolution(picture.astype(np.float32), net.ops[0])
    for y, x in np.ndindex(2, 2):
        part = values[..., (y * 2 + x) * 2 : (y * 2 + x) * 2 + 2]
        np.testing.assert_allclose(found[:, y::2, x::2], part, rtol=1e-4, atol=1e-3)


def padded_net() -> Graph:
    net = Net()
    net.conv("in", "a", (3, 6))
    net.ops.append(Op("pad", ("a",), "padded", pads=(1, 1, 2, 2)))
    net.conv("padded", "out", (6, 6), size=3, groups=6, stride=(2, 2))
    return net.graph("out")


def resized_net() -> Graph:
    net = Net()
    net.conv("in", "a", (3, 6))
    net.ops.append(Op("resize", ("a",), "large", factor=2, shape=(1, 2 * SIDE, 2 * SIDE, 6)))
    net.conv("large", "out", (6, 4), activation="relu6", shape=(1, 2 * SIDE, 2 * SIDE, 4))
    return net.graph("out")


def depth_to_space_net(pads: tuple[int, int, int, int], size: int) -> Graph:
    net = Net()
    net.conv("in", "a", (3, 8))
    net.ops += [Op("depth_to_space", ("a",), "large", factor=2), Op("pad", ("large",), "padded", pads=pads)]
    net.conv("padded", "b", (2, 2), size=size, groups=2, stride=(2, 2))
    net.conv("b", "out", (2, 5))
    return net.graph("out")


@pytest.mark.parametrize(
    ("graph", "gone"),
    [
        (padded_net(), "pad"),
        (depth_to_space_net((1, 1, 1, 1), 3), "depth_to_space"),
        (depth_to_space_net((0, 0, 1, 1), 3), "depth_to_space"),
        (depth_to_space_net((2, 2, 1, 1), 5), "depth_to_space"),
    ],
)
def test_a_rewrite_does_away_with_an_operator_and_changes_no_number(
    graph: Graph, gone: str, picture: np.ndarray
) -> None:
    rewritten = rewrites.rewritten(graph)
    assert gone not in {op.kind for op in rewritten.ops}
    np.testing.assert_allclose(run_graph(rewritten, picture), run_graph(graph, picture), rtol=1e-4, atol=2e-3)


def test_the_pointwise_convolution_goes_before_the_enlargement_and_changes_no_number(picture: np.ndarray) -> None:
    graph = resized_net()
    rewritten = rewrites.rewritten(graph)
    assert [op.kind for op in rewritten.ops] == ["conv", "conv", "resize"]
    np.testing.assert_allclose(run_graph(rewritten, picture), run_graph(graph, picture), rtol=1e-4, atol=2e-3)


def test_what_others_read_too_is_not_swapped() -> None:
    graph = resized_net()
    both = replace(graph, outputs=("out", "large"))
    assert rewrites.resize_after_pointwise(both) == both


def test_pruning_keeps_only_what_an_output_needs() -> None:
    graph = padded_net()
    assert [op.output for op in pruned(replace(graph, outputs=("a",))).ops] == ["a"]


def test_weights_are_halved_only_where_that_loses_nothing() -> None:
    made = writer.Writer()
    assert made.constant(np.full(32, 0.5, np.float32)).startswith("t")
    assert made.constant(np.full(32, 0.1, np.float32)).startswith("c")
    assert made.constant(np.full(32, 0.1, np.float32)) == made.constant(np.full(32, 0.1, np.float32))


def test_an_operator_without_weights_says_so() -> None:
    with pytest.raises(ValueError, match="add that makes b has no weight"):
        Op("add", ("a", "a"), "b").weights()


def empty_tflite() -> bytes:
    """A TFLite file without a graph."""
    import flatbuffers
    import tflite

    builder = flatbuffers.Builder(64)
    tflite.ModelStart(builder)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def test_a_tflite_file_without_a_graph_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="has 0 graphs, one is expected"):
        read(empty_tflite(), (0,))


def test_a_folder_without_the_files_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert_blazepose.run(["--tflite-dir", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "has no pose_detection.tflite, unpack it there" in capsys.readouterr().err


def test_a_file_with_another_hash_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pose_detection.tflite").write_bytes(b"TFL3")
    assert convert_blazepose.run(["--tflite-dir", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "has sha256" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.onnx"))


def test_what_is_not_a_wheel_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    not_a_wheel, empty = tmp_path / "a.whl", tmp_path / "b.whl"
    not_a_wheel.write_bytes(b"not a zip file")
    with zipfile.ZipFile(empty, "w"):
        pass
    for wheel in (not_a_wheel, empty, tmp_path / "absent.whl"):
        assert convert_blazepose.run(["--wheel", str(wheel), "--out", str(tmp_path)]) == 2
        assert f"{wheel} is not a readable wheel of mediapipe==0.10.21" in capsys.readouterr().err


def picture_for(name: str, size_px: int, request: pytest.FixtureRequest, fingerprint: str) -> np.ndarray:
    """A picture of the golden file; skips where it is absent or decoded to other pixels."""
    if name in pictures.SYNTHETIC:
        return pictures.synthetic(name, size_px)
    path = request.getfixturevalue("shared_data") / "images" / "people" / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the folder of real recordings")
    picture = pictures.square(pictures.read_rgb(path), size_px)
    if pictures.fingerprint(picture) != fingerprint:
        pytest.skip(f"this machine decodes {name} to other pixels than the golden file's")
    return picture


ALL_PICTURES = (*pictures.SYNTHETIC, *pictures.PEOPLE)


def within(found: np.ndarray, expected: np.ndarray, relative: float = 1e-3) -> None:
    """Agreement relative to the largest value of an output."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * float(np.abs(expected).max()))


@pytest.mark.parametrize("name", ALL_PICTURES)
def test_the_detector_gives_what_tflite_gives(
    name: str, golden: Any, detector: ort.InferenceSession, request: pytest.FixtureRequest
) -> None:
    stored = {key: golden[f"detector/{name}/{key}"] for key in ("pixels", "anchors", "boxes", "scores")}
    picture = picture_for(name, 224, request, str(stored["pixels"]))
    boxes, scores = detector.run(["boxes", "scores"], {"image": picture[None]})
    assert (boxes.shape, scores.shape) == ((1, 2254, 12), (1, 2254))
    within(boxes[0, stored["anchors"]], stored["boxes"])
    np.testing.assert_allclose(scores[0, stored["anchors"]], stored["scores"], atol=1e-4)


@pytest.mark.parametrize("name", ALL_PICTURES)
def test_the_landmarks_are_what_tflite_gives(
    name: str, golden: Any, landmarker: ort.InferenceSession, request: pytest.FixtureRequest
) -> None:
    stored = {key: golden[f"landmarks/{name}/{key}"] for key in ("pixels", "landmarks", "presence", "world")}
    picture = picture_for(name, 256, request, str(stored["pixels"]))
    landmarks, presence, world = landmarker.run(["landmarks", "presence", "world"], {"image": picture[None]})
    assert (landmarks.shape, presence.shape, world.shape) == ((1, 39, 5), (1, 1), (1, 39, 3))
    within(landmarks[0, :, :3], stored["landmarks"][:, :3])
    np.testing.assert_allclose(landmarks[0, :, 3:], stored["landmarks"][:, 3:], atol=1e-3)
    np.testing.assert_allclose(presence[0], stored["presence"], atol=1e-3)
    within(world[0], stored["world"])


def test_a_figure_is_found_and_a_pattern_is_not(
    detector: ort.InferenceSession, landmarker: ort.InferenceSession
) -> None:
    both = [np.stack([pictures.synthetic(name, size) for name in ("figure", "waves")]) for size in (224, 256)]
    scores = detector.run(["scores"], {"image": both[0]})[0].max(axis=1)
    presence = landmarker.run(["presence"], {"image": both[1]})[0][:, 0]
    assert scores[0] > 0.5 > scores[1]
    assert presence[0] > 0.5 > presence[1]


def test_several_pictures_at_once_give_the_same_as_one_by_one(landmarker: ort.InferenceSession) -> None:
    batch = np.stack([pictures.synthetic(name, 256) for name in pictures.SYNTHETIC])
    together = landmarker.run(None, {"image": batch})
    for i in range(len(batch)):
        for one, all_of_them in zip(landmarker.run(None, {"image": batch[i : i + 1]}), together, strict=True):
            np.testing.assert_allclose(one[0], all_of_them[i], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["pose_detector", "pose_landmarks"])
def test_nothing_leaves_the_blocked_layout_in_the_middle(name: str, tmp_path: Path) -> None:
    """What made the models fast: no transposes, paddings, depth-to-space and clips of their own in the file."""
    import onnx

    kinds = [node.op_type for node in onnx.load(MODELS / f"{name}.onnx").graph.node]
    assert not {"Pad", "DepthToSpace", "BatchNormalization"} & set(kinds)
    last_convolution = max(i for i, kind in enumerate(kinds) if kind == "Conv")
    first_transpose = kinds.index("Transpose")
    assert set(kinds[first_transpose:last_convolution]) <= {"Transpose", "Reshape", "Concat", "Cast", "Conv", "Sigmoid"}


def peer_python() -> Path:
    """The interpreter of the environment that has MediaPipe; the test skips without one."""
    folder = os.environ.get("CAREBOT_PEERS_VENV")
    if not folder:
        pytest.skip("CAREBOT_PEERS_VENV names no environment with mediapipe")
    python = Path(folder) / "bin" / "python"
    asked = subprocess.run([python, "-c", "import mediapipe"], capture_output=True, check=False)
    if asked.returncode != 0:
        pytest.skip(f"{python} cannot import mediapipe")
    return python


@pytest.mark.slow
def test_decoded_landmarks_lie_where_mediapipe_itself_puts_them(
    shared_data: Path, detector: ort.InferenceSession, landmarker: ort.InferenceSession
) -> None:
    folder = shared_data / "images" / "people"
    paths = [folder / name for name in ("person.jpg", "person-couch.jpg", "background.jpg")]
    command = [peer_python(), HERE / "mediapipe_reference.py", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *people, nobody = json.loads(done.stdout)
    assert nobody is None
    assert reference_decoding.landmarks_px(pictures.read_rgb(paths[2]), detector, landmarker) is None
    for path, theirs in zip(paths, people, strict=False):
        ours = reference_decoding.landmarks_px(pictures.read_rgb(path), detector, landmarker)
        body_px = np.ptp(np.array(theirs)[:, 1])
        difference = np.linalg.norm(ours - np.array(theirs), axis=1) / body_px
        assert np.median(difference) < 0.03, path.name
