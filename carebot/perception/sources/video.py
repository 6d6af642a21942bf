"""A recording, played picture by picture with the times it was made at."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import cv2

from carebot.errors import SourceError
from carebot.perception.frames import Frame, Image
from carebot.perception.sources._opencv import fps_of, frame_count_of, open_file, read_image
from carebot.perception.sources.base import Source

ASSUMED_FPS = 30.0
LONGEST_GAP_S = 60.0

_log = logging.getLogger(__name__)


class FrameTimes:
    """Turns a container's time stamps into times that start at 0 and always advance.

    Stamps are used as they are, so a variable frame rate is kept. A stamp that stands still, goes back, is no number
    or leaps by more than `LONGEST_GAP_S` is replaced by one picture's length at `fps`, and counting goes on from there.
    """

    def __init__(self, fps: float | None) -> None:
        self._period_s = 1.0 / (fps or ASSUMED_FPS)
        self._time_s: float | None = None
        self._stamp_s = 0.0

    def next_s(self, stamp_ms: float) -> float:
        """The time in seconds of the next picture, whose stamp is `stamp_ms`."""
        stamp_s = stamp_ms / 1e3 if math.isfinite(stamp_ms) else self._stamp_s
        step_s = stamp_s - self._stamp_s
        self._stamp_s = stamp_s
        if self._time_s is None:
            self._time_s = 0.0
        else:
            self._time_s += step_s if 0.0 < step_s <= LONGEST_GAP_S else self._period_s
        return self._time_s


class VideoFile(Source):
    """A recording behind an opened capture; raises SourceError at once where not even one picture can be read."""

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        super().__init__(name, is_live=False, frame_count=frame_count_of(capture), fps=fps_of(capture))
        self._capture = capture
        self._times = FrameTimes(self.fps)
        self._sequence = 0
        self._last_s = 0.0
        self._ahead = self._next_frame()
        if self._ahead is None:
            capture.release()
            raise SourceError(
                f"{name} holds no picture that can be read: it is empty, damaged or cut off, so record or copy it anew."
            )

    def read(self) -> Frame | None:
        frame, self._ahead = self._ahead, None
        if frame is None and self._capture.isOpened():
            frame = self._next_frame()
            if frame is None:
                self._end()
        return frame

    def close(self) -> None:
        self._ahead = None
        self._capture.release()

    def _next_frame(self) -> Frame | None:
        image = read_image(self._capture)
        return None if image is None else self._stamped(image)

    def _stamped(self, image: Image) -> Frame:
        self._last_s = self._times.next_s(self._capture.get(cv2.CAP_PROP_POS_MSEC))
        frame = Frame(self._last_s, self._sequence, image)
        self._sequence += 1
        return frame

    def _end(self) -> None:
        self.close()
        if is_cut_short(self._sequence, self.frame_count, self._last_s, self.fps):
            self.incomplete = f"{self._sequence} of its {self.frame_count} frames could be read"
            _log.warning("%s is incomplete: %s; what follows is missing.", self.name, self.incomplete)


def is_cut_short(frames: int, promised: int | None, last_s: float, fps: float | None) -> bool:
    """Whether a recording ended before the length its container promises.

    Some containers only estimate the number of pictures, and many are off by one, so both the count and the time must
    fall short by more than two pictures.
    """
    if promised is None or fps is None:
        return False
    return promised - frames > 2 and promised / fps - last_s > 3 / fps


def open_video(path: Path) -> VideoFile:
    """The recording at `path`, an existing file that is not empty; raises SourceError where it is not a video."""
    head = _head(path)
    if _is_text(head):  # FFmpeg would play a text file as a picture of its letters
        raise SourceError(f"{path} is a text file, not a video: name a video, a picture, a folder or a camera.")
    capture = open_file(str(path))
    if not capture.isOpened():
        raise SourceError(_unopened(path, head))
    return VideoFile(capture, str(path))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check its permissions.") from None


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and not head.startswith(b"YUV4MPEG2")


def _unopened(path: Path, head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return (
            f"{path} is a video without pictures, or without its index because it was cut off: record or copy it anew."
        )
    return f"{path} is not a video that can be read: name an mp4, mkv, avi, mov or webm file, a picture or a folder."
