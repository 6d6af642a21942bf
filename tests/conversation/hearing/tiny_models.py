"""Small models that sherpa-onnx really runs: log-probabilities of tokens straight from the loudness of the features."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FEATURES = 80
TOKENS = ("▁stop", "▁help", "<blk>")


def write_tokens(folder: Path, heard: str = TOKENS[0]) -> Path:
    """In loud sound the model hears the word `heard`."""
    path = folder / "tokens.txt"
    tokens = (heard, *TOKENS[1:])
    path.write_text("".join(f"{token} {number}\n" for number, token in enumerate(tokens)), encoding="utf-8")
    return path


def write_offline(folder: Path) -> Path:
    """A model of the family nemo-ctc: in loud frames the first token, else the blank."""
    logits, nodes, constants = _loudness("audio_signal")
    graph = helper.make_graph(
        nodes,
        "tiny",
        [_floats("audio_signal", ["B", FEATURES, "T"]), _ints("length", ["B"])],
        [_floats(logits, ["B", "T", len(TOKENS)])],
        constants,
    )
    return _write(
        folder / "offline.onnx",
        graph,
        {
            "vocab_size": str(len(TOKENS) - 1),
            "subsampling_factor": "1",
            "normalize_type": "",
            "model_type": "EncDecCTCModelBPE",
        },
    )


CACHE = (1, 2, 3)


def write_streaming(folder: Path) -> Path:
    """A model of the family nemo-ctc-streaming: the same for pieces of 16 frames, with caches that it hands on."""
    logits, nodes, constants = _loudness("audio_signal")
    caches = ("cache_last_channel", "cache_last_time", "cache_last_channel_len")
    nodes += [helper.make_node("Identity", [name], [f"{name}_next"]) for name in caches]
    nodes.append(helper.make_node("Identity", ["length"], ["encoded_lengths"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            _floats("audio_signal", ["B", FEATURES, "T"]),
            _ints("length", ["B"]),
            *(_floats(name, ["B", *CACHE]) for name in caches[:2]),
            _ints(caches[2], ["B"]),
        ],
        [
            _floats(logits, ["B", "T", len(TOKENS)]),
            _ints("encoded_lengths", ["B"]),
            *(_floats(f"{name}_next", ["B", *CACHE]) for name in caches[:2]),
            _ints(f"{caches[2]}_next", ["B"]),
        ],
        constants,
    )
    dimensions = {f"{name}_dim{number}": str(size) for name in caches[:2] for number, size in enumerate(CACHE, start=1)}
    metadata = {"window_size": "16", "chunk_shift": "16", "subsampling_factor": "1", "vocab_size": str(len(TOKENS) - 1)}
    return _write(folder / "streaming.onnx", graph, {**metadata, **dimensions, "normalize_type": ""})


def _loudness(signal: str) -> tuple[str, list[onnx.NodeProto], list[onnx.TensorProto]]:
    """The mean of the log-mel features of each frame, as scores of the tokens: (B, T, 3)."""
    nodes = [
        helper.make_node("ReduceMean", [signal], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Transpose", ["mean"], ["column"], perm=[0, 2, 1]),
        helper.make_node("Sub", ["column", "threshold"], ["loud"]),
        helper.make_node("Neg", ["loud"], ["quiet"]),
        helper.make_node("Sub", ["quiet", "far"], ["never"]),
        helper.make_node("Concat", ["loud", "never", "quiet"], ["scores"], axis=2),
        helper.make_node("LogSoftmax", ["scores"], ["logprobs"], axis=2),
    ]
    constants = [
        helper.make_tensor("threshold", TensorProto.FLOAT, [1], [-8.0]),
        helper.make_tensor("far", TensorProto.FLOAT, [1], [100.0]),
    ]
    return "logprobs", nodes, constants


def _floats(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _ints(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


def _write(path: Path, graph: onnx.GraphProto, metadata: dict[str, str]) -> Path:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path
