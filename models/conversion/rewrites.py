"""Rewrites that leave a graph's result as it is and make it faster in onnxruntime.

onnxruntime computes convolutions on channels in blocks of 8 or 16 (its NCHWc layout). What it cannot do in that layout
(paddings, depth-to-space, transposes) costs a pass over the data there and another one back, so these rewrites turn
such operators into convolutions, or into nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .graph import Floats, Graph, Op, pruned


def rewritten(graph: Graph) -> Graph:
    """All rewrites, in the order in which they help each other."""
    for rewrite in (fold_depth_to_space, fold_pads, resize_after_pointwise):
        graph = rewrite(graph)
    return graph


def fold_pads(graph: Graph) -> Graph:
    """Lets convolutions do the padding that a pad operator did before them."""
    folded = [_with_folded_pad(graph, op) for op in graph.ops]
    return pruned(graph.with_ops(folded))


def _with_folded_pad(graph: Graph, op: Op) -> Op:
    pad = graph.maker(op.inputs[0])
    if op.kind != "conv" or pad is None or pad.kind != "pad":
        return op
    pads = [a + b for a, b in zip(op.pads, pad.pads, strict=True)]
    return replace(op, inputs=pad.inputs, pads=(pads[0], pads[1], pads[2], pads[3]))


def resize_after_pointwise(graph: Graph) -> Graph:
    """Swaps a bilinear enlargement with the 1x1 convolution after it, which then works on a quarter of the places.

    Both are linear and the weights of an enlargement add up to one, so the bias passes too. The activation stays last.
    """
    ops: list[Op] = []
    swapped: set[str] = set()
    for op in graph.ops:
        resize = graph.maker(op.inputs[0])
        if resize is None or resize.kind != "resize" or not op.is_pointwise() or not graph.feeds_only(resize, op):
            ops.append(op)
            continue
        swapped.add(resize.output)
        small = replace(op, inputs=resize.inputs, output=op.output + "_small", activation="none")
        large = replace(resize, inputs=(small.output,), output=op.output, activation=op.activation, shape=op.shape)
        ops += [small, large]
    return graph.with_ops(op for op in ops if op.output not in swapped)


def fold_depth_to_space(graph: Graph) -> Graph:
    """Does without depth-to-space before a padded depthwise convolution of the same stride and a 1x1 convolution.

    The step of the convolution is the block's size f, so each of its places reads whole blocks of f x f: tap (y, x)
    reads block (y // f, x // f), and in it the place (y % f, x % f), which is a group of channels before
    depth-to-space. So the depthwise convolution can read the groups of channels with those taps that fall on them, and
    the 1x1 convolution after it, its weights repeated for each group, adds the groups up.
    """
    ops: list[Op] = []
    for op in graph.ops:
        chain = _depth_to_space_chain(graph, op)
        ops += [op] if chain is None else _grouped(chain)
    return pruned(graph.with_ops(ops))


Chain = tuple[Op, Op, Op, Op]


def _depth_to_space_chain(graph: Graph, last: Op) -> Chain | None:
    """(depth-to-space, pad, depthwise, pointwise) where `last` ends such a chain."""
    chain = [last]
    for kind in ("conv", "pad", "depth_to_space"):
        before = graph.maker(chain[0].inputs[0])
        if before is None or before.kind != kind:
            return None
        chain.insert(0, before)
    shuffle, pad, depthwise, pointwise = chain
    f = shuffle.factor
    if not pointwise.is_pointwise() or depthwise.groups == 1 or depthwise.activation != "none":
        return None
    ready = depthwise.stride == (f, f) and not any(depthwise.pads) and graph.feeds_only(depthwise, pointwise)
    return (shuffle, pad, depthwise, pointwise) if ready else None


def _grouped(chain: Chain) -> list[Op]:
    shuffle, pad, depthwise, pointwise = chain
    f = shuffle.factor
    top, left = pad.pads[:2]
    weight = taps_by_block(depthwise.weights(), f, top, left)
    blocks_above, blocks_left = -(-top // f), -(-left // f)
    pads = (blocks_above, blocks_left, weight.shape[2] - 1 - blocks_above, weight.shape[3] - 1 - blocks_left)
    # The groups are added up afterwards, so only the first may carry the bias.
    bias = np.concatenate([depthwise.biases(), np.zeros(len(weight) - len(depthwise.biases()), np.float32)])
    wide = replace(
        depthwise,
        inputs=shuffle.inputs,
        output=depthwise.output + "_blocks",
        weight=weight,
        bias=bias,
        groups=len(weight),
        stride=(1, 1),
        pads=pads,
    )
    repeated = np.tile(pointwise.weights(), (1, f * f, 1, 1))
    return [wide, replace(pointwise, inputs=(wide.output,), weight=repeated)]


def taps_by_block(weight: Floats, f: int, top: int, left: int) -> Floats:
    """Depthwise taps over a picture padded by `top` and `left`, sorted by the place in a block on which they fall.

    The taps are (channels, 1, height, width), the result (f * f * channels, 1, blocks down, blocks across).
    """
    channels, _, height, width = weight.shape
    down, right = -top % f, -left % f
    rows, columns = -(-(height + down) // f), -(-(width + right) // f)
    full = np.zeros((channels, rows * f, columns * f), np.float32)
    full[:, down : down + height, right : right + width] = weight[:, 0]
    blocks = full.reshape(channels, rows, f, columns, f).transpose(2, 4, 0, 1, 3)
    return np.ascontiguousarray(blocks.reshape(f * f * channels, 1, rows, columns))
