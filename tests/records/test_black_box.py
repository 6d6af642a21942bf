"""A black box on a real disk: what is kept, for how long, in how much room, and after which ends."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carebot.records import black_box_files as files
from carebot.records.black_box import BlackBox, BlackBoxParameters, S, Topic

POSE = Topic("/robot/pose", "geometry_msgs/msg/Point", "float64 x\nfloat64 y\nfloat64 z")
BEGAN_NS = 1_800_000_000 * S
NOISE = random.Random(5)


class Robot:
    """Says something every second."""

    def __init__(self, folder: Path, most_mb: float = 50.0, minutes: float = 10.0, each_bytes: int = 24) -> None:
        self.folder, self.given, self.each_bytes = folder, BlackBoxParameters(minutes, most_mb), each_bytes
        self.box, self.now_s = BlackBox(folder, self.given), 0

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_s += 1
            data = self.now_s.to_bytes(8, "little") + NOISE.randbytes(self.each_bytes - 8)
            self.box.add(POSE, data, self.now_ns)
            self.box.tick(self.now_ns)

    @property
    def now_ns(self) -> int:
        return BEGAN_NS + self.now_s * S

    def restart(self) -> None:
        self.box.close(self.now_ns)
        self.box = BlackBox(self.folder, self.given)


def seconds_of(folder: Path, identifier: str) -> list[int]:
    """The seconds at which something was heard, as the recording tells them."""
    content = files.read_recording(folder, identifier)
    assert content is not None
    path = folder.parent / "taken.mcap"
    path.write_bytes(content)
    return [
        int.from_bytes(record.data[:8], "little")
        for record in files._whole_records(path)
        if hasattr(record, "log_time")
    ]


def whys(folder: Path) -> list[str]:
    return [each.why for each in files.recordings(folder)]


@contextlib.contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """The system refuses to write more into any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))  # Python ignores the signal of it
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "box"


@pytest.fixture
def begin(folder: Path) -> Iterator[Callable[..., Robot]]:
    """Robots with a black box in that folder, ended with the test."""
    with contextlib.ExitStack() as stack:

        def _begin(**given: float) -> Robot:
            robot = Robot(folder, **given)
            stack.callback(lambda: robot.box.close(robot.now_ns))
            return robot

        yield _begin


def test_the_last_minutes_are_there_and_nothing_older(begin, folder: Path) -> None:
    robot = begin()
    robot.run(1800)
    seconds = seconds_of(folder, "last")
    assert seconds[-1] == 1800
    assert 1800 - 640 <= seconds[0] <= 1800 - 600
    assert seconds == list(range(seconds[0], 1801))
    assert whys(folder) == ["last"]


def test_the_minutes_around_an_alarm_stay_when_all_else_is_forgotten(begin, folder: Path) -> None:
    robot = begin()
    robot.run(1000)
    robot.box.pin("alarm", robot.now_ns)
    robot.run(3000)
    (_, alarm) = files.recordings(folder)
    assert (alarm.why, alarm.at_s) == ("alarm", BEGAN_NS / S + 1000)
    seconds = seconds_of(folder, alarm.id)
    assert seconds[0] <= 700
    assert seconds[-1] == 1060
    assert seconds == list(range(seconds[0], 1061))


def test_what_happens_meanwhile_is_kept_with_it(begin, folder: Path) -> None:
    robot = begin()
    robot.run(400)
    robot.box.pin("alarm", robot.now_ns)
    robot.run(50)
    robot.box.pin("stop", robot.now_ns)
    robot.run(100)
    assert whys(folder) == ["last", "alarm"]
    assert seconds_of(folder, files.recordings(folder)[1].id)[-1] == 510


def test_the_five_newest_accidents_are_kept(begin, folder: Path) -> None:
    robot = begin()
    for _ in range(8):
        robot.run(100)
        robot.box.pin("stop", robot.now_ns)
        robot.run(100)
    kept_at_s = [each.at_s - BEGAN_NS / S for each in files.recordings(folder)[1:]]
    assert kept_at_s == [1500, 1300, 1100, 900, 700]


