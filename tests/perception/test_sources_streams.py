"""Cameras and network streams, against real sockets: unreachable ones, and an MJPEG server that comes and goes.

Nothing here asserts how long something took on the wall, except that a call with a time limit came back at all.
"""

from __future__ import annotations

import http.server
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from carebot.clock import ManualClock, MonotonicClock
from carebot.errors import SourceError
from carebot.perception.frames import Frame
from carebot.perception.sources._opencv import OPEN_TIMEOUT_S
from carebot.perception.sources.base import FrameSource
from carebot.perception.sources.capture import open_stream, resolve
from carebot.perception.sources.factory import open_source
from carebot.perception.sources.live import Backoff, LiveReader
from carebot.perception.supervision import CameraWatch

PATIENCE_S = 30.0  # for a busy machine; good runs need a fraction


def until(true: Callable[[], bool]) -> bool:
    """Wait until it is true, or long enough to be sure that it never will be."""
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        if true():
            return True
        time.sleep(0.005)
    return False


class MjpegCamera:
    """A real HTTP server that sends an endless MJPEG stream at `/live`, as network cameras do.

    `frozen` repeats the picture, `silent` keeps the connection and sends nothing, `hang_up` ends each connection, and
    `stop`/`start` take the whole camera off the network and bring it back at the same port.
    """

    def __init__(self) -> None:
        self.frozen = False
        self.silent = False
        self.connections = 0
        self.sent = 0
        self._over = threading.Event()
        self._noise = np.random.default_rng(0)
        self._server: http.server.ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/live"

    def start(self) -> None:
        self._over.clear()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.answer(self)

            def log_message(self, format: str, *arguments: object) -> None:
                """Tests are quiet."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = False
            block_on_close = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A viewer that hangs up is no error of a camera."""

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="mjpeg-camera").start()

    def hang_up(self) -> None:
        """End the connections of now; the next one is answered again."""
        self._over.set()
        self._over = threading.Event()

    def stop(self) -> None:
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        if request.path != "/live":
            request.send_error(404)
            return
        over = self._over
        self.connections += 1
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        picture = self.picture()
        while not over.wait(0.03):
            picture = picture if self.frozen else self.picture()
            if not self.silent:
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                request.wfile.write(head.encode() + picture + b"\r\n")
                self.sent += 1

    def picture(self) -> bytes:
        return cv2.imencode(".jpg", self._noise.integers(0, 255, (48, 64, 3), np.uint8))[1].tobytes()


@pytest.fixture
def camera() -> Iterator[MjpegCamera]:
    camera = MjpegCamera()
    yield camera
    camera.stop()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


def reader_of(camera: MjpegCamera) -> LiveReader:
    clock = MonotonicClock()
    return LiveReader(lambda: open_source(camera.url, clock), clock, backoff=Backoff(0.05, 0.2))


def read_on(source: FrameSource) -> None:
    while True:
        source.read()


def frame_of(reader: LiveReader) -> Frame:
    frames: list[Frame] = []
    assert until(lambda: (frame := reader.latest()) is not None and not frames.append(frame)), reader.problem
    return frames[0]


# Cameras


@pytest.mark.skipif(not Path("/dev").is_dir(), reason="cameras have no device files here")
@pytest.mark.parametrize("spec", ["987", "camera:987", "/dev/video987"])
def test_a_camera_that_does_not_exist_is_named_with_those_that_do(spec: str) -> None:
    with pytest.raises(SourceError, match=r"/dev/video987 does not exist: (choose one of|this machine sees none)"):
        open_source(spec, ManualClock())


@pytest.mark.parametrize("spec", ["camera:", "camera:front", "camera:-1", "camera:99999"])
def test_a_camera_without_a_number_is_explained(spec: str) -> None:
    with pytest.raises(SourceError, match="write camera:0"):
        open_source(spec, ManualClock())


@pytest.mark.parametrize("spec", ["", "\0", "a\0b"])
def test_no_source_at_all_is_explained(spec: str) -> None:
    with pytest.raises(SourceError, match="No source is named"):
        open_source(spec, ManualClock())


# Streams that cannot be had


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_refused_connection_is_explained_without_the_password(
    scheme: str, closed_port: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SourceError, match="cannot be reached") as caught:
        open_source(f"{scheme}://nurse:hush@127.0.0.1:{closed_port}/live?token=hush", ManualClock())
    assert str(caught.value).startswith(f"{scheme}://127.0.0.1:{closed_port}/live?… ")
    assert "hush" not in f"{caught.value}{caught.value.__cause__}{caplog.text}{capfd.readouterr()}"


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_never_answers_is_given_up(
    scheme: str, mute_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match="answers but sends no pictures") as caught:
        open_stream(f"{scheme}://nurse:hush@127.0.0.1:{mute_port}/live", ManualClock(), timeout_s=1.0)
    assert "hush" not in f"{caught.value}{capfd.readouterr()}"


