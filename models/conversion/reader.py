"""Reads a float TFLite file, half precision and sparse weights included, into a `Graph`.

The format is TensorFlow Lite's schema (tensorflow/compiler/mlir/lite/schema/schema.fbs), read by the `tflite` package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

from .graph import NO_PADS, Graph, Op, Pads, pruned

Array = NDArray[Any]

_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
}
_ACTIVATIONS = {
    tflite.ActivationFunctionType.NONE: "none",
    tflite.ActivationFunctionType.RELU: "relu",
    tflite.ActivationFunctionType.RELU6: "relu6",
}
_OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}


class UnsupportedModelError(ValueError):
    """The TFLite file holds something that this converter does not know."""


def read(data: bytes, outputs: Sequence[int]) -> Graph:
    """The graph of a TFLite file, pruned to the outputs with these positions (in this order)."""
    model = tflite.Model.GetRootAsModel(data, 0)
    return _Reader(model).graph(outputs)


Level = int | tuple[Sequence[int], Sequence[int]]


def dense(
    shape: Sequence[int], order: Sequence[int], blocks: Sequence[int], levels: Sequence[Level], values: Array
) -> Array:
    """The full array of a tensor that TFLite stores sparsely.

    `order` is the traversal order of the dimensions (the blocks' dimensions come after the tensor's own), `blocks`
    names the dimension that each block dimension cuts up, and `levels` holds, in traversal order, either the length of
    a dense dimension or the segments and indices of a compressed one (TFLite's `SparsityParameters`).
    """
    result = np.zeros(tuple(shape), values.dtype)
    for value, place in zip(values, _places(levels, 0, 0), strict=True):
        index = dict(zip(order, place, strict=True))
        for block, cut in enumerate(blocks, start=len(shape)):
            index[cut] = index[cut] * _length(levels[order.index(block)]) + index[block]
        result[tuple(index[dim] for dim in range(len(shape)))] = value
    return result


def _length(level: Level) -> int:
    if isinstance(level, int):
        return level
    raise UnsupportedModelError("a sparse tensor whose blocks are sparse themselves is not known to this converter")


def _places(levels: Sequence[Level], depth: int, parent: int) -> Iterator[tuple[int, ...]]:
    if depth == len(levels):
        yield ()
        return
    for child, where in _children(levels[depth], parent):
        for rest in _places(levels, depth + 1, child):
            yield (where, *rest)


def _children(level: Level, parent: int) -> list[tuple[int, int]]:
    if isinstance(level, int):
        return [(parent * level + i, i) for i in range(level)]
    segments, indices = level
    return [(at, int(indices[at])) for at in range(int(segments[parent]), int(segments[parent + 1]))]


def same_pads(size: tuple[int, int], window: tuple[int, int], stride: tuple[int, int]) -> Pads:
    """TFLite's SAME padding: the output has ceil(size / stride) places, and an odd pad goes to the bottom and right."""
    totals = [max((-(-s // t) - 1) * t + w - s, 0) for s, w, t in zip(size, window, stride, strict=True)]
    top, left = totals[0] // 2, totals[1] // 2
    return top, left, totals[0] - top, totals[1] - left


class _Reader:
    """Walks the flat buffers once; constants are kept as arrays, the rest becomes operators."""

    def __init__(self, model: Any) -> None:
        if model.SubgraphsLength() != 1:
            raise UnsupportedModelError(f"the file has {model.SubgraphsLength()} graphs, one is expected")
        self.model = model
        self.tflite_graph = model.Subgraphs(0)
        self.constants: dict[int, Array] = {}
        self.ops: list[Op] = []

    def graph(self, outputs: Sequence[int]) -> Graph:
        for i in range(self.tflite_graph.OperatorsLength()):
            self._read_operator(self.tflite_graph.Operators(i))
        source = self.tflite_graph.Inputs(0)
        names = tuple(str(self.tflite_graph.Outputs(i)) for i in outputs)
        return pruned(Graph(tuple(self.ops), str(source), self._shape(source), names))

    def _read_operator(self, operator: Any) -> None:
        code = self.model.OperatorCodes(operator.OpcodeIndex())
        name = _OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, output = operator.InputsAsNumpy().tolist(), int(operator.Outputs(0))
        if name in ("DEQUANTIZE", "DENSIFY"):
            self.constants[output] = self._constant(inputs[0]).astype(_DTYPES[self._tensor(output).Type()])
            return
        read_one = self._readers().get(name)
        if read_one is None:
            raise UnsupportedModelError(f"the operator {name} is not known to this converter")
        self.ops.append(replace(read_one(operator, inputs, output), shape=self._shape(output)))

    def _readers(self) -> dict[str, Callable[[Any, list[int], int], Op]]:
        return {
            "PAD": self._pad,
            "CONV_2D": self._conv,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "ADD": self._add,
            "MAX_POOL_2D": self._max_pool,
            "RESIZE_BILINEAR": self._resize,
            "DEPTH_TO_SPACE": self._depth_to_space,
            "RESHAPE": self._reshape,
            "CONCATENATION": self._concat,
            "LOGISTIC": lambda _, inputs, output: Op("sigmoid", (str(inputs[0]),), str(output)),
        }

    def _tensor(self, index: int) -> Any:
        return self.tflite_graph.Tensors(index)

    def _shape(self, index: int) -> tuple[int, ...]:
        return tuple(self._tensor(index).Shape(i) for i in range(self._tensor(index).ShapeLength()))

    def _constant(self, index: int) -> Array:
        if index not in self.constants:
            self.constants[index] = self._stored(index)
        return self.constants[index]

    def _stored(self, index: int) -> Array:
        tensor = self._tensor(index)
        buffer = self.model.Buffers(tensor.Buffer())
        if buffer.DataLength() == 0 or tensor.Type() not in _DTYPES:
            raise UnsupportedModelError(f"tensor {index} should be a float or integer constant and is not")
        values = buffer.DataAsNumpy().view(_DTYPES[tensor.Type()])
        sparsity = tensor.Sparsity()
        return (
            values.reshape(self._shape(index)) if sparsity is None else _densified(self._shape(index), sparsity, values)
        )

    def _options(self, operator: Any, kind: type[Any]) -> Any:
        options = kind()
        options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
        return options

    def _pads(self, source: int, options: Any, window: tuple[int, int]) -> Pads:
        if options.Padding() == tflite.Padding.VALID:
            return NO_PADS
        height, width = self._shape(source)[1:3]
        return same_pads((height, width), window, (options.StrideH(), options.StrideW()))

    def _pad(self, _operator: Any, inputs: list[int], output: int) -> Op:
        (batch, rows, columns, channels) = self._constant(inputs[1]).tolist()
        if any(batch + channels):
            raise UnsupportedModelError("a PAD of the batch or the channels is not known to this converter")
        pads = (rows[0], columns[0], rows[1], columns[1])
        return Op("pad", (str(inputs[0]),), str(output), pads=pads)

    def _conv(self, operator: Any, inputs: list[int], output: int) -> Op:
        options = self._options(operator, tflite.Conv2DOptions)
        weight = self._constant(inputs[1]).transpose(0, 3, 1, 2)
        return self._convolution(options, weight, 1, inputs, output)

    def _depthwise(self, operator: Any, inputs: list[int], output: int) -> Op:
        options = self._options(operator, tflite.DepthwiseConv2DOptions)
        if options.DepthMultiplier() != 1:
            raise UnsupportedModelError("a depth multiplier other than 1 is not known to this converter")
        weight = self._constant(inputs[1]).transpose(3, 0, 1, 2)
        return self._convolution(options, weight, len(weight), inputs, output)

    def _convolution(self, options: Any, weight: Array, groups: int, inputs: list[int], output: int) -> Op:
        if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
            raise UnsupportedModelError("a dilated convolution is not known to this converter")
        window = (weight.shape[2], weight.shape[3])
        return Op(
            "conv",
            (str(inputs[0]),),
            str(output),
            weight=np.ascontiguousarray(weight, np.float32),
            bias=self._constant(inputs[2]).astype(np.float32),
            groups=groups,
            stride=(options.StrideH(), options.StrideW()),
            pads=self._pads(inputs[0], options, window),
            activation=_activation(options),
        )

    def _add(self, operator: Any, inputs: list[int], output: int) -> Op:
        activation = _activation(self._options(operator, tflite.AddOptions))
        return Op("add", (str(inputs[0]), str(inputs[1])), str(output), activation=activation)

    def _max_pool(self, operator: Any, inputs: list[int], output: int) -> Op:
        options = self._options(operator, tflite.Pool2DOptions)
        window = (options.FilterHeight(), options.FilterWidth())
        pads = self._pads(inputs[0], options, window)
        stride = (options.StrideH(), options.StrideW())
        source = (str(inputs[0]),)
        return Op(
            "max_pool", source, str(output), window=window, stride=stride, pads=pads, activation=_activation(options)
        )

    def _resize(self, operator: Any, inputs: list[int], output: int) -> Op:
        options = self._options(operator, tflite.ResizeBilinearOptions)
        (height, width), (new_height, new_width) = self._shape(inputs[0])[1:3], self._constant(inputs[1]).tolist()
        factor = new_height // height
        if (new_height, new_width) != (height * factor, width * factor) or not options.HalfPixelCenters():
            raise UnsupportedModelError("only whole-number resizing with half pixel centres is known to this converter")
        return Op("resize", (str(inputs[0]),), str(output), factor=factor)

    def _depth_to_space(self, operator: Any, inputs: list[int], output: int) -> Op:
        factor = self._options(operator, tflite.DepthToSpaceOptions).BlockSize()
        return Op("depth_to_space", (str(inputs[0]),), str(output), factor=factor)

    def _reshape(self, _operator: Any, inputs: list[int], output: int) -> Op:
        return Op("reshape", (str(inputs[0]),), str(output))

    def _concat(self, operator: Any, inputs: list[int], output: int) -> Op:
        axis = self._options(operator, tflite.ConcatenationOptions).Axis()
        return Op("concat", tuple(map(str, inputs)), str(output), axis=axis)


def _activation(options: Any) -> str:
    code = options.FusedActivationFunction()
    if code not in _ACTIVATIONS:
        raise UnsupportedModelError(f"the fused activation {code} is not known to this converter")
    return _ACTIVATIONS[code]


def _densified(shape: Sequence[int], sparsity: Any, values: Array) -> Array:
    levels = [_level(sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())]
    blocks = [sparsity.BlockMap(i) for i in range(sparsity.BlockMapLength())]
    return dense(shape, sparsity.TraversalOrderAsNumpy().tolist(), blocks, levels, values)


def _level(metadata: Any) -> Level:
    if metadata.Format() == tflite.DimensionType.DENSE:
        return int(metadata.DenseSize())
    return (
        _index_vector(metadata.ArraySegments(), metadata.ArraySegmentsType()),
        _index_vector(metadata.ArrayIndices(), metadata.ArrayIndicesType()),
    )


def _index_vector(table: Any, kind: int) -> list[int]:
    vectors = {
        tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
        tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
        tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
    }
    vector = vectors[kind]()
    vector.Init(table.Bytes, table.Pos)
    return [int(i) for i in vector.ValuesAsNumpy()]
