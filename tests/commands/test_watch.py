"""`carebot watch` as a process of its own: bad input, complete outputs, and Ctrl-C."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from carebot.errors import ConfigError
from carebot.perception.registry import operators_registry
from carebot.resources import models_dir
from carebot.watch.cropping import parse_part

CAREBOT = [sys.executable, "-c", "from carebot.cli import main; main()", "watch"]
WAIT_S = 60.0


def watch(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [*CAREBOT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False, **options)  # type: ignore[call-overload,no-any-return]


def refused(done: subprocess.CompletedProcess[str], said: str, code: int = 2) -> None:
    """It ended with this code and one sentence that says so."""
    assert done.returncode == code, done
    assert done.stderr.startswith("carebot: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def film(path: Path, frames: int = 20, size: tuple[int, int] = (160, 120)) -> Path:
    """A recording of noise."""
    noise = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 15.0, size)
    for _ in range(frames):
        writer.write(noise.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    writer.release()
    return path


def count(path: Path) -> int:
    capture, frames = cv2.VideoCapture(str(path)), 0
    while capture.read()[0]:
        frames += 1
    capture.release()
    return frames


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 128, np.uint8))
    return path


class TestBadInput:
    def test_no_such_file(self, tmp_path: Path) -> None:
        refused(watch(tmp_path / "gone.mp4"), "gone.mp4 does not exist")

    def test_an_empty_video(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.mp4"
        path.touch()
        refused(watch(path), "empty.mp4 is empty")

    def test_a_truncated_video(self, tmp_path: Path) -> None:
        path = film(tmp_path / "cut.mp4")
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        refused(watch(path), "cut off")

    @pytest.mark.parametrize("content", [b"Dear diary\n" * 50, bytes(5000)])
    def test_what_is_no_video(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "diary.mp4"
        path.write_bytes(content)
        refused(watch(path), "diary.mp4")

    def test_a_camera_that_does_not_exist(self) -> None:
        refused(watch("73"), "/dev/video73 does not exist")

    def test_a_stream_that_cannot_be_reached_says_so_without_the_password(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            done = watch(f"rtsp://anna:secret@127.0.0.1:{closed.getsockname()[1]}/live")
        refused(done, "cannot be reached")
        assert "secret" not in done.stderr

    @pytest.mark.parametrize(
        ("crop", "said"),
        [
            ("1,2,3", "four whole numbers"),
            ("100,0,61,50", "160 × 120"),
        ],
    )
    def test_a_bad_crop(self, picture: Path, crop: str, said: str) -> None:
        refused(watch(picture, "--fast", f"--crop={crop}"), said)

    @pytest.mark.parametrize("crop", ["", "1,2,3,4,5", "a,b,c,d", "0,0,1e2,50", "-1,0,50,50", "0,0,8,50", "0,0,50,15"])
    def test_other_bad_crops(self, crop: str) -> None:
        with pytest.raises(ConfigError, match="--crop"):
            parse_part(crop)

    def test_an_unknown_model(self, picture: Path) -> None:
        refused(watch(picture, "--model", "blazeposee"), "did you mean 'blazepose'")

    def test_an_output_folder_that_does_not_exist_is_noticed_before_the_work(
        self, picture: Path, tmp_path: Path
    ) -> None:
        refused(watch(picture, "--plot", tmp_path / "nowhere/p.png"), "nowhere does not exist")

    def test_an_unknown_key_in_the_operators_registry(self, picture: Path) -> None:
        _register(picture, extra='colour = "red"\n')
        refused(watch(picture), "colour")

    def test_a_corrupt_onnx_file_whose_hash_is_as_it_should_be(self, picture: Path, tmp_path: Path) -> None:
        model = tmp_path / "corrupt.onnx"
        model.write_bytes((models_dir() / "pose_landmarks.onnx").read_bytes()[:100_000])
        _register(model)
        refused(watch(picture, "--model", "mine"), "corrupt.onnx")

    def test_an_onnx_file_that_was_changed_since_it_was_registered(self, picture: Path, tmp_path: Path) -> None:
        model = tmp_path / "changed.onnx"
        shutil.copy(models_dir() / "pose_detector.onnx", model)
        _register(model)
        with model.open("ab") as file:
            file.write(b"more")
        refused(watch(picture, "--model", "mine"), "changed.onnx")


def _register(model: Path, extra: str = "") -> None:
    registry = operators_registry()
    registry.parent.mkdir(parents=True, exist_ok=True)
    registry.write_text(
        '[[model]]\nname = "mine"\ntask = "pose"\nfamily = "yolo_pose"\nlicence = "MIT"\ndescription = "Mine"\n'
        f'{extra}[[model.file]]\nfile = "{model}"\nsha256 = "{sha256(model.read_bytes()).hexdigest()}"\n',
        encoding="utf-8",
    )


class TestOutputs:
    def test_a_picture_of_nobody_is_watched_to_its_end(self, picture: Path, tmp_path: Path) -> None:
        events, annotated, plot = tmp_path / "e.jsonl", tmp_path / "a.mp4", tmp_path / "p.png"
        done = watch(picture, "--fast", "--events", events, "--annotated", annotated, "--plot", plot)
        assert (done.returncode, done.stdout) == (0, "")
        assert "1 pictures" in done.stderr
        assert "CPUExecutionProvider" in done.stderr
        assert "somebody in 0 %" in done.stderr
        assert events.read_text(encoding="utf-8") == ""
        assert count(annotated) == 1
        assert cv2.imread(str(plot)) is not None

    def test_a_folder_of_pictures_of_several_sizes(self, tmp_path: Path) -> None:
        folder, annotated = tmp_path / "pictures", tmp_path / "a.mp4"
        folder.mkdir()
        for number, size in enumerate([(120, 160), (200, 100), (64, 64)]):
            cv2.imwrite(str(folder / f"{number}.png"), np.full((*size, 3), 90, np.uint8))
        done = watch(folder, "--fast", "--annotated", annotated)
        assert done.returncode == 0, done.stderr
        assert count(annotated) == 3

    def test_every_picture_of_a_recording_is_watched_also_at_its_own_pace(self, tmp_path: Path) -> None:
        source, annotated = film(tmp_path / "noise.mp4"), tmp_path / "a.mp4"
        done = watch(source, "--annotated", annotated, "--crop", "10,10,100,80")
        assert done.returncode == 0, done.stderr
        assert count(annotated) == 20

    def test_a_full_disk_is_a_sentence_and_exit_code_1(self, tmp_path: Path) -> None:
        """The limit on a file's size fails as a full disk does."""
        source = film(tmp_path / "noise.mp4", frames=60)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # noqa: E731
        annotated = tmp_path / "a.mp4"
        done = watch(source, "--fast", "--show-pixels", "--annotated", annotated, preexec_fn=limit)
        assert done.returncode == 1, done
        assert "a.mp4 could not be written to its end" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.slow
    def test_a_real_fall_is_told_with_its_reason_on_black(self, shared_data: Path, tmp_path: Path) -> None:
        events, annotated, plot = tmp_path / "e.jsonl", tmp_path / "a.mp4", tmp_path / "p.png"
        source = shared_data / "falls/s3_fall_15.mp4"
        done = watch(source, "--fast", "--events", events, "--annotated", annotated, "--plot", plot)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["event"] for line in lines] == ["suspected", "confirmed"]
        assert all({"time_s", "person", "confidence", "reason", "evidence"} <= line.keys() for line in lines)
        assert "floor" in lines[0]["reason"]
        assert events.read_text(encoding="utf-8") == done.stdout
        assert count(annotated) == count(source) == 85
        capture = cv2.VideoCapture(str(annotated))
        dark = np.mean([(capture.read()[1].max(axis=2) < 24).mean() for _ in range(40)])
        assert dark > 0.85
        plotted = cv2.imread(str(plot))
        assert plotted is not None
        assert plotted.std() > 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_stopped_in_the_middle_leaves_complete_files(tmp_path: Path, number: signal.Signals) -> None:
    source = film(tmp_path / "long.mp4", frames=600)  # 40 s at its own pace
    events, annotated, plot = tmp_path / "e.jsonl", tmp_path / "a.mp4", tmp_path / "p.png"
    command = [*CAREBOT, source, "--events", events, "--annotated", annotated, "--plot", plot]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until_s = time.monotonic() + WAIT_S
        while not (annotated.exists() and annotated.stat().st_size > 0):
            assert time.monotonic() < until_s
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert 1 <= count(annotated) < 600
    assert events.exists()
    assert cv2.imread(str(plot)) is not None
