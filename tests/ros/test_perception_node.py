"""Perception as a real process: pictures go in over DDS, people come out, and troubles are said in diagnostics."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from carebot_interfaces.msg import People as PeopleMsg
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from onnx import TensorProto, helper, numpy_helper
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Bool, Float64

from carebot.perception.registry import operators_registry
from carebot.ros import qos
from tests.perception.graphs import save, tensor
from tests.perception.test_sources_streams import MjpegCamera

TOPIC = "camera/image_raw"
PERIOD_S = 0.1
NOISE = np.random.default_rng(0)


def grey() -> np.ndarray:
    return NOISE.integers(110, 140, (120, 160, 3), dtype=np.uint8)


def raw(image: np.ndarray) -> Image:
    height, width = image.shape[:2]
    return Image(height=height, width=width, step=3 * width, encoding="bgr8", data=array("B", image.tobytes()))


def jpeg(image: np.ndarray) -> CompressedImage:
    return CompressedImage(
        format="bgr8; jpeg compressed bgr8", data=array("B", cv2.imencode(".jpg", image)[1].tobytes())
    )


class Camera:
    """Publishes pictures, as a camera's driver does, while the test waits for something."""

    def __init__(self, peer, kind: type = Image, topic: str = TOPIC) -> None:
        self.peer, self.sent = peer, []
        self.publisher = peer.create_publisher(kind, topic, qos_profile_sensor_data)
        self.people = peer.collect(PeopleMsg, "people", qos.PEOPLE)
        self.reports = peer.collect(DiagnosticArray, "diagnostics")

    def connect(self) -> None:
        self.peer.wait_until(self.publisher.get_subscription_count, "the node")

    def send(self, message) -> None:
        message.header.stamp = self.peer.get_clock().now().to_msg()
        message.header.frame_id = "left_eye"
        self.sent.append(message.header.stamp)
        self.publisher.publish(message)

    def send_until(self, condition: Callable[[], object], make: Callable[[], object], what: str) -> None:
        due_s = 0.0

        def _sent() -> object:
            nonlocal due_s
            if time.monotonic() >= due_s:
                self.send(make())
                due_s = time.monotonic() + PERIOD_S
            return condition()

        self.peer.wait_until(_sent, what)

    def status(self) -> DiagnosticStatus | None:
        """The camera's newest health."""
        if not self.reports:
            return None
        return next(status for status in self.reports[-1].status if status.name.endswith("camera"))

    def is_said(self, text: str) -> bool:
        status = self.status()
        values = {value.key: value.value for value in status.values} if status else {}
        return status is not None and (text in status.message or values.get("status") == text)


@pytest.mark.slow
def test_pictures_become_people_with_the_same_stamp(peer, start, shared_data: Path) -> None:
    running = start(perception={"device": "cpu"})
    camera = Camera(peer)
    camera.connect()
    person = cv2.resize(cv2.imread(str(shared_data / "images/people/person.jpg")), (640, 360))
    camera.send_until(
        lambda: len(camera.people) >= 3, lambda: raw(person + NOISE.integers(0, 3, person.shape, np.uint8)), "people"
    )
    for message in camera.people:
        assert message.header.stamp in camera.sent
        assert message.header.frame_id == "left_eye"
        assert (message.width_px, message.height_px) == (640, 360)
    stamps = [(message.header.stamp.sec, message.header.stamp.nanosec) for message in camera.people]
    assert stamps == sorted(set(stamps))
    [seen] = camera.people[-1].people
    keypoints = np.array(seen.keypoints).reshape(17, 3)
    assert seen.track_id == 1
    assert 0.2 < keypoints[:, 0].mean() < 0.5
    assert seen.has_world
    peer.wait_until(lambda: camera.reports and len(camera.reports[-1].status) == 2, "a report")
    model = next(status for status in camera.reports[-1].status if status.name.endswith("model"))
    assert {value.key: value.value for value in model.values}["provider"] == "CPUExecutionProvider"
    assert running.stop() == 0
    assert not any("Traceback" in line for line in running.lines)


