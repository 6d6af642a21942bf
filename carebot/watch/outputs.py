"""Everything that `carebot watch` writes besides its events on standard output."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

from carebot.errors import RecordsError
from carebot.watch.annotated_video import AnnotatedVideo
from carebot.watch.event_line import event_line
from carebot.watch.plot import CoursePlot
from carebot.watch.watcher import Seen


class Outputs:
    """The events' file, the annotated video and the plot, each where it is wanted; all are complete when it is left,
    also after an interruption."""

    def __init__(
        self,
        title: str,
        fps: float,
        events: Path | None,
        annotated: Path | None,
        plot: Path | None,
        show_pixels: bool,
    ) -> None:
        self._stack = ExitStack()
        with ExitStack() as opening:
            self._events = opening.enter_context(_text_file(events)) if events else None
            self._video = opening.enter_context(AnnotatedVideo(annotated, fps, show_pixels)) if annotated else None
            self._stack = opening.pop_all()
        self._plot = CoursePlot(plot, title) if plot else None

    def write(self, seen: Seen) -> None:
        for event in seen.events:
            if self._events:
                print(event_line(event), file=self._events, flush=True)
        if self._video:
            self._video.write(seen)
        if self._plot:
            self._plot.add(seen)

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if self._plot:
                self._plot.save()


def _text_file(path: Path) -> IO[str]:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise RecordsError(f"{path} cannot be written ({error.strerror}): check the folder and its rights.") from None
