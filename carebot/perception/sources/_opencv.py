"""OpenCV's capture, opened quietly and with time limits.

OpenCV and FFmpeg write to stderr by themselves, addresses with passwords among it; what a user should know is said by
the `SourceError`s and warnings of this folder. Both read the environment at their first capture, so it is set here,
before any; whoever debugs may set the same variables to other values.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import cv2
import numpy as np

from carebot.perception.frames import Image

OPEN_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 2.0

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(round(READ_TIMEOUT_S)))
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_file(path: str) -> cv2.VideoCapture:
    """A capture of a recording, turned upright as its own rotation mark says."""
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def open_url(url: str, timeout_s: float) -> cv2.VideoCapture:
    """A capture of a network stream; not opened after `timeout_s`, no picture after `READ_TIMEOUT_S`.

    One decoding thread: each further one holds a picture back, which a recording does not mind and a live view does.
    """
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, _stream_settings(timeout_s))


def _stream_settings(timeout_s: float) -> Sequence[int]:
    return [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(timeout_s * 1e3)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(READ_TIMEOUT_S * 1e3)),
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]


def read_image(capture: cv2.VideoCapture) -> Image | None:
    """The next picture, or None where there is none; waits for it."""
    good, image = capture.read()
    return np.asarray(image, np.uint8) if good else None


def fps_of(capture: cv2.VideoCapture) -> float | None:
    """The frame rate that the container states, or None where it is no frame rate (0, NaN, a 90 kHz time base)."""
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0.0 < fps <= 1000.0 else None


def frame_count_of(capture: cv2.VideoCapture) -> int | None:
    """How many pictures the container promises, or None where it promises nothing (a stream, a raw recording)."""
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return int(count) if 0.0 < count < 1e9 else None