def test_compressed_pictures_are_taken_too(peer, start) -> None:
    start(perception={"source": f"ros:{TOPIC}/compressed"})
    camera = Camera(peer, CompressedImage, f"{TOPIC}/compressed")
    camera.connect()
    camera.send_until(lambda: camera.people, lambda: jpeg(grey()), "people")
    assert camera.people[0].header.stamp in camera.sent
    assert (camera.people[0].width_px, camera.people[0].height_px) == (160, 120)


def test_a_garbage_picture_is_said_in_diagnostics_and_the_next_good_one_is_taken(peer, start) -> None:
    start(perception={})
    camera = Camera(peer)
    camera.connect()
    garbage = lambda: Image(height=120, width=160, step=480, encoding="bgr8", data=array("B", b"short"))  # noqa: E731
    camera.send_until(lambda: camera.is_said("does not fit"), garbage, "the complaint")
    assert camera.people == []
    unknown = lambda: Image(height=1, width=1, step=3, encoding="smell", data=array("B", b"abc"))  # noqa: E731
    camera.send_until(lambda: camera.is_said("'smell' cannot be read"), unknown, "the next complaint")
    camera.send_until(lambda: camera.people and camera.is_said("ok"), lambda: raw(grey()), "people")


def test_a_camera_that_vanishes_freezes_or_goes_black_is_said_and_taken_up_again(peer, start) -> None:
    start(perception={})
    camera = Camera(peer)
    camera.connect()
    camera.send_until(lambda: camera.is_said("ok"), lambda: raw(grey()), "a good camera")

    peer.wait_until(lambda: camera.is_said("vanished"), "the loss")
    assert camera.status().level == DiagnosticStatus.ERROR
    silent_s = _seconds(camera.reports[-1].header.stamp) - _seconds(camera.sent[-1])
    assert silent_s < 3.0  # 1 s is promised; the rest is for a busy machine
    camera.send_until(lambda: camera.is_said("ok"), lambda: raw(grey()), "its return")

    frozen = grey()
    camera.send_until(lambda: camera.is_said("frozen"), lambda: raw(frozen), "the frozen picture")
    camera.send_until(lambda: camera.is_said("ok"), lambda: raw(grey()), "a living picture")
    black = lambda: raw(NOISE.integers(0, 4, (120, 160, 3), dtype=np.uint8))  # noqa: E731
    camera.send_until(lambda: camera.is_said("black"), black, "the black picture")
    camera.send_until(lambda: camera.is_said("ok"), lambda: raw(grey()), "light")


def _seconds(stamp) -> float:
    return stamp.sec + stamp.nanosec / 1e9


@pytest.mark.parametrize(("loop", "frames"), [(False, 100), (True, 30)])
def test_a_recording_is_played_at_its_own_pace(peer, start, tmp_path: Path, loop: bool, frames: int) -> None:
    path = tmp_path / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 120))
    for _ in range(frames):  # long enough that some of it is left when the two have found each other
        writer.write(grey())
    writer.release()
    camera = Camera(peer)
    start(perception={"source": str(path), "loop": loop, "noiseless": True})
    if loop:
        peer.wait_until(lambda: len(camera.people) > frames + 5, "the second round")
    else:
        peer.wait_until(lambda: camera.is_said("The recording has ended."), "its end")
        assert 1 <= len(camera.people) <= frames
    assert camera.people[0].header.frame_id == "camera_optical_frame"
    assert abs(_seconds(camera.people[0].header.stamp) - time.time()) < 60
    steps_s = np.diff([_seconds(message.header.stamp) for message in camera.people])
    assert (steps_s > 0).all()
    assert np.median(steps_s) == pytest.approx(0.1, abs=0.05)


