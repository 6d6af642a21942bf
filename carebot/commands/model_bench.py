"""How long one run of a model takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carebot.commands.model_checks import NOT_PULLED, check_files
from carebot.perception.registry import ModelEntry, ModelFile
from carebot.perception.session import Session, SessionOptions
from carebot.perception.verification import verified


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians over `runs` runs of one file; `cpu_ms` is process time over all threads, `wall_ms` the clock's."""

    model: str
    role: str
    provider: str
    fallback_reason: str | None
    runs: int
    cpu_ms: float
    wall_ms: float


def bench_entry(entry: ModelEntry, options: SessionOptions, runs: int, *, must_be_here: bool) -> list[Timing]:
    """Time each file of `entry`; nothing for a model that has not been pulled, unless it `must_be_here`."""
    if not must_be_here and any(check.state == NOT_PULLED for check in check_files(entry, must_be_here=False)):
        return []
    return [_bench(entry.name, file, options, runs) for file in entry.files]


def _bench(model: str, file: ModelFile, options: SessionOptions, runs: int) -> Timing:
    session = Session(verified(file), options, file.input_size)
    random = np.random.default_rng(0)
    feeds = {name: _like(zeros, random) for name, zeros in session.zero_feeds().items()}
    times_ms = [_timed_ms(lambda: session.run(feeds)) for _ in range(runs)]
    cpu_ms, wall_ms = (median(column) for column in zip(*times_ms, strict=True))
    return Timing(model, file.role, session.provider, session.fallback_reason, runs, cpu_ms, wall_ms)


def _timed_ms(run: Callable[[], object]) -> tuple[float, float]:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    run()
    return (time.process_time() - cpu_s) * 1e3, (time.perf_counter() - wall_s) * 1e3


def _like(zeros: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Noise of the same shape and type: 0..1 for real numbers, 0..255 for whole ones."""
    if zeros.dtype.kind == "f":
        return random.random(zeros.shape).astype(zeros.dtype)
    return random.integers(0, 128 if zeros.dtype == np.int8 else 256, zeros.shape).astype(zeros.dtype)
