"""Small real ONNX files with outputs that a test knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from carebot.perception.session import Session, SessionOptions

Dim = int | str


def save(path: Path, inputs: Sequence[Any], outputs: Sequence[Any], nodes: Sequence[Any], opset: int = 17) -> Path:
    graph = helper.make_graph(list(nodes), "small", list(inputs), list(outputs))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, str(path))
    return path


def tensor(name: str, shape: Sequence[Dim] | None, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def constants(
    path: Path, input_shape: Sequence[Dim], outputs: Mapping[str, NDArray[Any]], kind: int = TensorProto.FLOAT
) -> Path:
    """A file that takes any picture of this shape and always answers `outputs`."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value), name))
        for name, value in outputs.items()
    ]
    values = [
        tensor(name, value.shape, helper.np_dtype_to_tensor_dtype(value.dtype)) for name, value in outputs.items()
    ]
    return save(path, [tensor("images", input_shape, kind)], values, nodes)


def doubling(path: Path, shape: Sequence[Dim] = ("N", 3)) -> Path:
    """y = x + x."""
    return save(path, [tensor("x", shape)], [tensor("y", shape)], [helper.make_node("Add", ["x", "x"], ["y"])])


class Recorded(Session):
    """A session that remembers what it was last fed."""

    fed: dict[str, NDArray[Any]]

    def __init__(self, path: Path, size: tuple[int, int] | None = None) -> None:
        super().__init__(path, SessionOptions(device="cpu"), size)

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.fed = dict(feeds)
        return super().run(feeds)
