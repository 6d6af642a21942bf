"""The reader's own part: newest wins, back-off, and recordings played as if they were cameras."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from carebot.clock import ManualClock, MonotonicClock
from carebot.errors import SourceError
from carebot.perception.frames import Frame
from carebot.perception.sources.base import FrameSource
from carebot.perception.sources.factory import open_source
from carebot.perception.sources.live import Backoff, LiveReader, Pacer
from carebot.perception.sources.pictures import open_folder
from carebot.perception.supervision import CameraWatch, CameraWatchParameters

PATIENCE_S = 30.0


def until(true: Callable[[], bool]) -> bool:
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        if true():
            return True
        time.sleep(0.005)
    return False


def collect(reader: LiveReader, enough: Callable[[list[Frame]], bool]) -> list[Frame]:
    frames: list[Frame] = []

    def done() -> bool:
        frame = reader.latest()
        if frame is not None:
            frames.append(frame)
        return enough(frames)

    assert until(done), reader.problem
    return frames


@pytest.fixture
def walk(tmp_path: Path) -> Callable[[], FrameSource]:
    """Opens a recording of ten pictures, ten a second, each brighter."""
    for number in range(10):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((8, 8, 3), 60 + 10 * number, np.uint8))
    return lambda: open_folder(tmp_path, fps=10.0)


def test_back_off_doubles_up_to_ten_seconds_and_starts_again() -> None:
    backoff = Backoff()
    assert [backoff.next_s() for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.reset()
    assert backoff.next_s() == 0.5


def test_a_file_read_at_once_ends_with_its_last_frame_waiting(walk: Callable[[], FrameSource]) -> None:
    with LiveReader(walk, ManualClock()) as reader:
        assert until(lambda: reader.ended)
        newest = reader.latest()
        assert newest is not None
        assert (newest.sequence, newest.time_s) == (9, pytest.approx(0.9))
        assert newest.image[0, 0, 0] == 150
        assert reader.latest() is None
        assert reader.problem is None


def test_a_paced_recording_waits_for_its_clock(walk: Callable[[], FrameSource]) -> None:
    clock = ManualClock(100.0)
    with LiveReader(walk, clock, pace=True) as reader:
        first = collect(reader, lambda frames: len(frames) == 1)[0]
        assert (first.sequence, first.time_s) == (0, 100.0)
        assert reader.latest() is None
        clock.advance(0.1)
        second = collect(reader, lambda frames: len(frames) == 1)[0]
        assert (second.sequence, second.time_s) == (1, pytest.approx(100.1))
        assert not reader.ended


def test_whoever_comes_late_gets_the_newest_frame_only(walk: Callable[[], FrameSource]) -> None:
    clock = ManualClock(100.0)
    with LiveReader(walk, clock, pace=True) as reader:
        collect(reader, lambda frames: len(frames) == 1)
        clock.advance(100.0)
        assert until(lambda: reader.ended)
        newest = reader.latest()
        assert newest is not None
        assert newest.sequence == 9
        assert reader.latest() is None


def test_a_loop_goes_on_with_rising_times_and_numbers(walk: Callable[[], FrameSource]) -> None:
    clock = ManualClock()
    with LiveReader(walk, clock, pace=True, loop=True) as reader:

        def play_on(frames: list[Frame]) -> bool:
            clock.advance(0.005)
            return len(frames) >= 25

        frames = collect(reader, play_on)
        assert not reader.ended
    assert frames[-1].sequence >= 24
    assert np.all(np.diff([frame.sequence for frame in frames]) >= 1)
    assert np.all(np.diff([frame.time_s for frame in frames]) > 0.0)
    assert {int(frame.image[0, 0, 0]) for frame in frames[-10:]} <= set(range(60, 151, 10))


def test_real_time_is_kept(walk: Callable[[], FrameSource]) -> None:
    clock = MonotonicClock()
    began_s = clock.now_s()
    with LiveReader(walk, clock, pace=True) as reader:
        frames = collect(reader, lambda frames: reader.ended)
    assert clock.now_s() - began_s >= 0.9
    times = [frame.time_s - frames[0].time_s for frame in frames]
    assert times == pytest.approx([frame.sequence / 10 for frame in frames])


def test_a_paced_recording_under_watch_is_a_good_camera(walk: Callable[[], FrameSource]) -> None:
    clock = MonotonicClock()
    watch = CameraWatch(CameraWatchParameters.noiseless())
    with LiveReader(walk, clock, pace=True, loop=True) as reader:
        assert until(lambda: watch.step(reader.latest(), clock.now_s()).frames_per_s > 5.0)


def test_a_source_that_cannot_be_opened_is_tried_again_until_it_can(walk: Callable[[], FrameSource]) -> None:
    tries = []

    def open_it() -> FrameSource:
        tries.append(len(tries))
        return walk() if len(tries) > 3 else open_source("/nowhere/clip.mp4", ManualClock())

    with LiveReader(open_it, ManualClock(), backoff=Backoff(0.001, 0.002)) as reader:
        assert until(lambda: reader.ended)
        assert len(tries) == 4
        assert reader.problem is None


def test_good_frames_make_the_next_wait_short_again(walk: Callable[[], FrameSource]) -> None:
    backoff = Backoff(0.001, 1.0)
    backoff.next_s()
    with LiveReader(walk, ManualClock(), backoff=backoff) as reader:
        assert until(lambda: reader.ended)
    assert backoff.next_s() == 0.001


def test_a_lasting_problem_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tries = []

    def open_it() -> FrameSource:
        tries.append(1)
        return open_source(str(tmp_path / "gone.mp4"), ManualClock())

    with LiveReader(open_it, ManualClock(), backoff=Backoff(0.001, 0.001)):
        assert until(lambda: len(tries) > 3)
    assert len(caplog.records) == 1


def test_the_problem_is_the_sentence_of_the_source(tmp_path: Path) -> None:
    with LiveReader(lambda: open_source(str(tmp_path / "gone.mp4"), ManualClock()), ManualClock()) as reader:
        assert until(lambda: reader.problem is not None)
        assert reader.problem == f"{tmp_path / 'gone.mp4'} does not exist: check the name."
        assert reader.latest() is None
        assert not reader.ended


def test_close_does_not_wait_for_a_back_off() -> None:
    reader = LiveReader(lambda: open_source("/nowhere", ManualClock()), ManualClock(), backoff=Backoff(1e6, 1e6))
    assert until(lambda: reader.problem is not None)
    reader.close()
    assert "carebot-camera" not in {thread.name for thread in threading.enumerate()}


def test_close_does_not_wait_for_a_picture_that_is_not_due(walk: Callable[[], FrameSource]) -> None:
    reader = LiveReader(walk, ManualClock(), pace=True)
    collect(reader, lambda frames: len(frames) == 1)
    reader.close()
    assert "carebot-camera" not in {thread.name for thread in threading.enumerate()}
    assert not reader.ended


def test_the_source_is_closed_whatever_happens(walk: Callable[[], FrameSource]) -> None:
    source = walk()
    with LiveReader(walk, ManualClock(), first=source, pace=True) as reader:
        collect(reader, lambda frames: len(frames) == 1)
    assert source.read() is None


def test_a_clock_set_back_does_not_stop_a_recording() -> None:
    clock = ManualClock(1000.0)
    pacer = Pacer(clock, threading.Event())
    assert pacer.wait_until_due(0.0) == 1000.0
    clock.advance(-900.0)
    waited = []
    thread = threading.Thread(target=lambda: waited.append(pacer.wait_until_due(0.1)))
    thread.start()
    assert until(lambda: clock.advance(0.05) or not thread.is_alive())
    thread.join()
    assert waited == [pytest.approx(100.1, abs=0.2)]


def test_a_stop_ends_the_wait() -> None:
    stop = threading.Event()
    stop.set()
    pacer = Pacer(ManualClock(), stop)
    pacer.wait_until_due(0.0)
    assert pacer.wait_until_due(1e9) == 1e9


def test_a_source_that_vanishes_is_an_operating_system_error_too() -> None:
    assert issubclass(SourceError, OSError)
