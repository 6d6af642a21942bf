"""Which onnxruntime execution provider is tried when, and with which settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from carebot.errors import ConfigError
from carebot.resources import data_dir

Device = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
TENSORRT = "TensorrtExecutionProvider"
OPENVINO = "OpenVINOExecutionProvider"

FASTEST_FIRST = (TENSORRT, CUDA, OPENVINO, CPU)
NAMES = {"cpu": CPU, "cuda": CUDA, "tensorrt": TENSORRT, "openvino": OPENVINO}
TITLES = {CPU: "the CPU", CUDA: "CUDA", TENSORRT: "TensorRT", OPENVINO: "OpenVINO"}
PACKAGES = {CUDA: "onnxruntime-gpu", TENSORRT: "onnxruntime-gpu", OPENVINO: "onnxruntime-openvino"}
MOST_THREADS = 1024


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a model is run.

    `device` is what is wished for; "auto" takes the fastest that starts. `threads` is the number of CPU threads of one
    run. `engines_dir` keeps what TensorRT and OpenVINO compile (None: `engines/` in the data folder).
    `available` replaces onnxruntime's own list of providers (None: ask onnxruntime).

    Raises:
        ConfigError: an unknown device, fewer than one thread, or more than any machine has.
    """

    device: Device = "auto"
    threads: int = 1
    engines_dir: Path | None = None
    available: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.device not in get_args(Device):
            raise ConfigError(f"device '{self.device}' is unknown: use one of {', '.join(get_args(Device))}.")
        if self.threads < 1:
            raise ConfigError(f"threads is {self.threads}, but a model needs at least one: set it to 1 or more.")
        if self.threads > MOST_THREADS:
            raise ConfigError(
                f"threads is {self.threads}, more than any machine has: set it to {MOST_THREADS} at most."
            )


def to_try(device: Device, available: Sequence[str]) -> list[str]:
    """The providers to try, in this order; the CPU is always the last."""
    if device == "auto":
        return [name for name in FASTEST_FIRST if name in available or name == CPU]
    return [CPU] if device == "cpu" else [NAMES[device], CPU]


def with_settings(provider: str, options: SessionOptions, available: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """`provider` with its settings, followed by those that take the nodes it leaves."""
    names = [provider]
    if provider == TENSORRT and CUDA in available:
        names.append(CUDA)
    if provider != CPU:
        names.append(CPU)
    return [(name, _settings(name, options)) for name in names]


def _settings(provider: str, options: SessionOptions) -> dict[str, Any]:
    if provider not in (TENSORRT, OPENVINO):
        return {}
    engines = options.engines_dir or data_dir() / "engines"
    engines.mkdir(parents=True, exist_ok=True)
    if provider == OPENVINO:
        return {"num_of_threads": options.threads, "cache_dir": str(engines)}
    return {
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": str(engines),
        "trt_timing_cache_enable": True,
        "trt_timing_cache_path": str(engines),
    }
