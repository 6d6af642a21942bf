"""Single pictures and folders of pictures, as a recording."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from carebot.errors import SourceError
from carebot.perception.frames import Frame, Image
from carebot.perception.sources import _opencv as _opencv  # silences OpenCV before it decodes
from carebot.perception.sources.base import Source

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".jp2"})
PICTURES_PER_S = 30.0

_log = logging.getLogger(__name__)


class PictureSequence(Source):
    """Pictures as if taken `fps` times a second; one that cannot be read is named in a warning and left out.

    Its place in time is kept: the next one has the time that it would have had anyway.
    """

    def __init__(self, paths: Sequence[Path], name: str, fps: float = PICTURES_PER_S) -> None:
        super().__init__(name, is_live=False, frame_count=len(paths), fps=fps)
        self._rate = fps
        self._paths = list(paths)
        self._place = 0
        self._sequence = 0
        self._ahead = self._next_frame()
        if self._ahead is None:
            raise SourceError(f"{name} holds no picture that can be read: check that the files are complete.")

    def read(self) -> Frame | None:
        frame, self._ahead = self._ahead, None
        return frame or self._next_frame()

    def close(self) -> None:
        self._ahead = None
        self._place = len(self._paths)

    def _next_frame(self) -> Frame | None:
        while self._place < len(self._paths):
            place, self._place = self._place, self._place + 1
            image = self._load(self._paths[place])
            if image is not None:
                return self._numbered(place, image)
        return None

    def _numbered(self, place: int, image: Image) -> Frame:
        frame = Frame(place / self._rate, self._sequence, image)
        self._sequence += 1
        return frame

    def _load(self, path: Path) -> Image | None:
        try:
            return load_picture(path)
        except SourceError as error:
            if len(self._paths) > 1:
                _log.warning("Left out: %s", error)
            return None


def open_folder(folder: Path, fps: float = PICTURES_PER_S) -> PictureSequence:
    """The pictures right in `folder`, in the order people count in (2 before 10); raises SourceError without any."""
    try:
        paths = sorted((path for path in folder.iterdir() if is_picture(path)), key=natural_key)
    except OSError as error:
        raise SourceError(f"The folder {folder} cannot be read ({error.strerror}): check its permissions.") from None
    if not paths:
        raise SourceError(f"The folder {folder} holds no pictures: put {', '.join(sorted(SUFFIXES))} files into it.")
    return PictureSequence(paths, str(folder), fps)


def open_picture(path: Path) -> PictureSequence:
    """The picture at `path` as a recording of one frame; raises SourceError where it cannot be read."""
    load_picture(path)
    return PictureSequence([path], str(path))


def is_picture(path: Path) -> bool:
    """Whether the name is that of a picture; names that start with a dot are other programs' notes."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """A sorting key under which img2 comes before img10."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", path.name)
    return [(0, int(digits), "") if digits else (1, 0, letters.casefold()) for digits, letters in parts]


def load_picture(path: Path) -> Image:
    """The picture at `path`, turned upright by its EXIF mark; raises SourceError naming the file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check its permissions.") from None
    image = decode_picture(data)
    if image is None:
        raise SourceError(f"{path} is not a picture that can be read, or it is cut off: copy it anew.")
    return image


def decode_picture(data: bytes) -> Image | None:
    """The picture in `data` as BGR, or None where it is damaged, cut off, or no picture."""
    if not data or _lacks_its_end(data):
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _lacks_its_end(data: bytes) -> bool:
    """Whether a PNG or JPEG stops before its end mark: libpng complains on stderr, older OpenCV fills in grey."""
    ends = {b"\x89PNG": b"IEND", b"\xff\xd8\xff": b"\xff\xd9"}
    return any(data.startswith(head) and end not in data for head, end in ends.items())
