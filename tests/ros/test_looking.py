"""Law 1 over real DDS: no picture leaves perception without a look, after it, or when the tablet was killed in one."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import numpy as np
import pytest
from carebot_interfaces.msg import LookState
from carebot_interfaces.srv import LookFrame, LookThrough
from std_msgs.msg import Bool, Float64, String

from carebot.ros import qos
from tests.ros.conftest import Peer
from tests.ros.test_perception_node import PERIOD_S, Camera, grey, raw

PICTURES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")


class Caregiver:
    """Speaks to perception as the tablet does, and hears what everybody may hear."""

    def __init__(self, peer: Peer) -> None:
        self.peer, self.camera = peer, Camera(peer)
        self.asking = peer.create_client(LookThrough, "look_through")
        self.seeing = peer.create_client(LookFrame, "look_frame")
        self.said = peer.collect(String, "announcements", qos.ANNOUNCEMENTS)
        self.states = peer.collect(LookState, "look_state", qos.latched(1))
        self.closing = peer.create_publisher(Float64, "camera_off_until", qos.latched(1))
        self.due_s = 0.0

    def connect(self) -> None:
        self.camera.connect()
        self.peer.wait_until(self.asking.service_is_ready)
        self.peer.wait_until(self.seeing.service_is_ready)
        self.camera.send_until(lambda: self.camera.people, lambda: raw(grey()), "people")

    def call(self, client: object, request: object) -> object:
        future = client.call_async(request)  # type: ignore[attr-defined]
        self.pass_time(future.done)
        return future.result()

    def pass_time(self, until: Callable[[], object], within_s: float = 20.0) -> None:
        """While the camera goes on."""
        ends_s = time.monotonic() + within_s
        while not until():
            assert time.monotonic() < ends_s
            if time.monotonic() >= self.due_s:
                self.camera.send(raw(grey()))
                self.due_s = time.monotonic() + PERIOD_S
            self.peer.spin(0.02)

    def rest(self, seconds: float) -> None:
        ends_s = time.monotonic() + seconds
        self.pass_time(lambda: time.monotonic() >= ends_s, seconds + 5)

    def ask(self, **changes: object) -> LookThrough.Response:
        wanted = {"by": "Aiko", "reason": "no answer", "for_s": 60.0, "emergency": True, **changes}
        return self.call(self.asking, LookThrough.Request(**wanted))  # type: ignore[return-value]

    def see(self, token: str, end: bool = False) -> LookFrame.Response:
        return self.call(self.seeing, LookFrame.Request(token=token, end=end))  # type: ignore[return-value]

    def see_a_picture(self, token: str) -> bytes:
        for _ in range(50):
            if jpeg := bytes(self.see(token).jpeg):
                return jpeg
            self.rest(0.1)
        pytest.fail("no picture came")

    def published_pictures(self) -> list[str]:
        """Topics with pictures that somebody else than the camera publishes."""
        found = [name for name, kinds in self.peer.get_topic_names_and_types() if set(kinds) & set(PICTURES)]
        camera = self.camera.publisher.topic_name
        return [name for name in found if name != camera and self.peer.count_publishers(name)]


@pytest.fixture
def caregiver(peer: Peer, start) -> Caregiver:
    start(perception={})
    made = Caregiver(peer)
    made.connect()
    return made


def test_without_a_look_and_after_it_no_picture_leaves(caregiver: Caregiver) -> None:
    for token in ("", "guessed"):
        assert not caregiver.see(token).open
        assert len(caregiver.see(token).jpeg) == 0
    granted = caregiver.ask(for_s=2.0)
    assert granted.accepted
    assert caregiver.see_a_picture(granted.token)[:2] == b"\xff\xd8"
    assert len(caregiver.see("guessed").jpeg) == 0
    assert caregiver.published_pictures() == []
    caregiver.pass_time(lambda: not caregiver.see(granted.token).open, 6.0)
    assert len(caregiver.see(granted.token).jpeg) == 0
    caregiver.pass_time(lambda: len(caregiver.said) >= 2)
    caregiver.pass_time(lambda: not caregiver.states[-1].active)
    assert "Aiko" in caregiver.said[0].data
    assert "no answer" in caregiver.said[0].data
    assert "Nobody" in caregiver.said[1].data
    assert [each.active for each in (caregiver.states[0], caregiver.states[-1])] == [False, False]
    assert any(each.active and each.by == "Aiko" for each in caregiver.states)


def test_a_tablet_that_was_killed_leaves_no_look_behind(caregiver: Caregiver, start) -> None:
    tablet = start(tablet={"port": 0})
    granted = caregiver.ask()  # with a token that only the killed one would have
    caregiver.see_a_picture(granted.token)
    assert tablet.stop(signal.SIGKILL) != 0
    caregiver.pass_time(lambda: caregiver.states and not caregiver.states[-1].active, 8.0)
    given = max(each.pictures for each in caregiver.states)
    caregiver.rest(1.0)
    assert max(each.pictures for each in caregiver.states) == given
    assert len(caregiver.see(granted.token).jpeg) == 0
    assert caregiver.published_pictures() == []


def test_privacy_ends_the_look_refuses_the_next_and_outlives_a_restart(peer: Peer, start) -> None:
    running = start(perception={})
    caregiver = Caregiver(peer)
    caregiver.connect()
    caregiver.pass_time(lambda: caregiver.closing.get_subscription_count())
    granted = caregiver.ask()
    caregiver.see_a_picture(granted.token)
    caregiver.closing.publish(Float64(data=time.time() + 600.0))
    caregiver.pass_time(lambda: not caregiver.see(granted.token).open, 5.0)
    assert "privacy" in caregiver.ask().message
    assert running.stop() == 0
    off = peer.collect(Bool, "camera_is_off", qos.latched(1))
    peer.destroy_publisher(caregiver.closing)  # care is gone as well, as after a power cut
    seen = len(caregiver.camera.people)
    start(perception={})
    caregiver.pass_time(lambda: off and off[-1].data)
    caregiver.rest(1.0)
    caregiver.pass_time(caregiver.asking.service_is_ready)
    assert "privacy" in caregiver.ask().message
    assert len(caregiver.camera.people) == seen
    peer.create_publisher(Float64, "camera_off_until", qos.latched(1)).publish(Float64(data=0.0))
    caregiver.pass_time(lambda: not off[-1].data)
    caregiver.pass_time(lambda: caregiver.ask().accepted)


def test_what_is_seen_is_what_the_camera_sees(caregiver: Caregiver) -> None:
    import cv2

    granted = caregiver.ask()
    seen = cv2.imdecode(np.frombuffer(caregiver.see_a_picture(granted.token), np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape == (120, 160, 3)
    assert 105 < float(seen.mean()) < 145
    caregiver.see(granted.token, end=True)
    assert not caregiver.see(granted.token).open
