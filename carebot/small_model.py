"""Small models on one thread of the CPU, for any room; perception has a session of its own, for every device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from carebot.errors import ModelError

ERRORS_ONLY = 3
ORT_ERRORS: tuple[type[Exception], ...] = (
    # onnxruntime's own errors have no common parent.
    *(each for each in vars(native).values() if isinstance(each, type) and issubclass(each, Exception)),
    RuntimeError,
    ValueError,
)


def load_small_model(path: Path, use: str, remedy: str) -> Any:
    """An onnxruntime session of `path`; `use` and `remedy` complete the sentence of the error.

    Raises:
        ModelError: the file is missing, damaged, or not ONNX.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        shown = " ".join(str(error).split())[:200]
        raise ModelError(f"{path} cannot be used for {use} ({shown}): {remedy}.") from None
