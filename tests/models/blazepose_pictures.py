"""The pictures of the golden file, made the same way by those who write it and by those who test against it.

Only numpy's whole-number arithmetic is used for the synthetic ones, so they are the same everywhere.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

SYNTHETIC = ("waves", "figure")
PEOPLE = ("person.jpg", "person-couch.jpg")


def synthetic(name: str, size_px: int) -> Picture:
    """A square RGB picture: `waves` has fine structure everywhere, `figure` shows a person of simple shapes."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.int64)
    if name == "waves":
        return np.stack([(x * 3 + y * 5 + (x * y >> k)) % 256 for k in (4, 5, 6)], axis=-1).astype(np.uint8)
    picture = np.full((size_px, size_px, 3), (200, 205, 190), np.int64)
    for centre_x, centre_y, radius_x, radius_y, colour in _FIGURE:
        dx, dy = (x * 256 // size_px - centre_x) * radius_y, (y * 256 // size_px - centre_y) * radius_x
        picture[dx * dx + dy * dy <= (radius_x * radius_y) ** 2] = colour
    return np.asarray(picture + ((x * 7 + y * 13) % 9)[..., None], np.uint8)


_SKIN, _HAIR, _SHIRT, _TROUSERS = (214, 170, 140), (60, 40, 30), (40, 80, 150), (50, 50, 60)
_FIGURE = (
    (128, 44, 17, 20, _HAIR),
    (128, 50, 14, 17, _SKIN),
    (122, 47, 2, 2, _HAIR),
    (134, 47, 2, 2, _HAIR),
    (128, 58, 5, 1, _TROUSERS),
    (128, 105, 27, 42, _SHIRT),
    (95, 105, 8, 38, _SKIN),
    (161, 105, 8, 38, _SKIN),
    (115, 185, 12, 52, _TROUSERS),
    (141, 185, 12, 52, _TROUSERS),
)


def square(picture: Picture, size_px: int) -> Picture:
    """The middle of a picture, every n-th pixel of it, on black where it is too small: nothing is interpolated."""
    step = max(1, min(picture.shape[:2]) // size_px)
    small = picture[::step, ::step]
    top, left = (max(0, (side - size_px) // 2) for side in small.shape[:2])
    part = small[top : top + size_px, left : left + size_px]
    result = np.zeros((size_px, size_px, 3), np.uint8)
    result[: part.shape[0], : part.shape[1]] = part
    return result


def read_rgb(path: Path) -> Picture:
    """A picture file in RGB."""
    import cv2

    pixels = cv2.imread(str(path))
    if pixels is None:
        raise FileNotFoundError(f"{path} is not a readable picture")
    return np.ascontiguousarray(pixels[:, :, ::-1], np.uint8)


def fingerprint(picture: Picture) -> str:
    """A hash of the pixels, since another JPEG decoder may give others."""
    return hashlib.sha256(picture.tobytes()).hexdigest()


def chosen_anchors(probabilities: NDArray[np.floating]) -> NDArray[np.int64]:
    """The anchors whose boxes are kept: the eight best, and forty over all the picture and all scales."""
    best = np.argsort(probabilities, kind="stable")[-8:]
    return np.unique(np.concatenate([best, np.linspace(0, len(probabilities) - 1, 40).astype(np.int64)]))
