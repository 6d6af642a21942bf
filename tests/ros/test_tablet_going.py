"""The tablet sends the robot over the real GoTo action: real tablet and navigation processes over real DDS."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Coroutine, Iterator
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import numpy as np
import pytest
from carebot_interfaces.action import GoTo
from carebot_interfaces.msg import People as PeopleMsg
from nav_msgs.msg import Odometry
from rclpy.action import ActionServer, CancelResponse
from rclpy.clock import Clock, ClockType
from rclpy.task import Future
from sensor_msgs.msg import LaserScan

from carebot.people import People, Person
from carebot.ros import qos
from carebot.ros.convert import people_to_msg
from carebot.ros.tablet_going import TabletGoing
from carebot.site.file import Site
from carebot.tablet.invitation import read_invitation
from carebot.tablet.teleop import StopOutcome
from carebot.tablet.trips import Destination, TripPhase
from tests.ros.conftest import Peer
from tests.ros.test_navigation_node import site
from tests.ros.test_tablet_node import free_port

__all__ = ["site"]


class Standing:
    """Wheels that stand and a lidar that meets nothing, as long as `speaks`."""

    def __init__(self, peer: Peer) -> None:
        self.speaks = True
        self._peer = peer
        self._odometry = peer.create_publisher(Odometry, "odom", 5)
        self._scan = peer.create_publisher(LaserScan, "scan", 5)
        peer.create_timer(0.05, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _publish(self) -> None:
        if not self.speaks:
            return
        stamp = self._peer.get_clock().now().to_msg()
        odometry, scan = Odometry(), LaserScan(angle_min=-math.pi, angle_increment=math.pi / 45, range_max=12.0)
        odometry.header.stamp = scan.header.stamp = stamp
        odometry.pose.pose.orientation.w = 1.0
        scan.ranges = [math.inf] * 90
        self._odometry.publish(odometry)
        self._scan.publish(scan)


def test_the_robot_is_sent_seen_on_its_way_and_called_off(peer: Peer, start, site: Path) -> None:
    port, standing = free_port(), Standing(peer)
    start(tablet={"port": port, "site": str(site)})
    start(navigation={"site": str(site), "start": "here"})
    peer.wait_until(lambda: read_invitation(port), "the PIN")
    invitation = read_invitation(port)
    assert invitation is not None
    with httpx.Client(base_url=invitation.url, timeout=20, trust_env=False) as client:

        def is_up() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return client.get("/health").status_code == 200
            return False

        def now() -> dict:
            return dict(client.get("/api/v1/map").json())

        peer.wait_until(is_up, "the web server")
        client.post("/api/v1/pair", json={"pin": invitation.pin, "name": "Aiko"})
        peer.wait_until(lambda: now()["robot"], "the robot on the map")
        assert (now()["robot"]["x_m"], now()["robot"]["y_m"]) == pytest.approx((3.0, 3.9), abs=0.3)
        assert client.post("/api/v1/trip", json={"name": "bedroom"}).status_code == 200
        peer.wait_until(lambda: len(now()["way"]) > 2, "the way")
        assert (now()["trip"]["name"], now()["trip"]["by"]) == ("bedroom", "Aiko")
        end = now()["way"][-1]
        assert (end["x_m"], end["y_m"]) == pytest.approx((2.3, 6.1), abs=0.4)
        assert client.delete("/api/v1/trip").status_code == 200
        peer.wait_until(lambda: now()["trip"]["phase"] == "called_off", "the end of the trip")

        standing.speaks = False
        assert client.post("/api/v1/trip", json={"x_m": 2.3, "y_m": 6.1}).status_code == 200
        peer.wait_until(lambda: now()["trip"]["phase"] == "ended", "the trip to end by itself")
        assert "silent" in now()["trip"]["reason"]
        assert now()["robot"] is None


CAMERA_M, DOWN_RAD, AHEAD_M = 1.1, 0.3, 2.0
"""How high the camera looks out, and how far down; how far ahead somebody stands."""


def standing(now_s: float) -> People:
    """Somebody straight ahead whose feet are seen on the floor, by a camera with the usual opening angle."""
    half = math.tan(0.85 / 2)
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:] = (0.5, 0.5, 0.9)
    keypoints[[15, 16], 1] = 0.5 + math.tan(math.atan(CAMERA_M / AHEAD_M) - DOWN_RAD) / half / 2
    return People(now_s, 640, 480, (Person(1, 0.9, keypoints),))


def test_people_are_on_the_map_where_the_robot_sees_them(peer: Peer, start, site: Path) -> None:
    port, _standing = free_port(), Standing(peer)
    camera = {"height_m": CAMERA_M, "pitch_rad": DOWN_RAD}
    start(tablet={"port": port, "site": str(site), **{f"camera.{key}": value for key, value in camera.items()}})
    start(navigation={"site": str(site), "start": "here"})
    people = peer.create_publisher(PeopleMsg, "people", qos.PEOPLE)
    peer.create_timer(
        0.1,
        lambda: people.publish(people_to_msg(standing(peer.get_clock().now().nanoseconds / 1e9))),
        clock=Clock(clock_type=ClockType.STEADY_TIME),
    )
    peer.wait_until(lambda: read_invitation(port), "the PIN")
    invitation = read_invitation(port)
    assert invitation is not None
    with httpx.Client(base_url=invitation.url, timeout=20, trust_env=False) as client:

        def found() -> dict:
            with contextlib.suppress(httpx.TransportError):
                return dict(client.get("/api/v1/map").json())
            return {}

        peer.wait_until(found, "the web server")
        client.post("/api/v1/pair", json={"pin": invitation.pin, "name": "Aiko"})
        peer.wait_until(lambda: found().get("people"), "somebody on the map")
        now = found()
        x_m = now["robot"]["x_m"] + AHEAD_M * math.cos(now["yaw_rad"])
        y_m = now["robot"]["y_m"] + AHEAD_M * math.sin(now["yaw_rad"])
        assert [(each["x_m"], each["y_m"]) for each in now["people"]] == [pytest.approx((x_m, y_m), abs=0.15)]


class Navigation:
    """Navigation without a robot: each goal ends the one before it; none ends by itself."""

    def __init__(self, peer: Peer) -> None:
        self.under_way: list[tuple[Any, Future]] = []
        self.ended: list[str] = []
        self._server = ActionServer(
            peer, GoTo, "go_to", self._execute, cancel_callback=lambda _handle: CancelResponse.ACCEPT
        )
        self._timer = peer.create_timer(0.02, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    async def _execute(self, handle: Any) -> GoTo.Result:
        self._end("another goal came")
        done = Future()
        self.under_way.append((handle, done))
        return GoTo.Result(reason=await done)

    def _look(self) -> None:
        if any(handle.is_cancel_requested for handle, _ in self.under_way):
            self._end("called off")

    def _end(self, reason: str) -> None:
        for handle, done in self.under_way:
            handle.canceled() if handle.is_cancel_requested else handle.abort()
            done.set_result(reason)
            self.ended.append(reason)
        self.under_way.clear()

    def close(self) -> None:
        self._end("the end")
        self._server.destroy()


@pytest.fixture
def navigation(peer: Peer) -> Iterator[Navigation]:
    made = Navigation(peer)
    yield made
    made.close()


@cache
def web() -> asyncio.AbstractEventLoop:
    """The web server's event loop; like that one it outlives what is asked."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()
    return loop


