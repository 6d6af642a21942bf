"""The annotated video: skeletons, states and alarms over time, on black unless pixels are asked for."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import cv2

from carebot.alerts import FallEventKind
from carebot.errors import RecordsError
from carebot.perception.frames import Image
from carebot.perception.skeleton import CALM, Colour, canvas, draw_people, write_line
from carebot.watch.watcher import Seen

AMBER: Colour = (0, 190, 255)
RED: Colour = (60, 60, 255)
COLOURS: dict[str, Colour] = {"falling": AMBER, "down": AMBER, "suspected": AMBER, "confirmed": RED}
NOTICES: dict[FallEventKind, tuple[str, Colour]] = {
    FallEventKind.SUSPECTED: ("FALL SUSPECTED", AMBER),
    FallEventKind.CONFIRMED: ("FALL CONFIRMED", RED),
    FallEventKind.RECOVERED: ("RECOVERED", (120, 220, 120)),
}
NOTICE_S = 2.0


class AnnotatedVideo:
    """An mp4 file that grows by one picture for each `Seen`."""

    def __init__(self, path: Path, fps: float, show_pixels: bool) -> None:
        self._path = path
        self._fps = fps
        self._show_pixels = show_pixels
        self._writer: cv2.VideoWriter | None = None
        self._size_px = (0, 0)
        self._notice: tuple[str, Colour, float] | None = None

    def __enter__(self) -> AnnotatedVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None:
            return
        self._writer.release()
        if error is None and not _is_complete(self._path):
            raise RecordsError(f"{self._path} could not be written to its end: make room on the disk.")

    def write(self, seen: Seen) -> None:
        people = seen.people
        image = seen.frame.image.copy() if self._show_pixels else canvas(people.width_px, people.height_px)
        states = {seen_person.track_id: seen_person.state.value for seen_person in seen.observations}
        draw_people(image, people, {track_id: COLOURS.get(state, CALM) for track_id, state in states.items()})
        write_line(image, f"{people.time_s:7.2f} s", 0)
        for line, (track_id, state) in enumerate(sorted(states.items()), start=1):
            write_line(image, f"person {track_id}: {state}", line, COLOURS.get(state, CALM))
        self._write_notice(image, seen)
        writer = self._opened(people.width_px, people.height_px)
        # A video has one size: OpenCV would leave pictures of another one out without a word.
        writer.write(image if image.shape[1::-1] == self._size_px else cv2.resize(image, self._size_px))

    def _write_notice(self, image: Image, seen: Seen) -> None:
        for event in seen.events:
            self._notice = (*NOTICES[event.kind], event.time_s + NOTICE_S)
        if self._notice and seen.people.time_s <= self._notice[2]:
            write_line(image, self._notice[0], 24, self._notice[1])

    def _opened(self, width_px: int, height_px: int) -> cv2.VideoWriter:
        if self._writer is None:
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._size_px = width_px, height_px
            self._writer = cv2.VideoWriter(str(self._path), codec, self._fps, (width_px, height_px))
            if not self._writer.isOpened():
                raise RecordsError(
                    f"{self._path} cannot be written: check that the folder exists and the name ends in .mp4."
                )
        return self._writer


def _is_complete(path: Path) -> bool:
    """Whether the file can be read: its index comes last, and OpenCV does not say when it cannot write it."""
    capture = cv2.VideoCapture(str(path))
    try:
        return bool(capture.isOpened())
    finally:
        capture.release()
