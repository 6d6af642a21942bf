"""The pictures inside ROS messages, without ROS: `sensor_msgs/Image` and `sensor_msgs/CompressedImage` to BGR.

Encoding names are those of sensor_msgs/image_encodings.hpp; the format string of compressed pictures is that of
image_transport's compressed plugin ("rgb8; jpeg compressed bgr8") or plain ("jpeg").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from carebot.errors import SourceError
from carebot.perception.frames import Image
from carebot.perception.sources.pictures import decode_picture


@dataclass(frozen=True, slots=True)
class _Encoding:
    """`channels` values of `value_bytes` for each pixel, and how (H, W, channels) uint8 becomes BGR."""

    channels: int
    to_bgr: Callable[[NDArray[Any]], NDArray[Any]]
    value_bytes: int = 1
    even_width: bool = False
    even_height: bool = False


def _as_it_is(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels.copy()


def _cvt(code: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    return lambda pixels: cv2.cvtColor(pixels, code)


# OpenCV names a Bayer pattern by its second row, ROS by its first.
_BAYER = {
    "rggb": cv2.COLOR_BayerBG2BGR,
    "bggr": cv2.COLOR_BayerRG2BGR,
    "gbrg": cv2.COLOR_BayerGR2BGR,
    "grbg": cv2.COLOR_BayerGB2BGR,
}
_GREY = _cvt(cv2.COLOR_GRAY2BGR)
_YUYV = _Encoding(2, _cvt(cv2.COLOR_YUV2BGR_YUYV), even_width=True)
_UYVY = _Encoding(2, _cvt(cv2.COLOR_YUV2BGR_UYVY), even_width=True)
_COLOURS = {
    "bgr": (3, _as_it_is),
    "rgb": (3, _cvt(cv2.COLOR_RGB2BGR)),
    "bgra": (4, _cvt(cv2.COLOR_BGRA2BGR)),
    "rgba": (4, _cvt(cv2.COLOR_RGBA2BGR)),
    "mono": (1, _GREY),
}
_ENCODINGS: dict[str, _Encoding] = {
    **{f"{name}8": _Encoding(channels, to_bgr) for name, (channels, to_bgr) in _COLOURS.items()},
    **{f"{name}16": _Encoding(channels, to_bgr, 2) for name, (channels, to_bgr) in _COLOURS.items()},
    **{
        f"bayer_{name}{bits}": _Encoding(1, _cvt(code), bits // 8, even_width=True, even_height=True)
        for name, code in _BAYER.items()
        for bits in (8, 16)
    },
    "8UC1": _Encoding(1, _GREY),
    "8UC3": _Encoding(3, _as_it_is),
    "8UC4": _Encoding(4, _cvt(cv2.COLOR_BGRA2BGR)),
    **dict.fromkeys(("yuyv", "yuv422_yuy2"), _YUYV),
    **dict.fromkeys(("uyvy", "yuv422"), _UYVY),
}
_DEPTH = frozenset({"16UC1", "16SC1", "32FC1", "32SC1", "64FC1"})


def decode_raw(encoding: str, height: int, width: int, step: int, data: Buffer, is_bigendian: bool = False) -> Image:
    """The picture of a `sensor_msgs/Image` as BGR, a copy of its own; of 16-bit values the upper 8 bits are kept.

    `step` is the length of a row in bytes, with its padding; `is_bigendian` matters for 16-bit values only.

    Raises:
        SourceError: the encoding is depth or unknown, or the sizes do not fit each other.
    """
    kind = _encoding(encoding)
    _check_size(encoding, kind, height, width)
    row_bytes = width * kind.channels * kind.value_bytes
    rows = _rows(encoding, _flat(data), height, row_bytes, step)
    if kind.value_bytes == 2:
        rows = rows[:, (0 if is_bigendian else 1) :: 2]
    shape = (height, width) if kind.channels == 1 else (height, width, kind.channels)
    return np.asarray(kind.to_bgr(np.ascontiguousarray(rows).reshape(shape)), np.uint8)


def decode_compressed(data: Buffer, format: str) -> Image:
    """The picture of a `sensor_msgs/CompressedImage` as BGR.

    Raises:
        SourceError: it is a depth picture, or the data is damaged, cut off, or not JPEG, PNG or the like.
    """
    if "compressedDepth" in format or any(format.startswith(name) for name in _DEPTH):
        raise SourceError(f"The compressed picture '{format}' is a depth picture: connect the camera's colour topic.")
    image = decode_picture(_flat(data).tobytes())
    if image is None:
        raise SourceError(f"A compressed picture ('{format}') is damaged or of an unknown kind: publish JPEG or PNG.")
    return image[:, :, ::-1].copy() if "compressed rgb" in format else image


def _encoding(name: str) -> _Encoding:
    if name in _DEPTH:
        raise SourceError(f"Pictures of the encoding {name} are depth, not colour: connect the camera's colour topic.")
    if name not in _ENCODINGS:
        raise SourceError(f"Pictures of the encoding '{name}' cannot be read: publish bgr8, rgb8, mono8 or compressed.")
    return _ENCODINGS[name]


def _check_size(name: str, kind: _Encoding, height: int, width: int) -> None:
    if height <= 0 or width <= 0:
        raise SourceError(f"A {name} picture of {width}x{height} pixels holds nothing: check the camera's driver.")
    if (kind.even_width and width % 2) or (kind.even_height and height % 2):
        raise SourceError(
            f"A {name} picture of {width}x{height} pixels must have even sides: check the camera's driver."
        )


def _rows(name: str, flat: NDArray[np.uint8], height: int, row_bytes: int, step: int) -> NDArray[np.uint8]:
    """(height, row_bytes) of `flat`; the last row may come without its padding, as some drivers send it."""
    shortest = step * (height - 1) + row_bytes
    if step < row_bytes or not shortest <= flat.size <= step * height:
        raise SourceError(
            f"A {name} picture of {height} rows of {row_bytes} bytes does not fit a step of {step} and {flat.size} "
            "bytes of data: check the camera's driver."
        )
    return np.lib.stride_tricks.as_strided(flat, (height, row_bytes), (step, 1), writeable=False)


def _flat(data: Buffer) -> NDArray[np.uint8]:
    try:
        return np.frombuffer(memoryview(data).cast("B"), np.uint8)
    except (TypeError, ValueError):
        raise SourceError("A picture's data is not a plain row of bytes: check the camera's driver.") from None