def told(peer: Peer, words: Coroutine[Any, Any, Any]) -> Any:
    """What the web server's thread hears while ROS's spins."""
    answer = asyncio.run_coroutine_threadsafe(words, web())
    peer.wait_until(answer.done, "an answer")
    return answer.result()


def test_a_trip_that_is_sent_twice_goes_on_and_is_called_off(peer: Peer, navigation: Navigation) -> None:
    going, bedroom = TabletGoing(peer, Site()), Destination("bedroom")
    peer.wait_until(lambda: going._client.server_is_ready(), "navigation")
    for _ in range(2):
        assert told(peer, going.go(bedroom, "Aiko")).accepted
    peer.wait_until(lambda: navigation.ended, "the end of the first trip")
    peer.spin(0.3)
    trip = going.whereabouts().trip
    assert trip is not None
    assert trip.phase is TripPhase.DRIVING
    assert told(peer, going.call_off()).message == "The trip is called off."
    peer.wait_until(lambda: navigation.ended == ["another goal came", "called off"], "the end of the second trip")
    peer.wait_until(lambda: going.whereabouts().trip.phase is TripPhase.CALLED_OFF, "word of it")
    assert told(peer, going.call_off()).message == "The robot is not on its way anywhere."


def test_a_trip_that_navigation_has_not_taken_yet_is_called_off(peer: Peer, navigation: Navigation) -> None:
    going = TabletGoing(peer, Site())
    peer.wait_until(lambda: going._client.server_is_ready(), "navigation")

    async def both() -> StopOutcome:
        sending = asyncio.create_task(going.go(Destination("bedroom"), "Aiko"))
        await asyncio.sleep(0)
        outcome = await going.call_off()
        await sending
        return outcome

    assert told(peer, both()).accepted
    peer.wait_until(lambda: navigation.ended == ["called off"], "the end of the trip")
