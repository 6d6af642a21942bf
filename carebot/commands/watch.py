"""`carebot watch`: the main job on any video, camera or stream, without ROS."""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from carebot.geometry import CameraMounting

if TYPE_CHECKING:
    from carebot.perception.frames import Frame
    from carebot.perception.session import SessionOptions
    from carebot.perception.sources.base import FrameSource
    from carebot.watch.watcher import Watcher

Device = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]


def watch(
    source: Annotated[
        str, typer.Argument(help="A video, a folder of pictures, a camera (0, /dev/video0) or a stream.")
    ],
    events: Annotated[Path | None, typer.Option(help="Write each event here as one JSON line.")] = None,
    annotated: Annotated[Path | None, typer.Option(help="Write a video (mp4) with the skeletons on black.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture (png) of angles, heights and states.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Do not wait for a recording's own time.")] = False,
    model: Annotated[str, typer.Option(help="The pose model, by its name in the registry.")] = "blazepose",
    device: Annotated[Device, typer.Option(help="What the pose model runs on.")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="Threads of the pose model on a CPU.")] = 1,
    crop: Annotated[str | None, typer.Option(help="Look only at this part: X,Y,W,H in pixels.")] = None,
    show_pixels: Annotated[
        bool, typer.Option("--show-pixels", help="Keep the picture in the annotated video.")
    ] = False,
    height_m: Annotated[float, typer.Option(min=0.05, max=5, help="The camera's height above the floor.")] = 1.1,
    pitch_deg: Annotated[float, typer.Option(min=-90, max=90, help="How far the camera looks down.")] = 0.0,
    roll_deg: Annotated[float, typer.Option(min=-180, max=180, help="How far it is turned clockwise.")] = 0.0,
    vertical_fov_deg: Annotated[float, typer.Option(min=5, max=170, help="Its opening angle, top to bottom.")] = 49.0,
) -> None:
    """Watch SOURCE for falls; each event is a JSON line on standard output, with its reason.

    Exit code 0: watched to the end, whether or not somebody fell; 2: the source or a model cannot be used.
    """
    from carebot.clock import MonotonicClock
    from carebot.perception.session import SessionOptions
    from carebot.perception.sources.factory import open_source
    from carebot.watch.cropping import cut, parse_part
    from carebot.watch.event_line import event_line
    from carebot.watch.outputs import Outputs

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: what was written is finished first
    part = parse_part(crop)
    angles = [math.radians(angle) for angle in (pitch_deg, roll_deg, vertical_fov_deg)]
    watcher = _watcher(model, SessionOptions(device=device, threads=threads), CameraMounting(height_m, *angles))
    with (
        open_source(source, MonotonicClock()) as opened,
        Outputs(opened.name, opened.fps or 15.0, events, annotated, plot, show_pixels) as outputs,
        _Progress(opened, watcher.provider) as progress,
    ):
        for frame in _frames(opened, paced=not fast):
            seen = watcher.step(cut(frame, part, opened.name))
            outputs.write(seen)
            for event in seen.events:
                print(event_line(event), flush=True)
            progress.advance(len(seen.people.people))


def _watcher(model: str, options: SessionOptions, mounting: CameraMounting) -> Watcher:
    from carebot.falls.monitor import FallMonitor
    from carebot.falls.network import shipped_network
    from carebot.perception.estimators.factory import make_estimator
    from carebot.perception.pipeline import PerceptionPipeline
    from carebot.perception.registry import load_registry
    from carebot.watch.watcher import Watcher

    estimator = make_estimator(load_registry().get(model), options)
    return Watcher(PerceptionPipeline(estimator), FallMonitor(mounting=mounting, classifier=shipped_network()))


def _frames(source: FrameSource, paced: bool) -> Iterator[Frame]:
    """All frames of `source`, timed from its first one; a recording at its own pace where `paced`, none left out."""
    first_s, started_s = None, time.monotonic()
    while (frame := source.read()) is not None:
        first_s = frame.time_s if first_s is None else first_s
        since_s = frame.time_s - first_s
        if paced and not source.is_live:
            time.sleep(max(0.0, started_s + since_s - time.monotonic()))
        yield type(frame)(since_s, frame.sequence, frame.image)


class _Progress:
    """A bar on a terminal's standard error; silent elsewhere, but for one closing line."""

    def __init__(self, source: FrameSource, provider: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True)
        self._name, self._provider = source.name, provider
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar = Progress(*columns, console=self._console, transient=True, disable=not sys.stderr.isatty())
        self._task = self._bar.add_task(source.name, total=source.frame_count)
        self._frames = self._with_people = 0
        self._started_s = time.monotonic()

    def advance(self, people: int) -> None:
        self._frames += 1
        self._with_people += people > 0
        self._bar.advance(self._task)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._bar.stop()
        if kind is not None and not issubclass(kind, KeyboardInterrupt):
            return
        per_s = self._frames / max(time.monotonic() - self._started_s, 1e-9)
        somebody = 100.0 * self._with_people / max(self._frames, 1)
        summary = f"{self._frames} pictures, {per_s:.0f} a second on {self._provider}, somebody in {somebody:.0f} %"
        self._console.print(f"{self._name}: {summary}.", highlight=False, markup=False, soft_wrap=True)
