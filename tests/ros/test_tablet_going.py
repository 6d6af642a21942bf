"""The tablet sends the robot over the real GoTo action: real tablet and navigation processes over real DDS."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import httpx
import pytest
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import LaserScan

from carebot.tablet.invitation import read_invitation
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
