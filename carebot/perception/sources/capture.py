"""Cameras on a cable and streams on the network: sources that never end by themselves."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from carebot.clock import Clock
from carebot.errors import SourceError
from carebot.perception.frames import Frame
from carebot.perception.sources._opencv import OPEN_TIMEOUT_S, fps_of, frame_count_of, open_url
from carebot.perception.sources.addresses import StreamAddress, parse_stream
from carebot.perception.sources.base import Source
from carebot.perception.sources.video import VideoFile


class LiveCapture(Source):
    """A camera or stream behind an opened capture; frames carry the clock's time at their arrival.

    `silent` is the sentence that is raised as SourceError when no picture comes; the first is read while opening.
    """

    def __init__(self, capture: cv2.VideoCapture, name: str, clock: Clock, silent: str) -> None:
        super().__init__(name, is_live=True, fps=fps_of(capture))
        self._capture = capture
        self._clock = clock
        self._silent = silent
        self._sequence = 0
        try:
            self._ahead: Frame | None = self._grab()
        except SourceError:
            capture.release()
            raise

    def read(self) -> Frame:
        frame, self._ahead = self._ahead, None
        return frame or self._grab()

    def close(self) -> None:
        self._capture.release()

    def _grab(self) -> Frame:
        arrived = self._capture.grab()
        time_s = self._clock.now_s()
        good, image = self._capture.retrieve() if arrived else (False, None)
        if not good or image is None:
            raise SourceError(self._silent)
        frame = Frame(time_s, self._sequence, np.asarray(image, np.uint8))
        self._sequence += 1
        return frame


def open_camera(index: int, clock: Clock) -> LiveCapture:
    """The camera with the operating system's number `index`; raises SourceError naming it where it cannot be used."""
    if sys.platform != "linux":
        return _started(cv2.VideoCapture(index), f"The camera {index}", clock)
    return open_camera_device(Path(f"/dev/video{index}"), clock)


def open_camera_device(device: Path, clock: Clock) -> LiveCapture:
    """The V4L2 camera at `device`, such as /dev/video0 or a link in /dev/v4l/by-id."""
    if not device.exists():
        raise SourceError(f"The camera {device} does not exist: {_cameras_here()}.")
    if not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(f"You may not use the camera {device}: add your user to the group 'video' and log in again.")
    return _started(cv2.VideoCapture(str(device), cv2.CAP_V4L2), f"The camera {device}", clock)


def _started(capture: cv2.VideoCapture, name: str, clock: Clock) -> LiveCapture:
    if not capture.isOpened():
        raise SourceError(f"{name} cannot be opened: close the program that uses it, or name another camera.")
    return LiveCapture(capture, name, clock, f"{name} gives no pictures: check its cable, or name another camera.")


def _cameras_here() -> str:
    found = sorted(str(path) for path in Path("/dev").glob("video*"))
    return f"choose one of {', '.join(found)}" if found else "this machine sees none, so plug one in"


def open_stream(url: str, clock: Clock, timeout_s: float = OPEN_TIMEOUT_S) -> LiveCapture | VideoFile:
    """The RTSP or HTTP stream at `url`; where the server gives a recording of known length, that recording.

    Raises:
        SourceError: within about `timeout_s` (and one read) where the host is unknown, does not answer, or sends no
            pictures. The password in `url` is not in it.
    """
    address = parse_stream(url)
    give_up_s = time.monotonic() + timeout_s
    _check_reachable(address, timeout_s)
    capture = open_url(address.url, max(0.5, give_up_s - time.monotonic()))
    if not capture.isOpened():
        raise SourceError(
            f"{address.shown} answers but sends no pictures: check the path, the user and the password of the stream."
        )
    if frame_count_of(capture) is not None:
        return VideoFile(capture, address.shown)
    silent = f"{address.shown} sends no more pictures: check the camera's power and network."
    return LiveCapture(capture, address.shown, clock, silent)


def _check_reachable(address: StreamAddress, timeout_s: float) -> None:
    """FFmpeg says only that it failed; a connection of our own tells why."""
    target = resolve(address.host, address.port, timeout_s)
    if target is None:
        raise SourceError(
            f"{address.shown}: the name {address.host} is unknown here: check its spelling, or the network."
        )
    try:
        socket.create_connection(target, timeout=timeout_s).close()
    except TimeoutError:
        raise SourceError(
            f"{address.shown} does not answer within {timeout_s:.0f} s: check the address, the camera and the network."
        ) from None
    except OSError as error:
        reason = error.strerror or "no connection"
        raise SourceError(f"{address.shown} cannot be reached ({reason}): check the address and the camera.") from None


def resolve(host: str, port: int, timeout_s: float) -> tuple[str, int] | None:
    """An address that `host` has, or None; in a thread because the system's look-up has no time limit of its own."""
    found: list[tuple[str, int]] = []
    thread = threading.Thread(target=_look_up, args=(host, port, found), name="carebot-resolve", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return found[0] if found else None


def _look_up(host: str, port: int, found: list[tuple[str, int]]) -> None:
    try:
        for *_, target in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            found.append((str(target[0]), int(target[1])))
    except (OSError, UnicodeError):
        return
