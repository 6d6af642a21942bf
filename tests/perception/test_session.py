from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from carebot.errors import ConfigError, ModelError
from carebot.perception.providers import CPU, CUDA, NAMES, OPENVINO, TENSORRT, to_try, with_settings
from carebot.perception.session import BoundRun, Session, SessionOptions, _in_short
from tests.perception.graphs import constants, doubling, save, tensor

ON_CPU = SessionOptions(device="cpu")


def sentence_of(error: pytest.ExceptionInfo[ModelError], path: Path) -> str:
    text = str(error.value)
    assert text.startswith(str(path))
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_a_missing_file_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        Session(tmp_path / "nothing.onnx")
    assert "carebot models pull" in sentence_of(error, tmp_path / "nothing.onnx")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        Session(tmp_path)
    assert "not a file" in sentence_of(error, tmp_path)


@pytest.mark.parametrize("content", [b"", b"this is not ONNX\n" * 50, b"\x89PNG\r\n\x1a\n", bytes(4096)])
def test_what_is_not_onnx_is_refused(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError) as error:
        Session(path, SessionOptions(available=(CUDA, CPU)))
    assert "pull or convert it again" in sentence_of(error, path)
    assert capfd.readouterr() == ("", "")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = constants(tmp_path / "model.onnx", (1, 3, 8, 8), {"y": np.ones((100, 100), np.float32)})
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ModelError) as error:
        Session(path)
    sentence_of(error, path)


def test_an_operator_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("Frobnicate", ["x"], ["y"])
    path = save(tmp_path / "model.onnx", [tensor("x", (1, 3))], [tensor("y", (1, 3))], [node])
    with pytest.raises(ModelError) as error:
        Session(path)
    assert "Frobnicate" in sentence_of(error, path)


def test_a_model_that_loads_but_cannot_run_is_refused(tmp_path: Path) -> None:
    shape = helper.make_node("Constant", [], ["shape"], value=helper.make_tensor("s", TensorProto.INT64, (2,), (7, 7)))
    nodes = [shape, helper.make_node("Reshape", ["x", "shape"], ["y"])]
    path = save(tmp_path / "model.onnx", [tensor("x", ("N", "M"))], [tensor("y", (7, 7))], nodes)
    with pytest.raises(ModelError) as error:
        Session(path)
    sentence_of(error, path)


def test_an_input_of_texts_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    kinds = [tensor(name, (1,), TensorProto.STRING) for name in "xy"]
    path = save(tmp_path / "model.onnx", kinds[:1], kinds[1:], [node])
    with pytest.raises(ModelError, match="tensor\\(string\\)"):
        Session(path)


def test_it_runs_and_says_what_it_is(tmp_path: Path) -> None:
    session = Session(doubling(tmp_path / "model.onnx"), ON_CPU)
    assert session.run({"x": np.array([[1, 2, 3]], np.float32)})["y"].tolist() == [[2, 4, 6]]
    assert (session.provider, session.fallback_reason) == (CPU, None)
    assert session.input_shapes == {"x": (None, 3)}
    assert session.input_types == {"x": np.float32}
    assert (session.output_names, session.output_shapes) == (("y",), {"y": (1, 3)})


@pytest.mark.parametrize("shape", [("N", 3, "H", "W"), ("N", "H", "W", 3)])
def test_a_free_picture_size_is_filled_in_for_the_warm_up(tmp_path: Path, shape: tuple[Any, ...]) -> None:
    session = Session(doubling(tmp_path / "model.onnx", shape), ON_CPU, (64, 32))
    assert session.output_shapes["y"] == tuple({"N": 1, "H": 32, "W": 64, 3: 3}[each] for each in shape)


@pytest.mark.parametrize("feeds", [{}, {"z": np.ones((1, 3), np.float32)}, {"x": np.ones((1, 4), np.float32)}])
def test_a_feed_that_does_not_fit_is_one_sentence(tmp_path: Path, feeds: dict[str, Any]) -> None:
    path = doubling(tmp_path / "model.onnx")
    with pytest.raises(ModelError) as error:
        Session(path, ON_CPU).run(feeds)
    sentence_of(error, path)


def test_threads_are_a_setting(tmp_path: Path) -> None:
    session = Session(doubling(tmp_path / "model.onnx"), SessionOptions(device="cpu", threads=2))
    native: Any = session._session
    assert native.get_session_options().intra_op_num_threads == 2


