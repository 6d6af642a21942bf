"""A trained network of convolutions as ONNX, written operator by operator: no exporter, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper, numpy_helper

from carebot.falls.window import CHANNELS, STEPS
from training.motions import CLASSES


def write_onnx(network: Any, path: Path) -> None:
    """`network` is a torch Sequential of Conv1d, ReLU, Flatten, Dropout and Linear; a softmax is put behind it."""
    nodes, weights, last = [], [], "window"
    for number, layer in enumerate(network):
        kind, out = type(layer).__name__, f"layer{number}"
        if kind == "Dropout":
            continue
        inputs = [last]
        for name in ("weight", "bias"):
            if hasattr(layer, name):
                array = getattr(layer, name).detach().numpy()
                weights.append(numpy_helper.from_array(array, f"{out}.{name}"))
                inputs.append(f"{out}.{name}")
        nodes.append(_node(kind, layer, inputs, out))
        last = out
    nodes.append(helper.make_node("Softmax", [last], ["probabilities"], axis=1))
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


def _node(kind: str, layer: Any, inputs: list[str], out: str) -> Any:
    if kind == "Conv1d":
        pads = [layer.padding[0]] * 2
        return helper.make_node("Conv", inputs, [out], strides=list(layer.stride), pads=pads)
    if kind == "Linear":
        return helper.make_node("Gemm", inputs, [out], transB=1)
    return helper.make_node({"ReLU": "Relu", "Flatten": "Flatten"}[kind], inputs, [out])
