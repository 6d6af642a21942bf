"""Trained networks of convolutions as ONNX, written operator by operator: no exporter, the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from carebot.falls.window import CHANNELS, STEPS
from training.motions import CLASSES


def write_onnx(networks: Sequence[Any], doubts: Mapping[str, float], path: Path) -> None:
    """What the networks say together: the geometric mean of their probabilities, each class times its doubt.

    A network is a torch Sequential of Conv1d, ReLU, Flatten, Dropout and Linear, which ends before the softmax.
    """
    nodes: list[Any] = []
    weights: list[Any] = []
    ends = [_add(network, f"network{number}", nodes, weights) for number, network in enumerate(networks)]
    factors = np.log([doubts.get(name, 1.0) for name in CLASSES]).astype(np.float32)
    weights.append(numpy_helper.from_array(factors, "doubts"))
    nodes += [
        helper.make_node("Mean", ends, ["mean"]),
        helper.make_node("Add", ["mean", "doubts"], ["doubted"]),
        helper.make_node("Softmax", ["doubted"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "fall_postures",
        [helper.make_tensor_value_info("window", TensorProto.FLOAT, ["n", CHANNELS, STEPS])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(CLASSES)])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="carebot")
    model.ir_version = 8
    helper.set_model_props(model, {"classes": ",".join(CLASSES)})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def _add(network: Any, name: str, nodes: list[Any], weights: list[Any]) -> str:
    """Puts its layers to the others; the name of what comes out of the last."""
    last = "window"
    for number, layer in enumerate(network):
        kind, out = type(layer).__name__, f"{name}.{number}"
        if kind == "Dropout":
            continue
        inputs = [last]
        for part in ("weight", "bias"):
            if hasattr(layer, part):
                array = getattr(layer, part).detach().numpy()
                weights.append(numpy_helper.from_array(array, f"{out}.{part}"))
                inputs.append(f"{out}.{part}")
        nodes.append(_node(kind, layer, inputs, out))
        last = out
    return last


def _node(kind: str, layer: Any, inputs: list[str], out: str) -> Any:
    if kind == "Conv1d":
        pads = [layer.padding[0]] * 2
        return helper.make_node("Conv", inputs, [out], strides=list(layer.stride), pads=pads)
    if kind == "Linear":
        return helper.make_node("Gemm", inputs, [out], transB=1)
    return helper.make_node({"ReLU": "Relu", "Flatten": "Flatten"}[kind], inputs, [out])