@pytest.mark.parametrize("options", [{"device": "gpu"}, {"device": "CPU"}, {"threads": 0}, {"threads": -1}])
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SessionOptions(**options)


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="this onnxruntime has CUDA")
@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_a_gpu_that_is_listed_but_does_not_start_is_noticed(
    tmp_path: Path, device: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    session = Session(doubling(tmp_path / "model.onnx"), SessionOptions(device=device, available=(CUDA, CPU)))
    assert session.provider == CPU
    assert session.fallback_reason is not None
    assert session.fallback_reason.startswith("CUDA did not start (onnxruntime left it out")
    assert session.fallback_reason.endswith("so the model runs on the CPU.")
    assert session.run({"x": np.ones((1, 3), np.float32)})["y"].tolist() == [[2, 2, 2]]
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(TENSORRT in onnxruntime.get_available_providers(), reason="this onnxruntime has TensorRT")
def test_every_provider_that_failed_is_in_the_reason(tmp_path: Path) -> None:
    options = SessionOptions(available=(TENSORRT, CUDA, CPU), engines_dir=tmp_path / "engines")
    reason = Session(doubling(tmp_path / "model.onnx"), options).fallback_reason
    assert reason is not None
    assert reason.index("TensorRT did not start") < reason.index("CUDA did not start") < reason.index("on the CPU.")


def test_engines_that_cannot_be_kept_are_a_reason_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "engines").write_text("a file where the folder should be")
    options = SessionOptions(device="openvino", available=(OPENVINO, CPU), engines_dir=tmp_path / "engines")
    session = Session(doubling(tmp_path / "model.onnx"), options)
    assert session.provider == CPU
    assert "OpenVINO did not start" in str(session.fallback_reason)


def test_a_device_this_onnxruntime_is_built_without_names_the_package(tmp_path: Path) -> None:
    session = Session(doubling(tmp_path / "model.onnx"), SessionOptions(device="cuda", available=(CPU,)))
    assert "onnxruntime-gpu" in str(session.fallback_reason)


@pytest.mark.parametrize("device", ["tensorrt", "cuda", "openvino", "cpu"])
def test_whatever_this_machine_has_it_runs_right_or_says_why_not(tmp_path: Path, device: Any) -> None:
    session = Session(doubling(tmp_path / "model.onnx"), SessionOptions(device=device))
    assert (session.provider == NAMES[device]) == (session.fallback_reason is None)
    assert session.run({"x": np.array([[1, 2, 3]], np.float32)})["y"].tolist() == [[2, 4, 6]]


def test_onnxruntimes_own_words_are_made_short() -> None:
    native = "/src/onnxruntime/python/state.cc:729 void a::b::Register(Options&, const c::Map&) Please install it.\n\n"
    assert _in_short(RuntimeError(native)) == "Please install it"
    assert _in_short(RuntimeError("[ONNXRuntimeError] : 1 : FAIL : no\n such op")) == "1 : FAIL : no such op"
    assert len(_in_short(RuntimeError("x" * 5000))) < 250


def test_the_cpu_is_no_fall_back_where_it_was_asked_for_or_is_all_there_is(tmp_path: Path) -> None:
    path = doubling(tmp_path / "model.onnx")
    assert Session(path, SessionOptions(device="cpu", available=(CUDA, CPU))).fallback_reason is None
    assert Session(path, SessionOptions(available=("AzureExecutionProvider", CPU))).fallback_reason is None


def test_the_fastest_is_tried_first() -> None:
    assert to_try("auto", (CPU, OPENVINO, CUDA, TENSORRT)) == [TENSORRT, CUDA, OPENVINO, CPU]
    assert to_try("openvino", (CUDA, CPU)) == [OPENVINO, CPU]


def test_tensorrt_keeps_its_engines_in_the_data_folder(tmp_path: Path) -> None:
    chain = with_settings(TENSORRT, SessionOptions(), (TENSORRT, CUDA, CPU))
    assert [name for name, _ in chain] == [TENSORRT, CUDA, CPU]
    assert chain[0][1]["trt_engine_cache_path"] == str(tmp_path / "carebot-data" / "engines")
    assert (tmp_path / "carebot-data" / "engines").is_dir()


def bound(path: Path) -> BoundRun:
    return BoundRun(onnxruntime.InferenceSession(str(path), providers=[CPU]), "cpu")


def test_bound_runs_give_each_runs_own_result(tmp_path: Path) -> None:
    run = bound(doubling(tmp_path / "model.onnx"))
    ones = np.ones((1, 3), np.float32)
    (first,), (second,) = run({"x": ones}), run({"x": ones * 5})
    assert (first.tolist(), second.tolist()) == ([[2, 2, 2]], [[10, 10, 10]])
    assert ones.tolist() == [[1, 1, 1]]


def test_bound_runs_take_another_shape_and_strided_arrays(tmp_path: Path) -> None:
    run = bound(doubling(tmp_path / "model.onnx"))
    run({"x": np.ones((1, 3), np.float32)})
    strided = np.arange(12, dtype=np.float32).reshape(3, 4).T[:2]
    assert run({"x": strided})[0].tolist() == (strided * 2).tolist()