@pytest.mark.slow
def test_a_network_camera_that_goes_away_and_comes_back_is_taken_up_again(peer, start) -> None:
    stream = MjpegCamera()
    stream.stop()
    try:
        start(perception={"source": stream.url})
        camera = Camera(peer)
        peer.wait_until(lambda: camera.is_said("cannot be reached"), "the camera that is not there")
        for _ in range(2):
            stream.start()
            peer.wait_until(lambda: camera.is_said("ok") and camera.people, "the camera")
            stream.stop()
            peer.wait_until(lambda: camera.is_said("vanished"), "its loss")
            assert camera.status().level == DiagnosticStatus.ERROR
    finally:
        stream.stop()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"source": "/nowhere/film.mp4"}, "does not exist"),
        ({"model": "nix"}, "no model 'nix'"),
        ({"threads": 0}, "threads"),
    ],
)
def test_what_cannot_be_used_ends_the_start_with_a_sentence(start, parameters: dict, said: str) -> None:
    running = start(perception=parameters)
    assert running.wait() == 2
    assert any(said in line for line in running.lines), running.lines
    assert not any("Traceback" in line for line in running.lines)


def test_a_model_that_fails_while_it_runs_ends_the_process_so_that_it_is_started_anew(
    peer, start, monkeypatch, tmp_path
) -> None:
    """A node whose thread has died must not look alive: the model takes black pictures, and fails on others."""
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path))
    _register(_fails_unless_black(tmp_path / "fails.onnx"))
    running = start(perception={"model": "mine"})
    camera = Camera(peer)
    camera.connect()
    black = np.zeros((64, 64, 3), np.uint8)
    camera.send_until(lambda: camera.people, lambda: raw(black), "people")
    camera.send_until(running.child.has_ended, lambda: raw(black + np.uint8(255)), "the end")
    assert running.wait() not in (0, None)
    assert any("fails.onnx" in line for line in running.lines), running.lines
    assert not any("Traceback" in line for line in running.lines), running.lines


def _fails_unless_black(path: Path) -> Path:
    """A YOLO pose model that looks a row up whose number is the brightest pixel; there is only row 0."""
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["brightest"], keepdims=0),
        helper.make_node("Cast", ["brightest"], ["row"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "row"], ["output0"], axis=0),
    ]
    constant = helper.make_node(
        "Constant", [], ["table"], value=numpy_helper.from_array(np.zeros((1, 1, 56, 84), np.float32), "table")
    )
    return save(path, [tensor("images", (1, 3, 64, 64))], [tensor("output0", (1, 56, 84))], [constant, *nodes])


def _register(model: Path) -> None:
    registry = operators_registry()
    registry.parent.mkdir(parents=True, exist_ok=True)
    registry.write_text(
        '[[model]]\nname = "mine"\ntask = "pose"\nfamily = "yolo_pose"\nlicence = "MIT"\ndescription = "Mine"\n'
        f'[[model.file]]\nfile = "{model}"\nsha256 = "{sha256(model.read_bytes()).hexdigest()}"\n\n'
        "input_size = [64, 64]\n",
        encoding="utf-8",
    )


def test_the_camera_goes_off_lets_go_of_its_pictures_and_sees_again(peer, start):
    camera = Camera(peer)
    closing = peer.create_publisher(Float64, "camera_off_until", qos.latched(1))
    told = peer.collect(Bool, "camera_is_off", qos.latched(1))
    node = start(perception={"source": f"ros:{TOPIC}"})
    camera.connect()

    def sees() -> bool:
        camera.people.clear()
        camera.send(raw(grey()))
        peer.spin(0.05)
        return bool(camera.people)

    peer.wait_until(sees, "people")
    closing.publish(Float64(data=time.time() + 3600))
    peer.wait_until(lambda: told and told[-1].data, "the camera's being off")
    peer.wait_until(lambda: camera.publisher.get_subscription_count() == 0, "nobody who takes pictures")
    assert not any(sees() for _ in range(20))
    closing.publish(Float64(data=0.0))
    peer.wait_until(lambda: not told[-1].data, "the camera's being on")
    camera.connect()
    peer.wait_until(sees, "people again")
    assert node.stop() == 0
