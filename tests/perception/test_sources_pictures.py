"""Pictures and folders of pictures."""

from __future__ import annotations

import logging
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from carebot.clock import ManualClock
from carebot.errors import SourceError
from carebot.perception.frames import Frame
from carebot.perception.sources.base import FrameSource
from carebot.perception.sources.factory import open_source
from carebot.perception.sources.pictures import load_picture, natural_key, open_folder


def open_path(path: Path) -> FrameSource:
    return open_source(str(path), ManualClock())


def frames_of(path: Path) -> list[Frame]:
    with open_path(path) as source:
        return list(iter(source.read, None))


def write_picture(path: Path, level: int = 100) -> Path:
    assert cv2.imwrite(str(path), np.full((24, 32, 3), level, np.uint8))
    return path


def cut(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve pictures, each brighter, numbered without leading zeros."""
    path = tmp_path / "walk"
    path.mkdir()
    for number in range(1, 13):
        write_picture(path / f"walk_{number}.png", 10 * number)
    return path


def test_an_empty_folder_says_what_to_put_in(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no pictures: put .*\.jpg"):
        open_path(tmp_path)


def test_a_folder_without_pictures_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "album.jpg").mkdir()
    (tmp_path / "._walk.jpg").write_bytes(b"resource fork")
    with pytest.raises(SourceError, match="holds no pictures"):
        open_path(tmp_path)


def test_a_folder_of_broken_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8 rubbish")
    with pytest.raises(SourceError, match=r"holds no picture that can be read"):
        open_path(tmp_path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_a_cut_off_picture_is_refused_without_a_word_on_stderr(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = cut(write_picture(tmp_path / f"half{suffix}"))
    with pytest.raises(SourceError, match=f"half{suffix} is not a picture"):
        open_path(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\0" * 100])
def test_what_only_claims_to_be_a_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "claim.png").write_bytes(content)
    with pytest.raises(SourceError, match=r"claim\.png"):
        open_path(tmp_path / "claim.png")


def test_a_picture_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.png cannot be read"):
        load_picture(tmp_path / "gone.png")


def test_pictures_come_as_people_count(folder: Path) -> None:
    frames = frames_of(folder)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [10 * number for number in range(1, 13)]
    assert [frame.sequence for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx([number / 30 for number in range(12)])


def test_the_rate_of_a_folder_can_be_given(folder: Path) -> None:
    with open_folder(folder, fps=5.0) as source:
        assert (source.fps, source.frame_count, source.is_live, source.name) == (5.0, 12, False, str(folder))
        assert [frame.time_s for frame in iter(source.read, None)] == pytest.approx([n / 5 for n in range(12)])


def test_a_broken_picture_is_left_out_and_named_and_keeps_its_place_in_time(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cut(folder / "walk_2.png")
    with caplog.at_level(logging.WARNING):
        frames = frames_of(folder)
    assert [frame.sequence for frame in frames] == list(range(11))
    assert [frame.time_s for frame in frames[:3]] == pytest.approx([0.0, 2 / 30, 3 / 30])
    assert [record.getMessage().partition(" is ")[0] for record in caplog.records] == [
        f"Left out: {folder / 'walk_2.png'}"
    ]


def test_a_broken_first_picture_is_left_out_too(folder: Path) -> None:
    cut(folder / "walk_1.png")
    assert len(frames_of(folder)) == 11


@pytest.mark.parametrize("name", ["a.png", "B.JPG", "居間.webp"])
def test_a_single_picture_is_one_frame(tmp_path: Path, name: str) -> None:
    ascii_path = write_picture(tmp_path / f"plain{Path(name).suffix.lower()}", 90)
    frames = frames_of(ascii_path.rename(tmp_path / name))
    assert [(frame.time_s, frame.sequence) for frame in frames] == [(0.0, 0)]
    assert frames[0].image.shape == (24, 32, 3)
    assert frames[0].image == pytest.approx(np.full((24, 32, 3), 90), abs=2)


@pytest.mark.parametrize(
    "pixels",
    [np.full((6, 8), 70, np.uint8), np.full((6, 8, 4), 70, np.uint8), np.full((6, 8, 3), 70 * 257, np.uint16)],
    ids=["grey", "alpha", "16 bits"],
)
def test_any_kind_of_png_becomes_bgr8(tmp_path: Path, pixels: np.ndarray) -> None:
    assert cv2.imwrite(str(tmp_path / "a.png"), pixels)
    image = load_picture(tmp_path / "a.png")
    assert (image.shape, image.dtype) == ((6, 8, 3), np.uint8)
    assert np.all(image == 70)


def test_a_phone_picture_is_turned_upright(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "phone.jpg")
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    data = path.read_bytes()
    path.write_bytes(data[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif + data[2:])
    assert load_picture(path).shape == (32, 24, 3)


def test_a_closed_folder_gives_nothing(folder: Path) -> None:
    source = open_path(folder)
    source.close()
    assert source.read() is None


def test_natural_order() -> None:
    names = ["b", "a10", "a2", "A3", "a", "10", "9", "a2b", "٣", "x²"]
    ordered = [path.name for path in sorted(map(Path, names), key=natural_key)]
    assert ordered[:8] == ["9", "10", "a", "a2", "a2b", "A3", "a10", "b"]


def test_real_pictures(shared_data: Path) -> None:
    folder = shared_data / "images" / "people"
    if not folder.is_dir():
        pytest.skip("no pictures of people are here")
    assert len(frames_of(folder)) == len(list(folder.glob("*.jpg")))
