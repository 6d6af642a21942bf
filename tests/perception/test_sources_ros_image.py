"""Pictures out of ROS messages: malformed ones first, then every encoding against colours known beforehand."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from carebot.errors import SourceError
from carebot.perception.frames import Image
from carebot.perception.sources.ros_image import decode_compressed, decode_raw

BGR = (30, 90, 200)  # the colour of the tests: a warm red
GREY = round(0.114 * 30 + 0.587 * 90 + 0.299 * 200)
BYTES_PER_PIXEL = {
    "bgr8": 3,
    "rgb8": 3,
    "bgra8": 4,
    "rgba8": 4,
    "mono8": 1,
    "8UC1": 1,
    "8UC3": 3,
    "8UC4": 4,
    "yuyv": 2,
    "yuv422_yuy2": 2,
    "uyvy": 2,
    "yuv422": 2,
    "bayer_rggb8": 1,
    "bayer_bggr8": 1,
    "bayer_gbrg8": 1,
    "bayer_grbg8": 1,
    "mono16": 2,
    "bgr16": 6,
    "rgb16": 6,
    "bgra16": 8,
    "rgba16": 8,
    "bayer_rggb16": 2,
    "bayer_bggr16": 2,
    "bayer_gbrg16": 2,
    "bayer_grbg16": 2,
}
ENCODINGS = sorted(BYTES_PER_PIXEL)


def yuv(bgr: tuple[int, int, int]) -> tuple[int, int, int]:
    """Limited-range YUV of ITU-R BT.601."""
    b, g, r = bgr
    return (
        round(16 + 0.257 * r + 0.504 * g + 0.098 * b),
        round(128 - 0.148 * r - 0.291 * g + 0.439 * b),
        round(128 + 0.439 * r - 0.368 * g - 0.071 * b),
    )


def bayer(pattern: str) -> NDArray[np.uint8]:
    """(4, 6) sensor values of one even colour under the filters `pattern`, given row by row from the top left."""
    value = dict(zip("bgr", BGR, strict=True))
    tile = np.array([[value[pattern[0]], value[pattern[1]]], [value[pattern[2]], value[pattern[3]]]], np.uint8)
    return np.tile(tile, (2, 3))


def even(*values: int) -> NDArray[np.uint8]:
    """(4, 6·n) of one pixel (or of one pair of pixels) repeated."""
    return np.tile(np.array(values, np.uint8), (4, 6))


Y, U, V = yuv(BGR)
B, G, R = BGR
PICTURES: dict[str, NDArray[np.uint8]] = {
    "bgr8": even(B, G, R),
    "8UC3": even(B, G, R),
    "rgb8": even(R, G, B),
    "bgra8": even(B, G, R, 7),
    "8UC4": even(B, G, R, 7),
    "rgba8": even(R, G, B, 7),
    "yuyv": even(Y, U, Y, V)[:, :12],
    "yuv422_yuy2": even(Y, U, Y, V)[:, :12],
    "uyvy": even(U, Y, V, Y)[:, :12],
    "yuv422": even(U, Y, V, Y)[:, :12],
    **{f"bayer_{pattern}8": bayer(pattern) for pattern in ("rggb", "bggr", "gbrg", "grbg")},
}


def padded(rows: NDArray[np.uint8], padding: int) -> tuple[int, bytes]:
    """(step, data) of `rows` with `padding` bytes of rubbish after each."""
    rubbish = np.full((len(rows), padding), 0xEE, np.uint8)
    return rows.shape[1] + padding, np.hstack([rows, rubbish]).tobytes()


def wide(rows: NDArray[np.uint8], big: bool) -> NDArray[np.uint8]:
    """The same picture with 16-bit values, whose lower half is rubbish."""
    values = rows.astype(np.uint16) * 256 + 0xAB
    return values.astype(">u2" if big else "<u2").view(np.uint8)


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("encoding", sorted(PICTURES))
def test_every_colour_encoding_gives_the_same_colour(encoding: str, padding: int) -> None:
    step, data = padded(PICTURES[encoding], padding)
    image = decode_raw(encoding, 4, 6, step, data)
    assert (image.shape, image.dtype) == ((4, 6, 3), np.uint8)
    assert image.reshape(-1, 3) == pytest.approx(np.tile(BGR, (24, 1)), abs=3)


@pytest.mark.parametrize("encoding", ["mono8", "8UC1"])
def test_grey_is_grey(encoding: str) -> None:
    rows = np.arange(24, dtype=np.uint8).reshape(4, 6)
    assert np.array_equal(decode_raw(encoding, 4, 6, 6, rows.tobytes()), np.dstack([rows] * 3))


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("name", ["bgr", "rgb", "bgra", "rgba", "bayer_rggb", "bayer_grbg"])
def test_sixteen_bits_keep_their_upper_eight(name: str, big: bool) -> None:
    rows = wide(PICTURES[f"{name}8"], big)
    step, data = padded(rows, 3)
    image = decode_raw(f"{name}16", 4, 6, step, data, is_bigendian=big)
    assert image.reshape(-1, 3) == pytest.approx(np.tile(BGR, (24, 1)), abs=1)


@pytest.mark.parametrize("big", [False, True])
def test_mono16(big: bool) -> None:
    rows = np.arange(24, dtype=np.uint8).reshape(4, 6)
    assert np.array_equal(decode_raw("mono16", 4, 6, 12, wide(rows, big).tobytes(), big)[..., 0], rows)


@pytest.mark.parametrize(
    "kind", [bytes, bytearray, memoryview, lambda data: array("B", data), lambda d: np.frombuffer(d, np.uint8)]
)
def test_data_may_be_anything_that_holds_bytes(kind: Callable[[bytes], Any]) -> None:
    data = PICTURES["bgr8"].tobytes()
    assert np.all(decode_raw("bgr8", 4, 6, 18, kind(data)) == BGR)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_picture_is_a_copy_that_may_be_drawn_on(encoding: str) -> None:
    data = bytearray(BYTES_PER_PIXEL[encoding] * 24)
    image = decode_raw(encoding, 4, 6, BYTES_PER_PIXEL[encoding] * 6, data)
    before = image.copy()
    data[:] = b"\xff" * len(data)
    assert np.array_equal(image, before)
    cv2.circle(image, (2, 2), 1, (1, 2, 3))
    assert not np.array_equal(image, before)


def test_the_last_row_may_lack_its_padding() -> None:
    step, data = padded(PICTURES["bgr8"], 5)
    assert np.all(decode_raw("bgr8", 4, 6, step, data[:-5]) == BGR)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("change", [-1, 1, 100])
def test_data_of_the_wrong_length_is_refused(encoding: str, change: int) -> None:
    step = BYTES_PER_PIXEL[encoding] * 6
    with pytest.raises(SourceError, match=f"{encoding} picture .* does not fit"):
        decode_raw(encoding, 4, 6, step, bytes(step * 4 + change))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("missing", [1, 10_000])
def test_a_step_shorter_than_a_row_is_refused(encoding: str, missing: int) -> None:
    step = BYTES_PER_PIXEL[encoding] * 6
    with pytest.raises(SourceError, match="does not fit a step"):
        decode_raw(encoding, 4, 6, max(0, step - missing), bytes(step * 4))


def test_rows_that_overlap_are_refused_even_where_the_data_is_long_enough() -> None:
    with pytest.raises(SourceError, match="does not fit a step"):
        decode_raw("bgr8", 10, 6, 17, bytes(17 * 9 + 18))


@pytest.mark.parametrize(("height", "width"), [(0, 6), (4, 0), (-4, 6), (4, -6), (0, 0)])
def test_a_picture_without_pixels_is_refused(height: int, width: int) -> None:
    with pytest.raises(SourceError, match="holds nothing"):
        decode_raw("bgr8", height, width, 18, b"")


def test_a_header_that_promises_gigabytes_is_refused_before_they_are_taken() -> None:
    with pytest.raises(SourceError, match="does not fit"):
        decode_raw("bgr8", 2**32 - 1, 2**32 - 1, 2**32 - 1, bytes(100))


@pytest.mark.parametrize("encoding", ["yuyv", "uyvy", "bayer_rggb8"])
def test_odd_sides_are_refused_where_pixels_come_in_pairs(encoding: str) -> None:
    step = BYTES_PER_PIXEL[encoding] * 5
    with pytest.raises(SourceError, match="even sides"):
        decode_raw(encoding, 4, 5, step, bytes(step * 4))


@pytest.mark.parametrize("encoding", ["16UC1", "32FC1", "16SC1"])
def test_depth_is_refused_with_a_way_out(encoding: str) -> None:
    with pytest.raises(SourceError, match=f"{encoding} are depth, not colour: connect the camera's colour topic"):
        decode_raw(encoding, 4, 6, 12, bytes(48))


@pytest.mark.parametrize("encoding", ["", "BGR8", "bgr", "jpeg", "nv21"])
def test_an_unknown_encoding_is_named(encoding: str) -> None:
    with pytest.raises(SourceError, match=f"encoding '{encoding}' cannot be read"):
        decode_raw(encoding, 4, 6, 18, bytes(72))


@pytest.mark.parametrize("data", [memoryview(bytes(144))[::2], "text", None, [0] * 72])
def test_data_that_is_no_row_of_bytes_is_refused(data: Any) -> None:
    with pytest.raises(SourceError, match="not a plain row of bytes"):
        decode_raw("bgr8", 4, 6, 18, data)


@settings(deadline=None)
@given(
    st.sampled_from(["bgr8", "rgb8", "bgra8", "rgba8", "mono8"]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 9),
    st.randoms(use_true_random=False),
)
def test_pixels_keep_their_place_whatever_the_size_and_padding(
    encoding: str, height: int, width: int, padding: int, random: Any
) -> None:
    channels = BYTES_PER_PIXEL[encoding]
    pixels = np.frombuffer(random.randbytes(height * width * channels), np.uint8).reshape(height, width, channels)
    step, data = padded(pixels.reshape(height, -1), padding)
    order = {"bgr8": [0, 1, 2], "rgb8": [2, 1, 0], "bgra8": [0, 1, 2], "rgba8": [2, 1, 0], "mono8": [0, 0, 0]}
    assert np.array_equal(decode_raw(encoding, height, width, step, data), pixels[:, :, order[encoding]])


@settings(deadline=None)
@given(
    st.sampled_from([*ENCODINGS, "16UC1", "", "bayer_xxxx8"]),
    st.integers(-2, 9),
    st.integers(-2, 9),
    st.integers(-5, 100),
    st.binary(max_size=400),
    st.booleans(),
)
def test_any_message_gives_a_picture_or_a_sentence(
    encoding: str, height: int, width: int, step: int, data: bytes, big: bool
) -> None:
    try:
        image = decode_raw(encoding, height, width, step, data, big)
    except SourceError:
        return
    assert (image.shape, image.dtype) == ((height, width, 3), np.uint8)


# Compressed pictures


@pytest.fixture
def picture() -> Image:
    image = np.zeros((24, 32, 3), np.uint8)
    image[:, :16] = BGR
    return image


def encoded(picture: Image, suffix: str) -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


@pytest.mark.parametrize(
    ("suffix", "format_"),
    [
        (".jpg", "jpeg"),
        (".jpg", "rgb8; jpeg compressed bgr8"),
        (".jpg", ""),
        (".png", "png"),
        (".png", "bgr8; png compressed bgr8"),
        (".webp", "webp"),
    ],
)
def test_compressed_pictures_become_bgr(picture: Image, suffix: str, format_: str) -> None:
    image = decode_compressed(encoded(picture, suffix), format_)
    assert image[12, 6] == pytest.approx(BGR, abs=8)
    assert image[12, 28] == pytest.approx((0, 0, 0), abs=8)


def test_a_compressed_picture_that_is_marked_as_rgb_is_swapped(picture: Image) -> None:
    image = decode_compressed(encoded(picture[:, :, ::-1].copy(), ".png"), "bgr8; png compressed rgb8")
    assert np.array_equal(image, picture)


@pytest.mark.parametrize("format_", ["16UC1; compressedDepth png", "32FC1; compressedDepth", "16UC1; png compressed "])
def test_compressed_depth_is_refused(picture: Image, format_: str) -> None:
    with pytest.raises(SourceError, match="depth picture"):
        decode_compressed(encoded(picture, ".png"), format_)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9])
def test_a_cut_off_compressed_picture_is_refused_in_silence(
    picture: Image, suffix: str, kept: float, capfd: pytest.CaptureFixture[str]
) -> None:
    data = encoded(picture, suffix)
    with pytest.raises(SourceError, match="damaged"):
        decode_compressed(data[: int(kept * len(data))], "jpeg")
    assert capfd.readouterr() == ("", "")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError):
        decode_compressed(data, "jpeg")
