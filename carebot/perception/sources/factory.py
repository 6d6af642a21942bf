"""From what a user typed to an open source."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from carebot.clock import Clock
from carebot.errors import SourceError
from carebot.perception.sources.addresses import is_url, parse_stream
from carebot.perception.sources.base import FrameSource
from carebot.perception.sources.capture import open_camera, open_camera_device, open_stream
from carebot.perception.sources.pictures import is_picture, open_folder, open_picture
from carebot.perception.sources.video import open_video
from carebot.resources import expanded

_CAMERA = re.compile(r"(?:camera:)?([0-9]{1,4})")


def open_source(spec: str, clock: Clock) -> FrameSource:
    """The source that `spec` names; may block for about 5 s (a stream). `clock` stamps the frames of live sources.

    `spec` is a video or picture file, a folder of pictures, a camera ("0", "camera:0", "/dev/video0"), or an
    rtsp://, rtsps://, http:// or https:// address. A file whose name is a number is written "./0".

    Raises:
        SourceError: one sentence that names the source and what to do; never with a password in it.
    """
    if is_url(spec):
        return open_stream(spec, clock)
    if match := _CAMERA.fullmatch(spec):
        return open_camera(int(match[1]), clock)
    if spec.startswith("camera:"):
        raise SourceError(f"'{spec}' names no camera: write camera:0 for the first one.")
    if not spec or "\0" in spec:
        raise SourceError("No source is named: name a video, a picture, a folder, a camera or a stream.")
    return _open_path(expanded(spec), clock)


def live_name(spec: str) -> str | None:
    """How to show the camera or stream that `spec` names; None for a recording, which cannot come later.

    Raises:
        SourceError: an address that no camera can have.
    """
    if is_url(spec):
        return parse_stream(spec).shown
    if _CAMERA.fullmatch(spec) or _is_camera(Path(spec)):
        return spec
    return None


def _open_path(path: Path, clock: Clock) -> FrameSource:
    if _is_camera(path):
        return open_camera_device(path, clock)
    status = _status(path)
    if stat.S_ISDIR(status.st_mode):
        return open_folder(path)
    if _is_camera(path.resolve()):
        return open_camera_device(path, clock)
    _check_file(path, status)
    return open_picture(path) if is_picture(path) else open_video(path)


def _is_camera(path: Path) -> bool:
    return re.fullmatch(r"/dev/video[0-9]+", str(path)) is not None


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(f"{path} does not exist: check the name.") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check the name and its permissions.") from None


def _check_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is a pipe or a device, not a file: name a video, a picture, a folder or a camera.")
    if status.st_size == 0:
        raise SourceError(f"{path} is empty: copy or record it anew.")