def test_all_files_together_are_never_larger_than_their_room(begin, folder: Path) -> None:
    robot = begin(most_mb=1.0, each_bytes=5000)
    for second in range(1500):
        robot.run(1)
        if second % 200 == 100:
            robot.box.pin("alarm", robot.now_ns)
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 1e6
    assert "alarm" in whys(folder)
    assert seconds_of(folder, "last")[-1] == 1500


def test_a_good_end_keeps_what_was_pinned_a_moment_ago(begin, folder: Path) -> None:
    robot = begin()
    robot.run(30)
    robot.box.pin("crash", robot.now_ns)
    robot.run(2)
    robot.restart()
    assert whys(folder) == ["last", "crash"]
    robot.run(2)
    assert whys(folder) == ["last", "crash"]


def test_a_clock_that_is_set_back_stops_nothing(begin, folder: Path) -> None:
    robot = begin()
    robot.run(100)
    robot.box.pin("alarm", robot.now_ns)
    robot.now_s = 10
    robot.run(100)
    assert robot.box.fault == ""
    assert whys(folder) == ["last", "alarm"]


KILLED = """
import os, sys, time
from pathlib import Path
from tests.records.test_black_box import Robot
robot = Robot(Path(sys.argv[1]))
robot.run(65)
print("ready", flush=True)
time.sleep(60)
"""


def test_after_kill_9_all_is_there_up_to_the_last_second_and_is_kept(begin, folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert seconds_of(folder, "last") == list(range(1, 66))
    robot = begin()
    robot.now_s = 100
    robot.run(1)
    (_, torn) = files.recordings(folder)
    assert torn.why == "torn"
    assert seconds_of(folder, torn.id)[:65] == list(range(1, 66))


@pytest.mark.parametrize("cut", [0, 3, 200, 1000])
def test_a_file_that_was_cut_anywhere_is_read_up_to_there(begin, folder: Path, cut: int) -> None:
    robot = begin()
    robot.run(20)
    [piece] = files.pieces(folder)
    whole = piece.read_bytes()
    piece.write_bytes(whole[: len(whole) - cut] + bytes(500))
    seconds = seconds_of(folder, "last")
    assert seconds == list(range(1, 21))[: len(seconds)]
    assert len(seconds) >= 20 - 1 - cut // 50


def test_a_disk_that_takes_nothing_is_told_of_and_tried_again(begin, folder: Path) -> None:
    folder.parent.chmod(0o500)
    robot = begin()
    with contextlib.ExitStack() as after:
        after.callback(folder.parent.chmod, 0o700)
        if os.getuid() == 0:  # root may write everywhere, but not into a file's inside
            folder.write_text("")
            after.callback(folder.unlink)
        robot.run(20)
        assert str(folder) in robot.box.fault
    robot.run(20)
    assert robot.box.fault == ""
    assert seconds_of(folder, "last")[-1] == 40


def test_a_full_disk_costs_the_newest_and_nothing_that_was_there(begin, folder: Path) -> None:
    robot = begin(each_bytes=1000)
    robot.run(40)
    with largest_file(10):
        robot.run(35)
        assert f"{folder} cannot be written" in robot.box.fault
    robot.run(20)
    assert robot.box.fault == ""
    seconds = seconds_of(folder, "last")
    assert seconds[:40] == list(range(1, 41))
    assert seconds[-1] == 95


def test_one_recorder_at_a_time(begin, folder: Path) -> None:
    first = begin()
    first.run(3)
    second = begin()
    second.run(3)
    assert "another" in second.box.fault or "black box" in second.box.fault
    first.box.close(first.now_ns)
    second.run(15)
    assert second.box.fault == ""


def test_a_name_that_is_no_recording_is_none(begin, folder: Path) -> None:
    begin().run(3)
    for name in ("", "../../etc/passwd", "nothing", "1-alarm", "*"):
        assert files.read_recording(folder, name) is None
