"""Recordings: broken ones first, then their pictures and their times."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.clock import ManualClock
from carebot.errors import SourceError
from carebot.perception.frames import Frame
from carebot.perception.sources.base import FrameSource
from carebot.perception.sources.factory import open_source
from carebot.perception.sources.video import FrameTimes, is_cut_short

FRAMES = 30
FPS = 10.0


def open_path(path: Path) -> FrameSource:
    return open_source(str(path), ManualClock())


def frames_of(path: Path) -> list[Frame]:
    with open_path(path) as source:
        return list(iter(source.read, None))


def write_video(path: Path, fourcc: str = "mp4v", frames: int = FRAMES) -> Path:
    """A video whose top left corner is brighter in each picture; the top half is red, the lower half blue."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*fourcc), FPS, (160, 120))
    if not writer.isOpened():
        pytest.skip(f"this OpenCV cannot write {fourcc}")
    noise = np.random.default_rng(0)
    for number in range(frames):
        image = np.zeros((120, 160, 3), np.uint8)
        image[:60, :, 2] = 200
        image[60:, :, 0] = 200
        image[40:80, 40:120] = noise.integers(0, 255, (40, 80, 3), np.uint8)
        image[:32, :32] = 8 * number
        writer.write(image)
    writer.release()
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "clip.mp4")


# The boxes of an MP4 file (ISO/IEC 14496-12), as far as these tests change them.


def boxes(data: bytes, start: int = 0, end: int | None = None) -> dict[bytes, tuple[int, int]]:
    """The boxes right inside data[start:end]: name to (start, end)."""
    found = {}
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack_from(">I4s", data, start)
        found[name] = (start, start + size)
        start += size
    return found


def find(data: bytes, *names: bytes) -> tuple[int, int]:
    """Where the box at the path `names` is."""
    start, end = 0, len(data)
    for depth, name in enumerate(names):
        start, end = boxes(data, start + (8 if depth else 0), end)[name]
    return start, end


SAMPLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def with_index_first(data: bytes) -> bytes:
    """The same video with its index in front of its pictures, as made for the web."""
    start, end = find(data, b"moov")
    moov = bytearray(data[start:end])
    table, _ = find(bytes(moov), *SAMPLES, b"stco")
    count = struct.unpack_from(">I", moov, table + 12)[0]
    for place in range(table + 16, table + 16 + 4 * count, 4):
        struct.pack_into(">I", moov, place, struct.unpack_from(">I", moov, place)[0] + len(moov))
    head = boxes(data)[b"ftyp"][1]
    return data[:head] + bytes(moov) + data[head:start] + data[end:]


def turned(data: bytes) -> bytes:
    """The same video with a phone's mark: turn me by 90° clockwise."""
    start, _ = find(data, b"moov", b"trak", b"tkhd")
    one = 0x00010000
    matrix = struct.pack(">9i", 0, one, 0, -one, 0, 0, 120 * one, 0, 0x40000000)
    return data[: start + 48] + matrix + data[start + 84 :]


def with_variable_rate(data: bytes) -> bytes:
    """The same video with its last ten pictures three times as long; its index must stand at its end."""
    start, end = find(data, *SAMPLES, b"stts")
    first = struct.unpack_from(">I", data, start + 20)[0]
    entries = struct.pack(">IIIII", 2, FRAMES - 10, first, 10, 3 * first)
    box = struct.pack(">I4sI", 12 + len(entries), b"stts", 0) + entries
    changed = bytearray(data[:start] + box + data[end:])
    for depth in range(1, len(SAMPLES) + 1):
        place, _ = find(data, *SAMPLES[:depth])
        struct.pack_into(">I", changed, place, struct.unpack_from(">I", data, place)[0] + len(box) - (end - start))
    return bytes(changed).replace(b"edts", b"free")  # the edit list would cut the video at its old length


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.mp4 does not exist"):
        open_path(tmp_path / "nothing.mp4")


