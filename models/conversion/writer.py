"""Writes a `Graph` as ONNX in the NCHW layout, with the picture's normalisation inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from .graph import Floats, Graph, Op

OPSET = 17
IR_VERSION = 8  # what onnxruntime has read since 1.10
BATCH = "N"


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How a pixel (0 to 255) becomes what the network expects: (pixel - offset) * scale."""

    offset: float
    scale: float


@dataclass(frozen=True, slots=True)
class Output:
    """An output's name and its shape after the batch."""

    name: str
    shape: tuple[int, ...]


class Writer:
    """Collects nodes and constants; `graph` writes the operators of a graph, `model` closes the file."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[bytes, str] = {}
        self._initializers: list[TensorProto] = []
        self._values: dict[str, str] = {}

    def add(self, kind: str, *inputs: str, outputs: Sequence[str] = (), **attributes: Any) -> str:
        """Adds a node and gives back the name of its first output."""
        names = list(outputs) or [f"t{len(self._nodes)}"]
        self._nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}_{len(self._nodes)}", **attributes))
        return names[0]

    def constant(self, values: NDArray[Any]) -> str:
        """The name of a constant; floats are kept in half precision wherever that loses nothing."""
        key = values.dtype.str.encode() + str(values.shape).encode() + values.tobytes()
        if key not in self._constants:
            self._constants[key] = self._new_constant(values)
        return self._constants[key]

    def _new_constant(self, values: NDArray[Any]) -> str:
        name = f"c{len(self._initializers)}"
        half = _as_half(values)
        self._initializers.append(numpy_helper.from_array(values if half is None else half, name))
        return name if half is None else self.add("Cast", name, to=TensorProto.FLOAT)

    def ints(self, *values: int) -> str:
        """The name of a constant list of integers."""
        return self.constant(np.array(values, np.int64))

    def graph(self, graph: Graph, picture: str, normalisation: Normalisation) -> list[str]:
        """Writes the graph over the input `picture` (uint8, N, height, width, 3); its outputs' names, in order.

        The first operator has to be a convolution, so paddings are folded before (`rewrites.fold_pads`).
        """
        writers = self._op_writers()
        first, *others = graph.ops
        self._values[first.output] = self._first_convolution(first, graph, picture, normalisation)
        for op in others:
            value = writers[op.kind](op)
            if op.kind != "conv" and op.activation == "relu6":
                value = self._same(value, op.shape[-1])
            self._values[op.output] = self._activated(value, op.activation)
        return [self._values[name] for name in graph.outputs]

    def _op_writers(self) -> dict[str, Callable[[Op], str]]:
        return {
            "conv": self._convolution,
            "add": lambda op: self.add("Add", *self._inputs(op)),
            "sigmoid": lambda op: self.add("Sigmoid", *self._inputs(op)),
            "concat": lambda op: self.add("Concat", *self._inputs(op), axis=op.axis),
            "pad": self._pad,
            "max_pool": self._max_pool,
            "resize": self._resize,
            "depth_to_space": lambda op: self.add("DepthToSpace", *self._inputs(op), blocksize=op.factor, mode="DCR"),
            "reshape": self._reshape,
        }

    def _inputs(self, op: Op) -> list[str]:
        return [self._values[name] for name in op.inputs]

    def _activated(self, name: str, activation: str) -> str:
        if activation == "none":
            return name
        if activation == "relu":
            return self.add("Relu", name)
        low, high = (self.constant(np.array(value, np.float32)) for value in (0, 6))
        return self.add("Clip", name, low, high)

    def _same(self, name: str, channels: int) -> str:
        """A convolution that changes nothing: in blocked layout onnxruntime clips only as a part of a convolution."""
        ones = self.constant(np.ones((channels, 1, 1, 1), np.float32))
        return self.add("Conv", name, ones, kernel_shape=[1, 1], group=channels)

    def _first_convolution(self, op: Op, graph: Graph, picture: str, normalisation: Normalisation) -> str:
        """The convolution over the picture, read as one channel of width * 3 columns, so that nothing is transposed."""
        _, height, width, channels = graph.input_shape
        rows = self.add("Reshape", picture, self.ints(0, 1, height, width * channels))
        values = self.add("Cast", rows, to=TensorProto.FLOAT)
        if normalisation.offset:
            values = self.add("Sub", values, self.constant(np.array(normalisation.offset, np.float32)))
        weight = interleaved(op.weights()) * np.float32(normalisation.scale)
        (top, left, bottom, right), (down, across) = op.pads, op.stride
        pads = [top, left * channels, bottom, right * channels]
        return self._activated(
            self.add(
                "Conv",
                values,
                self.constant(weight),
                self.constant(op.biases()),
                kernel_shape=weight.shape[2:],
                strides=[down, across * channels],
                pads=pads,
            ),
            op.activation,
        )

    def _convolution(self, op: Op) -> str:
        return self.add(
            "Conv",
            *self._inputs(op),
            self.constant(op.weights()),
            self.constant(op.biases()),
            kernel_shape=op.weights().shape[2:],
            group=op.groups,
            strides=op.stride,
            pads=op.pads,
        )

    def _pad(self, op: Op) -> str:
        top, left, bottom, right = op.pads
        return self.add("Pad", *self._inputs(op), self.ints(0, 0, top, left, 0, 0, bottom, right))

    def _max_pool(self, op: Op) -> str:
        return self.add("MaxPool", *self._inputs(op), kernel_shape=op.window, strides=op.stride, pads=op.pads)

    def _resize(self, op: Op) -> str:
        scales = self.constant(np.array([1, 1, op.factor, op.factor], np.float32))
        return self.add(
            "Resize", *self._inputs(op), "", scales, mode="linear", coordinate_transformation_mode="half_pixel"
        )

    def _reshape(self, op: Op) -> str:
        last_channels = self.add("Transpose", *self._inputs(op), perm=[0, 2, 3, 1])
        return self.add("Reshape", last_channels, self.ints(0, *op.shape[1:]))

    def model(
        self, name: str, picture_shape: Sequence[int], outputs: Sequence[Output], notes: dict[str, str]
    ) -> onnx.ModelProto:
        """The checked model with an input `image` (uint8) and float32 outputs; `notes` go into its metadata."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info("image", TensorProto.UINT8, [BATCH, *picture_shape])],
            [helper.make_tensor_value_info(o.name, TensorProto.FLOAT, [BATCH, *o.shape]) for o in outputs],
            self._initializers,
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="carebot")
        helper.set_model_props(model, notes)
        onnx.checker.check_model(model, full_check=True)
        return model


def interleaved(weight: Floats) -> Floats:
    """Weights (out, in, height, width) as (out, 1, height, width * in), for a row of pixels read as one long row."""
    out, channels, height, width = weight.shape
    return np.ascontiguousarray(weight.transpose(0, 2, 3, 1).reshape(out, 1, height, width * channels))


def _as_half(values: NDArray[Any]) -> NDArray[np.float16] | None:
    if values.dtype != np.float32 or values.size < 16:
        return None
    half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values) else None
