"""Watches labelled recordings, one or several at a time."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from carebot.alerts import FallEventKind
from carebot.errors import CarebotError, ModelError
from carebot.evaluation.judgement import Judged, Watched, failed, judge
from carebot.evaluation.keypoint_file import KeypointFile
from carebot.evaluation.labels import Recording
from carebot.falls.monitor import FallMonitor
from carebot.falls.network import shipped_network
from carebot.geometry import CameraMounting
from carebot.people import People
from carebot.workers import done_by

Device = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]
Crop = tuple[int, int, int, int]
"""x, y, width and height in pixels."""
DARK_S, DARK_STEP_S = 1.0, 0.1
"""How long nobody is seen after a recording's end: more than `FallParameters.lost_after_s`."""


@dataclass(frozen=True, slots=True)
class Way:
    """How recordings are watched: `model` and `device` are the pose model's, `crop` the part of videos to look at."""

    model: str = "blazepose"
    device: Device = "cpu"
    crop: Crop | None = None
    mounting: CameraMounting = field(default_factory=CameraMounting)
    draw: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recording, and its timeline as a PNG picture where one was asked for."""

    judged: Judged
    plot: bytes = b""


def watch_all(
    recordings: Sequence[Recording], way: Way, jobs: int, on_outcome: Callable[[Outcome], None]
) -> list[Outcome]:
    """Every recording's outcome, in their order; `on_outcome` is told of each as it comes.

    Raises:
        ModelError: the pose model cannot be used; a recording that cannot be watched is an outcome with a problem.
        SetupError: one of several processes was ended from outside.
    """
    outcomes: dict[int, Outcome] = {}
    for number, outcome in done_by([partial(watch_one, each, way) for each in recordings], jobs):
        outcomes[number] = outcome
        on_outcome(outcome)
    return [outcomes[number] for number in range(len(recordings))]


def watch_one(recording: Recording, way: Way) -> Outcome:
    """Raises ModelError where the pose model cannot be used."""
    missing: list[str] = []
    try:
        course = list(_course(recording.path, way, missing.append))
    except ModelError:
        raise
    except CarebotError as error:
        return Outcome(failed(recording, str(error)))
    judged = judge(recording, course, incomplete=", ".join(missing))
    return Outcome(judged, _plot(recording, course) if way.draw else b"")


def _course(path: Path, way: Way, on_missing: Callable[[str], None]) -> Iterator[Watched]:
    yield from watch(_people(path, way, on_missing), FallMonitor(mounting=way.mounting, classifier=shipped_network()))


def watch(pictures: Iterable[People], monitor: FallMonitor) -> Iterator[Watched]:
    """What comes of each picture.

    A recording's end is a loss of sight: who is falling then, or has just come to lie, is as suspect as somebody who
    vanished so. Nobody is confirmed by it.
    """
    last: People | None = None
    for people in pictures:
        last, events = people, tuple(monitor.step(people))
        surest = max((float(each.keypoints[:, 2].max()) for each in people.people), default=0.0)
        yield Watched(people.time_s, tuple(monitor.observations()), events, surest)
    if last is None:
        return
    for tick in range(1, round(DARK_S / DARK_STEP_S) + 1):
        events = tuple(monitor.step(replace(last, time_s=last.time_s + tick * DARK_STEP_S, people=())))
        suspected = tuple(replace(e, time_s=last.time_s) for e in events if e.kind is FallEventKind.SUSPECTED)
        if suspected:
            yield Watched(last.time_s, (), suspected)


def _people(path: Path, way: Way, on_missing: Callable[[str], None]) -> Iterator[People]:
    """Everybody in each picture; `on_missing` is told at the end what could not be read."""
    return KeypointFile(path).people() if path.suffix.lower() == ".npz" else _people_of_video(path, way, on_missing)


def _people_of_video(path: Path, way: Way, on_missing: Callable[[str], None]) -> Iterator[People]:
    from carebot.clock import ManualClock
    from carebot.perception.estimators.factory import make_estimator
    from carebot.perception.pipeline import PerceptionPipeline
    from carebot.perception.registry import load_registry
    from carebot.perception.session import SessionOptions
    from carebot.perception.sources.factory import open_source
    from carebot.watch.cropping import cut

    options = SessionOptions(device=way.device)
    pipeline = PerceptionPipeline(make_estimator(load_registry().get(way.model), options))
    with open_source(str(path.absolute()), ManualClock()) as source:
        while (frame := source.read()) is not None:
            yield pipeline.step(cut(frame, way.crop, source.name))
        if source.incomplete:
            on_missing(source.incomplete)


def _plot(recording: Recording, course: Sequence[Watched]) -> bytes:
    from carebot.watch.plot import CoursePlot

    plot = CoursePlot(f"{recording.name} ({'fall' if recording.is_fall else 'activity'})")
    for each in course:
        plot.add(each.time_s, each.observations, each.events)
    if recording.is_fall and recording.onset_s is not None:
        plot.mark_onset(recording.onset_s)
    drawn = io.BytesIO()
    plot.save(drawn)
    return drawn.getvalue()
