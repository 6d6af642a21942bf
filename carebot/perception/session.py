"""The one place where an onnxruntime session for a chosen device is made."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from carebot.errors import ModelError
from carebot.perception.providers import (
    CPU,
    CUDA,
    PACKAGES,
    TENSORRT,
    TITLES,
    SessionOptions,
    to_try,
    with_settings,
)
from carebot.small_model import ERRORS_ONLY, ORT_ERRORS

__all__ = ["Session", "SessionOptions"]

Array = NDArray[Any]
Feeds = Mapping[str, Array]
Size = tuple[int, int]
"""(width, height) in pixels."""

ANY_SIZE: Size = (256, 256)


class Session:
    """A model that is loaded, has run once, and says what it really runs on. Not for several threads at a time.

    Attributes:
        path: the ONNX file.
        provider: the execution provider that really runs.
        fallback_reason: one sentence why that is not the one wished for, or None where it is.
        input_shapes: shape of each input as the file states it; None stands for a free dimension.
        input_types: numpy type of each input.
        output_names: the outputs in the file's order.
        output_shapes: shape of each output of the warm-up run (free dimensions of the input: batch 1, `input_size`).
    """

    path: Path
    provider: str
    fallback_reason: str | None
    input_shapes: dict[str, tuple[int | None, ...]]
    input_types: dict[str, np.dtype[Any]]
    output_names: tuple[str, ...]
    output_shapes: dict[str, tuple[int, ...]]

    def __init__(self, path: Path, options: SessionOptions | None = None, input_size: Size | None = None) -> None:
        """Load `path` and warm it up. `input_size` fills in the free width and height of a picture input.

        Raises:
            ModelError: the file is missing, damaged, not ONNX, or cannot be run on this machine.
        """
        self.path = path
        _refuse_what_is_no_file(path)
        self._start(options or SessionOptions(), input_size or ANY_SIZE)

    def run(self, feeds: Feeds) -> dict[str, Array]:
        """All outputs for `feeds` (an array for each input).

        Raises:
            ModelError: an input is missing or does not fit, or the device failed.
        """
        try:
            return dict(zip(self.output_names, self._run(feeds), strict=True))
        except ORT_ERRORS as error:
            where = TITLES[self.provider]
            raise ModelError(
                f"{self.path} could not be run on {where} ({_in_short(error)}): "
                f"check that the model is for this task, or choose another device."
            ) from None

    def _start(self, options: SessionOptions, size: Size) -> None:
        available = options.available if options.available is not None else onnxruntime.get_available_providers()
        failures: list[str] = []
        for provider in to_try(options.device, available):
            try:
                self._load(provider, options, available)
                self._warm_up(provider, size)
            except CANNOT_START as error:
                failures.append(_failure(provider, _in_short(error), available))
                last = error
                continue
            self.provider = provider
            self.fallback_reason = _fallback_reason(failures, provider)
            return
        raise ModelError(
            f"{self.path} cannot be used as a model ({_in_short(last)}): "
            f"it is damaged, not ONNX or not for this program, so pull or convert it again."
        )

    def _load(self, provider: str, options: SessionOptions, available: tuple[str, ...] | list[str]) -> None:
        chosen = with_settings(provider, options, available)
        with warnings.catch_warnings():
            # onnxruntime only warns when it leaves a provider out; `_refuse_silent_fallback` raises instead.
            warnings.simplefilter("ignore")
            onnxruntime.set_default_logger_severity(ERRORS_ONLY)
            self._session = onnxruntime.InferenceSession(
                str(self.path), _native_options(options), providers=chosen, enable_fallback=0
            )
        _refuse_silent_fallback(self._session, provider)

    def _warm_up(self, provider: str, size: Size) -> None:
        inputs = self._session.get_inputs()
        self.input_shapes = {each.name: _shape(each.shape) for each in inputs}
        self.input_types = {each.name: _dtype(each.type) for each in inputs}
        self.output_names = tuple(each.name for each in self._session.get_outputs())
        self._run = _runner(self._session, provider)
        outputs = self._run(self.zero_feeds(size))
        self.output_shapes = {name: np.shape(output) for name, output in zip(self.output_names, outputs, strict=True)}
        _refuse_silent_fallback(self._session, provider)

    def zero_feeds(self, size: Size = ANY_SIZE) -> dict[str, Array]:
        """Zeros of a shape that every input takes."""
        return {
            name: np.zeros(_filled(shape, size), self.input_types[name]) for name, shape in self.input_shapes.items()
        }


CANNOT_START: tuple[type[Exception], ...] = (*ORT_ERRORS, OSError)


def _native_options(options: SessionOptions) -> Any:
    native_options = onnxruntime.SessionOptions()
    native_options.log_severity_level = ERRORS_ONLY
    native_options.intra_op_num_threads = options.threads
    native_options.inter_op_num_threads = 1
    for key, value in SETTINGS.items():
        native_options.add_session_config_entry(key, value)
    return native_options


SETTINGS = {
    "session.intra_op.allow_spinning": "0",  # waiting threads would burn a core that other nodes need
    "session.inter_op.allow_spinning": "0",
    "session.record_ep_graph_assignment_info": "1",
}


def _runner(session: Any, provider: str) -> Callable[[Feeds], list[Array]]:
    if provider in (CUDA, TENSORRT):
        return BoundRun(session, "cuda")
    return lambda feeds: list(session.run(None, dict(feeds)))


class BoundRun:
    """Runs a session with its inputs in buffers that stay on the device from one run to the next."""

    def __init__(self, session: Any, device: str) -> None:
        self._session = session
        self._device = device
        self._binding = session.io_binding()
        self._buffers: dict[str, Any] = {}

    def __call__(self, feeds: Feeds) -> list[Array]:
        for name, array in feeds.items():
            self._send(name, np.ascontiguousarray(array))
        for output in self._session.get_outputs():
            self._binding.bind_output(output.name)  # anew, as the last run's result may have another shape
        self._session.run_with_iobinding(self._binding)
        return list(self._binding.copy_outputs_to_cpu())

    def _send(self, name: str, array: Array) -> None:
        buffer = self._buffers.get(name)
        if buffer is not None and _same_kind(buffer, array):
            buffer.update_inplace(array)
        else:
            self._buffers[name] = onnxruntime.OrtValue.ortvalue_from_numpy(array.copy(), self._device, 0)
        self._binding.bind_ortvalue_input(name, self._buffers[name])


def _same_kind(buffer: Any, array: Array) -> bool:
    return tuple(buffer.shape()) == array.shape and _dtype(buffer.data_type()) == array.dtype


def _refuse_silent_fallback(session: Any, provider: str) -> None:
    """Raise RuntimeError where onnxruntime quietly runs something else than `provider`."""
    if session.get_providers()[0] != provider:
        raise RuntimeError("onnxruntime left it out, as its libraries, its driver or the device are missing")
    if (placed := _placed_on(session)) and provider not in placed:
        raise RuntimeError("it takes no part of this model")


def _placed_on(session: Any) -> set[str]:
    """The providers that got nodes of the graph; empty where this onnxruntime cannot tell (before 1.24)."""
    if not hasattr(session, "get_provider_graph_assignment_info"):
        return set()
    return {part.ep_name for part in session.get_provider_graph_assignment_info()}


def _failure(provider: str, reason: str, available: tuple[str, ...] | list[str]) -> str:
    if provider not in available and provider != CPU:
        reason = f"this onnxruntime is built without it, see the package {PACKAGES[provider]}"
    return f"{TITLES[provider]} did not start ({reason})"


def _fallback_reason(failures: list[str], provider: str) -> str | None:
    if not failures:
        return None
    return f"{' and '.join(failures)}, so the model runs on {TITLES[provider]}."


def _refuse_what_is_no_file(path: Path) -> None:
    if not path.exists():
        raise ModelError(f"{path} does not exist: check the name, or get it with `carebot models pull NAME`.")
    if not path.is_file():
        raise ModelError(f"{path} is not a file: give the path of an ONNX file.")


def _shape(shape: list[Any]) -> tuple[int | None, ...]:
    return tuple(each if isinstance(each, int) else None for each in shape)


def _filled(shape: tuple[int | None, ...], size: Size) -> tuple[int, ...]:
    """`shape` with its free dimensions filled in: those of a picture after the batch are height, then width."""
    picture = iter((size[1], size[0]) if len(shape) == 4 else ())
    return tuple(
        each if each is not None else (1 if position == 0 else next(picture, 1)) for position, each in enumerate(shape)
    )


def _dtype(onnx_type: str) -> np.dtype[Any]:
    name = onnx_type.removeprefix("tensor(").removesuffix(")")
    try:
        return np.dtype({"float": "float32", "double": "float64"}.get(name, name))
    except TypeError:
        raise ValueError(f"an input is {onnx_type}, which is not a plain tensor") from None


def _in_short(error: Exception) -> str:
    """onnxruntime's message on one line, without its source line and prefix, no longer than a person reads."""
    text = " ".join(str(error).split()).rstrip(".")
    text = re.sub(r"^\S+\.(?:cc|h):\d+ [^)]*\) ", "", text).rpartition("[ONNXRuntimeError] : ")[2]
    return text if len(text) <= 200 else f"{text[:200]}…"