def test_a_file_inside_a_file_does_not_exist(video: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        open_path(video / "more.mp4")


def test_a_name_that_is_far_too_long_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        open_path(tmp_path / ("x" * 5000))


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(SourceError, match=r"empty\.mp4 is empty"):
        open_path(tmp_path / "empty.mp4")


@pytest.mark.parametrize("name", ["letter.mp4", "letter.txt"])
def test_text_is_not_a_video(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear Ms Tanaka,\n" * 500)
    with pytest.raises(SourceError, match=f"{name} is a text file"):
        open_path(tmp_path / name)


def test_rubbish_is_not_a_video(tmp_path: Path) -> None:
    (tmp_path / "rubbish.avi").write_bytes(np.random.default_rng(0).bytes(50_000))
    with pytest.raises(SourceError, match=r"rubbish\.avi is not a video"):
        open_path(tmp_path / "rubbish.avi")


def test_a_video_cut_off_before_its_index_is_explained(video: Path) -> None:
    data = video.read_bytes()
    video.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"clip\.mp4 is a video .* without its index because it was cut off"):
        open_path(video)


def test_a_video_with_an_index_and_no_pictures_is_refused(video: Path) -> None:
    data = with_index_first(video.read_bytes())
    video.write_bytes(data[: find(data, b"mdat")[0] + 8])
    with pytest.raises(SourceError, match=r"clip\.mp4"):
        open_path(video)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(SourceError, match=r"pipe\.mp4 is a pipe"):
        open_path(tmp_path / "pipe.mp4")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_that_is_no_camera_is_refused() -> None:
    with pytest.raises(SourceError, match="/dev/zero is a pipe or a device"):
        open_path(Path("/dev/zero"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(video: Path) -> None:
    video.chmod(0)
    with pytest.raises(SourceError, match="permission"):
        open_path(video)


def cut_avi(path: Path) -> Path:
    data = write_video(path.with_suffix(".avi"), "MJPG").read_bytes()
    path.with_suffix(".avi").write_bytes(data[: len(data) // 2])
    return path.with_suffix(".avi")


def cut_mp4(path: Path) -> Path:
    data = with_index_first(write_video(path.with_suffix(".mp4")).read_bytes())
    path.with_suffix(".mp4").write_bytes(data[: len(data) // 2])
    return path.with_suffix(".mp4")


@pytest.mark.parametrize("cut", [cut_avi, cut_mp4])
def test_a_truncated_video_gives_what_it_has_and_says_how_much_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, cut: Callable[[Path], Path]
) -> None:
    path = cut(tmp_path / "cut")
    with open_path(path) as source, caplog.at_level(logging.WARNING):
        frames = list(iter(source.read, None))
        assert source.read() is None
    assert 3 <= len(frames) < FRAMES - 3
    assert source.incomplete == f"{len(frames)} of its {FRAMES} frames could be read"
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} is incomplete: {len(frames)} of its {FRAMES} frames could be read; what follows is missing."
    ]


def test_nothing_is_printed_by_the_decoder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    frames_of(cut_avi(tmp_path / "cut"))
    (tmp_path / "rubbish.mp4").write_bytes(b"\0" * 5000)
    with pytest.raises(SourceError):
        open_path(tmp_path / "rubbish.mp4")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("fourcc", "name"), [("mp4v", "a.mp4"), ("MJPG", "a.avi"), ("XVID", "a.mkv")])
def test_a_video_is_read_whole_in_order_and_in_its_own_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fourcc: str, name: str
) -> None:
    path = write_video(tmp_path / name, fourcc)
    with open_path(path) as source:
        assert (source.name, source.is_live, source.frame_count) == (str(path), False, FRAMES)
        assert source.fps == pytest.approx(FPS)
        frames = list(iter(source.read, None))
    assert [frame.sequence for frame in frames] == list(range(FRAMES))
    assert [frame.time_s for frame in frames] == pytest.approx([number / FPS for number in range(FRAMES)])
    for frame in frames:
        assert (frame.image.shape, frame.image.dtype) == ((120, 160, 3), np.uint8)
        assert frame.image[8:24, 8:24].mean() == pytest.approx(8 * frame.sequence, abs=6)
    assert caplog.records == []


def test_colours_are_bgr(video: Path) -> None:
    image = frames_of(video)[0].image
    assert image[20, 140] == pytest.approx([0, 0, 200], abs=12)
    assert image[100, 140] == pytest.approx([200, 0, 0], abs=12)


def test_a_video_of_one_picture(tmp_path: Path) -> None:
    assert len(frames_of(write_video(tmp_path / "one.avi", "MJPG", frames=1))) == 1


def test_names_with_signs_that_opencv_reads_as_a_pattern(tmp_path: Path) -> None:
    assert len(frames_of(write_video(tmp_path / "a.avi", "MJPG").rename(tmp_path / "居間 %03d clip.avi"))) == FRAMES


def test_a_phone_video_is_turned_upright(video: Path) -> None:
    video.write_bytes(turned(video.read_bytes()))
    image = frames_of(video)[0].image
    assert image.shape == (160, 120, 3)
    assert image[140, 100] == pytest.approx([0, 0, 200], abs=12)  # the top went to the right
    assert image[140, 20] == pytest.approx([200, 0, 0], abs=12)


def test_a_variable_frame_rate_is_kept(video: Path, caplog: pytest.LogCaptureFixture) -> None:
    video.write_bytes(with_variable_rate(video.read_bytes()))
    times = [frame.time_s for frame in frames_of(video)]
    assert np.diff(times)[: FRAMES - 11] == pytest.approx(0.1)
    assert np.diff(times)[FRAMES - 10 :] == pytest.approx(0.3)
    assert caplog.records == []


def test_a_closed_video_gives_nothing_and_closes_twice(video: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = open_path(video)
    source.close()
    source.close()
    assert source.read() is None
    assert caplog.records == []


def test_the_home_folder_may_be_written_as_a_tilde(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(video.parent))
    with open_source("~/clip.mp4", ManualClock()) as source:
        assert source.read() is not None


def test_real_recordings_are_read_to_the_end(shared_data: Path, caplog: pytest.LogCaptureFixture) -> None:
    clips = sorted((shared_data / "falls").glob("*.mp4"))[::6]
    if not clips:
        pytest.skip("no fall recordings are here")
    for clip in clips:
        with open_path(clip) as source:
            frames = [(frame.time_s, frame.sequence) for frame in iter(source.read, None)]
            assert source.frame_count is not None
            assert abs(len(frames) - source.frame_count) <= 2
            assert source.fps is not None
            assert frames[-1][0] == pytest.approx(len(frames) / source.fps, rel=0.05)
    assert caplog.records == []


# Times


def test_times_begin_at_zero_whatever_the_first_stamp() -> None:
    times = FrameTimes(10.0)
    assert [times.next_s(stamp) for stamp in (5000.0, 5100.0, 5350.0)] == pytest.approx([0.0, 0.1, 0.35])


@pytest.mark.parametrize(
    "stamps",
    [
        [0.0, 0.0, 0.0],
        [float("nan")] * 3,
        [0.0, -100.0, -200.0],
        [0.0, float("inf"), float("inf")],
        [0.0, 90_000_000.0, 90_000_000.0],
    ],
)
def test_useless_stamps_are_replaced_by_the_frame_rate(stamps: list[float]) -> None:
    times = FrameTimes(20.0)
    assert [times.next_s(stamp) for stamp in stamps] == pytest.approx([0.0, 0.05, 0.1])


def test_a_stamp_that_goes_back_once_does_not_stop_time() -> None:
    times = FrameTimes(10.0)
    assert [times.next_s(stamp) for stamp in (0, 100, 50, 150, 250)] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


def test_without_a_frame_rate_thirty_are_assumed() -> None:
    times = FrameTimes(None)
    assert [times.next_s(0.0) for _ in range(3)] == pytest.approx([0.0, 1 / 30, 2 / 30])


@settings(deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=False), min_size=2), st.floats(0.1, 1000.0)
)
def test_time_always_advances(stamps: list[float], fps: float) -> None:
    times = FrameTimes(fps)
    seen = [times.next_s(stamp) for stamp in stamps]
    assert seen[0] == 0.0
    assert all(earlier <= later for earlier, later in pairwise(seen))
    assert all(np.isfinite(seen))


@pytest.mark.parametrize(
    ("frames", "promised", "last_s", "fps", "cut"),
    [
        (50, 50, 4.9, 10.0, False),
        (48, 50, 4.7, 10.0, False),
        (25, 50, 2.4, 10.0, True),
        (2, 4, 0.0, 10.0, False),
        (48, 50, 4.2, 10.0, False),
        (25, 50, 4.9, 10.0, False),  # an estimated count; the time is all there
        (60, 50, 5.9, 10.0, False),
        (25, None, 2.4, 10.0, False),
        (25, 50, 2.4, None, False),
    ],
)
def test_what_counts_as_cut_short(
    frames: int, promised: int | None, last_s: float, fps: float | None, cut: bool
) -> None:
    assert is_cut_short(frames, promised, last_s, fps) is cut
