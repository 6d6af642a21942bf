"""Everything that `carebot watch` writes besides its events on standard output."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from carebot.errors import ConfigError, RecordsError
from carebot.watch.annotated_video import AnnotatedVideo
from carebot.watch.event_line import event_line
from carebot.watch.plot import CoursePlot
from carebot.watch.watcher import Seen


class Outputs:
    """The events' file, the annotated video and the plot, each where it is wanted; all are complete when it is left,
    also after an interruption.

    Raises:
        ConfigError: at once, where a file could not be written in the end: no such folder, or an unknown ending.
        RecordsError: a file cannot be written, or not be finished (the disk is full).
    """

    def __init__(
        self,
        title: str,
        fps: float,
        events: Path | None,
        annotated: Path | None,
        plot: Path | None,
        show_pixels: bool,
    ) -> None:
        _check(annotated, (".mp4",))
        _check(plot, PLOT_ENDINGS)
        _check(events)
        self._stack = ExitStack()
        with ExitStack() as opening:
            self._events = opening.enter_context(_events_file(events)) if events else None
            self._video = opening.enter_context(AnnotatedVideo(annotated, fps, show_pixels)) if annotated else None
            self._stack = opening.pop_all()
        self._plot_path = plot
        self._plot = CoursePlot(title)

    def write(self, seen: Seen) -> None:
        for event in seen.events:
            if self._events:
                _write(self._events, f"{event_line(event)}\n".encode())
        if self._video:
            self._video.write(seen)
        if self._plot_path:
            self._plot.add(seen.people.time_s, seen.observations, seen.events)

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if self._plot_path:
                self._plot.save(self._plot_path)


def _check(path: Path | None, endings: tuple[str, ...] = ()) -> None:
    if path is None:
        return
    if not path.parent.is_dir():
        raise ConfigError(f"{path} cannot be written because the folder {path.parent} does not exist: make it first.")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder: give the name of a file in it.")
    if endings and path.suffix.lower() not in endings:
        raise ConfigError(f"{path} cannot be written because its ending is unknown: end it in {' or '.join(endings)}.")


def _events_file(path: Path) -> BinaryIO:
    try:
        return path.open("wb", buffering=0)  # each event is on its way to the disk at once, or its failure is known
    except OSError as error:
        raise RecordsError(f"{path} cannot be written ({error.strerror}): check the folder and its rights.") from None


def _write(file: BinaryIO, data: bytes) -> None:
    try:
        file.write(data)
    except OSError as error:
        raise RecordsError(f"{file.name} cannot be written ({error.strerror}): make room on the disk.") from None


PLOT_ENDINGS = (".png", ".svg", ".pdf", ".jpg")
