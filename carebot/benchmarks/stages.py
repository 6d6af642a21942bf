"""CPU time of each stage of perception, for one picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2

from carebot.people import People
from carebot.perception.estimators.blazepose.detector import Detector
from carebot.perception.estimators.blazepose.landmarks import Landmarker
from carebot.perception.estimators.factory import make_estimator
from carebot.perception.frames import Frame
from carebot.perception.pipeline import PerceptionPipeline
from carebot.perception.registry import load_registry
from carebot.perception.session import SessionOptions
from carebot.perception.tracker import Tracker

WARM_UP_FRAMES = 10
STAGES: dict[str, tuple[type, str]] = {
    "detector": (Detector, "detect"),
    "landmarks": (Landmarker, "find"),
    "tracker": (Tracker, "step"),
}


@dataclass(frozen=True, slots=True)
class StageReport:
    """Milliseconds of CPU a picture, all threads together; the stages' own, and how often each ran for one picture."""

    provider: str
    frames: int
    cpu_ms_per_frame: float
    frames_per_s: float
    stage_ms: dict[str, float]
    stage_runs_per_frame: dict[str, float]
    people: tuple[People, ...]


def measure(frames: Sequence[Frame], model: str = "blazepose") -> StageReport:
    """Runs all `frames` through a new pipeline on one CPU thread; the first ones warm up and do not count."""
    cv2.setNumThreads(1)
    options = SessionOptions(device="cpu", threads=1)
    pipeline = PerceptionPipeline(make_estimator(load_registry().get(model), options))
    warm_up = min(WARM_UP_FRAMES, len(frames) // 2)
    people = [pipeline.step(frame) for frame in frames[:warm_up]]
    with _stage_clocks() as clocks:
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        people += [pipeline.step(frame) for frame in frames[warm_up:]]
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    count = max(len(frames) - warm_up, 1)
    return StageReport(
        provider=pipeline.provider,
        frames=count,
        cpu_ms_per_frame=1e3 * cpu_s / count,
        frames_per_s=count / wall_s,
        stage_ms={name: 1e3 * clock.spent_s / count for name, clock in clocks.items()},
        stage_runs_per_frame={name: clock.runs / count for name, clock in clocks.items()},
        people=tuple(people),
    )


@dataclass
class _Clock:
    spent_s: float = 0.0
    runs: int = 0

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started_s = time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                self.spent_s += time.thread_time() - started_s
                self.runs += 1

        return timed


@contextmanager
def _stage_clocks() -> Iterator[dict[str, _Clock]]:
    """Puts a clock round each stage's method, and takes it off again."""
    clocks = {name: _Clock() for name in STAGES}
    before = {name: getattr(owner, method) for name, (owner, method) in STAGES.items()}
    for name, (owner, method) in STAGES.items():
        setattr(owner, method, clocks[name].around(before[name]))
    try:
        yield clocks
    finally:
        for name, (owner, method) in STAGES.items():
            setattr(owner, method, before[name])