def test_a_full_line_is_given_up() -> None:
    """A listener whose queue is full does not answer the handshake: the same as a machine that is switched off."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        with pytest.raises(SourceError, match=r"(does not answer within|cannot be reached|sends no pictures)"):
            open_stream(f"rtsp://127.0.0.1:{listener.getsockname()[1]}/live", ManualClock(), timeout_s=1.0)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(SourceError, match=r"the name no-such-camera\.invalid is unknown"):
        open_source("rtsp://nurse:hush@no-such-camera.invalid/live", ManualClock())


def test_a_host_name_that_cannot_be_one_is_unknown() -> None:
    assert resolve("x" * 300, 80, 1.0) is None
    assert resolve("a..b", 80, 1.0) is None


def test_a_wrong_path_is_explained(camera: MjpegCamera) -> None:
    with pytest.raises(SourceError, match="answers but sends no pictures: check the path"):
        open_source(camera.url.replace("live", "wrong"), ManualClock())


def test_a_page_of_text_is_no_stream(camera: MjpegCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "picture", lambda: b"<html>Please log in</html>" * 50)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
        open_stream(camera.url, ManualClock(), timeout_s=2.0)


# Streams that work, and stop working


def test_a_stream_gives_frames_stamped_with_the_clock(camera: MjpegCamera) -> None:
    clock = ManualClock(100.0)
    with open_source(camera.url, clock) as source:
        assert (source.is_live, source.frame_count, source.name) == (True, None, camera.url)
        first = source.read()
        clock.advance(0.5)
        second = source.read()
    assert first is not None
    assert second is not None
    assert [(frame.time_s, frame.sequence) for frame in (first, second)] == [(100.0, 0), (100.5, 1)]
    assert (first.image.shape, first.image.dtype) == ((48, 64, 3), np.uint8)
    assert not np.array_equal(first.image, second.image)


def test_a_dropped_connection_is_an_error_that_names_the_camera(camera: MjpegCamera) -> None:
    with open_source(camera.url, ManualClock()) as source:
        camera.hang_up()
        with pytest.raises(SourceError, match="/live sends no more pictures"):
            read_on(source)


def test_a_stream_that_falls_silent_does_not_block_for_ever(camera: MjpegCamera) -> None:
    with open_source(camera.url, ManualClock()) as source:
        camera.silent = True
        with pytest.raises(SourceError, match="sends no more pictures"):
            read_on(source)


def test_the_reader_takes_a_dropped_connection_up_again(camera: MjpegCamera) -> None:
    with reader_of(camera) as reader:
        before = frame_of(reader)
        camera.hang_up()
        assert until(lambda: camera.connections >= 2)
        sent = camera.sent
        assert until(lambda: camera.sent > sent + 3)
        after = frame_of(reader)
    assert after.sequence > before.sequence
    assert after.time_s > before.time_s


def test_the_reader_waits_for_a_camera_that_left_the_network(
    camera: MjpegCamera, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), reader_of(camera) as reader:
        before = frame_of(reader)
        camera.stop()
        assert until(lambda: "cannot be reached" in (reader.problem or ""))
        reader.latest()
        assert reader.latest() is None
        camera.start()
        after = frame_of(reader)
        assert reader.problem is None
        assert after.sequence > before.sequence
        assert not reader.ended
    refusals = [record for record in caplog.records if "cannot be reached" in record.getMessage()]
    assert len(refusals) == 1  # said once, however often it was tried


def test_a_camera_that_is_switched_on_later_is_found(camera: MjpegCamera) -> None:
    camera.stop()
    with reader_of(camera) as reader:
        assert until(lambda: reader.problem is not None)
        camera.start()
        assert frame_of(reader).sequence == 0


def test_an_open_source_may_be_handed_over(camera: MjpegCamera) -> None:
    clock = MonotonicClock()
    source = open_source(camera.url, clock)
    connections = camera.connections
    with LiveReader(lambda: open_source(camera.url, clock), clock, first=source) as reader:
        frame_of(reader)
        assert camera.connections == connections


def test_closing_ends_the_thread_and_the_connection(camera: MjpegCamera) -> None:
    before = set(threading.enumerate())
    reader = reader_of(camera)
    frame_of(reader)
    reader.close()
    reader.close()
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "carebot-camera"]
    reader.latest()
    assert reader.latest() is None


def test_closing_while_nothing_answers_ends_the_thread(mute_port: int) -> None:
    clock = MonotonicClock()
    url = f"http://127.0.0.1:{mute_port}/live"
    reader = LiveReader(lambda: open_stream(url, clock, timeout_s=0.5), clock)
    assert until(lambda: reader.problem is not None)
    reader.close()
    assert "carebot-camera" not in {thread.name for thread in threading.enumerate()}


def test_the_watch_sees_a_real_camera_vanish_freeze_and_come_back(camera: MjpegCamera) -> None:
    clock = MonotonicClock()
    watch = CameraWatch()
    with reader_of(camera) as reader:

        def is_called(status: str) -> bool:
            return until(lambda: watch.step(reader.latest(), clock.now_s()).status == status)

        assert is_called("ok")
        camera.frozen = True
        assert is_called("frozen")
        camera.frozen = False
        assert is_called("ok")
        camera.silent = True
        assert is_called("vanished")
        camera.silent = False
        assert is_called("ok")


@pytest.mark.slow
def test_the_default_time_limit_holds(mute_port: int) -> None:
    started_s = time.monotonic()
    with pytest.raises(SourceError):
        open_source(f"rtsp://127.0.0.1:{mute_port}/live", ManualClock())
    assert time.monotonic() - started_s < 10 * OPEN_TIMEOUT_S  # it came back, by itself, long before FFmpeg's own 30 s
