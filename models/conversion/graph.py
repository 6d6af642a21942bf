"""The little graph that the converter works on: operators with NCHW weights, joined by tensor names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pads = tuple[int, int, int, int]

NO_PADS: Pads = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Op:
    """One operator with one output.

    Convolution weights are (out, in / groups, height, width), pads (top, left, bottom, right). `shape` is the output's
    in TFLite's layout (batch, height, width, channels), `axis` too; `factor` is that of a resize or depth-to-space.
    """

    kind: str
    inputs: tuple[str, ...]
    output: str
    weight: Floats | None = None
    bias: Floats | None = None
    groups: int = 1
    stride: tuple[int, int] = (1, 1)
    window: tuple[int, int] = (1, 1)
    pads: Pads = NO_PADS
    activation: str = "none"
    shape: tuple[int, ...] = ()
    axis: int = 0
    factor: int = 1

    def weights(self) -> Floats:
        """The convolution's weight; only asked of a convolution."""
        if self.weight is None:
            raise ValueError(f"operator {self.kind} that makes {self.output} has no weight")
        return self.weight

    def biases(self) -> Floats:
        """The convolution's bias, zeros where the file gives none."""
        return np.zeros(len(self.weights()), np.float32) if self.bias is None else self.bias

    def is_pointwise(self) -> bool:
        """Whether this is a 1x1 convolution over all channels."""
        if self.kind != "conv" or self.weights().shape[2:] != (1, 1):
            return False
        return self.groups == 1 and self.stride == (1, 1) and self.pads == NO_PADS


@dataclass(frozen=True, slots=True)
class Graph:
    """Operators in running order, the input's name and shape (NHWC), and the outputs' names."""

    ops: tuple[Op, ...]
    input: str
    input_shape: tuple[int, ...]
    outputs: tuple[str, ...]
    _makers: dict[str, Op] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_makers", {op.output: op for op in self.ops})

    def maker(self, name: str) -> Op | None:
        """The operator whose output is `name`; None for the graph's input."""
        return self._makers.get(name)

    def users(self, name: str) -> list[Op]:
        """The operators that read `name`."""
        return [op for op in self.ops if name in op.inputs]

    def feeds_only(self, op: Op, user: Op) -> bool:
        """Whether `user` alone reads what `op` makes."""
        return op.output not in self.outputs and self.users(op.output) == [user]

    def with_ops(self, ops: Iterable[Op]) -> Graph:
        """The same graph with other operators."""
        return replace(self, ops=tuple(ops))


def pruned(graph: Graph) -> Graph:
    """The graph without the operators that no output needs."""
    needed = set(graph.outputs)
    kept: list[Op] = []
    for op in reversed(graph.ops):
        if op.output in needed:
            needed.update(op.inputs)
            kept.append(op)
    return graph.with_ops(reversed(kept))
