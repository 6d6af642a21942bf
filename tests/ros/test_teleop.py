"""Driving by hand, from a tablet's web socket to the wheels: real tablet, safety and drive nodes, a fake controller."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from geometry_msgs.msg import TwistStamped
from websockets.sync.client import connect

from carebot.tablet.invitation import read_invitation
from carebot.tablet.sessions import COOKIE
from tests.ros.conftest import Peer
from tests.ros.pilot import RADIUS_M, Pilot
from tests.ros.surroundings import Surroundings
from tests.ros.test_tablet_node import free_port, pin_of
from tests.tablet.driving_tablet import Tablet

SPEED_M_S = 0.2
SENDS_EVERY_S = 0.05


class Home:
    """The robot's three processes, and caregivers who connect to them."""

    def __init__(self, peer: Peer, wheels, start, port: Path, folder: Path) -> None:
        self.peer = peer
        self.pilot = Pilot(peer, wheels)
        Surroundings(peer)
        self.stack = contextlib.ExitStack()
        web_port = free_port()
        self.tablet_node = start(tablet={"port": web_port})
        self.safety = start(safety={"estop_file": str(folder / "estop.json")})
        self.drive = start(drive={"port": str(port)})
        peer.wait_until(lambda: pin_of(self.tablet_node), "the PIN")
        self.url = f"http://127.0.0.1:{web_port}"
        self.client = self.stack.enter_context(httpx.Client(base_url=self.url, timeout=30, trust_env=False))
        self.web_port = web_port
        peer.wait_until(self._is_up, "the web server")
        self.pilot.until_ready()

    def _is_up(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/health").status_code == 200
        return False

    def tablet(self, name: str) -> Tablet:
        """A paired device of this person, connected."""
        invitation = read_invitation(self.web_port)
        assert invitation is not None
        paired = self.client.post("/api/v1/pair", json={"pin": invitation.pin, "name": name})
        cookie = {"Cookie": f"{COOKIE}={paired.json()['token']}"}
        connection = connect(f"ws{self.url[4:]}/api/v1/teleop", additional_headers=cookie, proxy=None, close_timeout=1)
        return Tablet(self.stack.enter_context(connection))

    def drive_with(self, tablet: Tablet, seconds: float, vx_m_s: float = SPEED_M_S) -> None:
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s:
            tablet.hold(vx_m_s)
            self.spin(SENDS_EVERY_S)

    def until_rolling(self, tablet: Tablet) -> None:
        def rolls() -> bool:
            tablet.hold(SPEED_M_S)
            self.spin(SENDS_EVERY_S)
            return min(self.pilot.speeds_rad_s) * RADIUS_M > 0.8 * SPEED_M_S

        self.peer.wait_until(rolls, "the wheels to turn")

    def until_told(self, tablet: Tablet, **wanted: Any) -> None:
        """Drives on until the tablet's state says all this; speed and state take their time on a busy machine."""

        def told() -> bool:
            self.drive_with(tablet, 0.1)
            state = tablet.newest("state")
            return {key: state[key] for key in wanted} == wanted

        self.peer.wait_until(told, f"the tablet to be told {wanted}")

    def spin(self, seconds: float) -> None:
        ends_s = time.monotonic() + seconds
        while (left_s := ends_s - time.monotonic()) > 0:
            self.peer.spin(left_s)

    def seconds_to_standstill(self) -> float:
        began_s = time.monotonic()
        while not self.pilot.stands:
            assert time.monotonic() < began_s + 10, "the wheels turn on and on"
            self.peer.spin(0.002)
        return time.monotonic() - began_s

    def stays(self, seconds: float = 0.5) -> bool:
        before_m = self.pilot.travelled_m
        self.spin(seconds)
        return abs(self.pilot.travelled_m - before_m) < 0.005


@pytest.fixture
def home(peer: Peer, wheels, start, port: Path, tmp_path: Path) -> Iterator[Home]:
    home = Home(peer, wheels, start, port, tmp_path)
    with home.stack:
        yield home


@pytest.mark.slow
def test_a_tablet_drives_the_wheels_and_whatever_ends_that_stops_them(home: Home) -> None:
    heard = home.peer.collect(TwistStamped, "cmd_vel_teleop")
    aiko = home.tablet("Aiko").ready()  # its clock is an hour ahead
    home.until_rolling(aiko)
    while not heard:  # the wheels may hear of it before this test does
        home.drive_with(aiko, 0.1)
    assert heard[-1].header.frame_id == "base_link#Aiko"
    home.until_told(aiko, live=True, yours=True, driver="Aiko", vx_m_s=pytest.approx(SPEED_M_S, abs=0.05))

    # The finger is lifted.
    aiko.hold(SPEED_M_S, held=False)
    assert home.seconds_to_standstill() < 0.4
    assert home.stays()

    # Somebody else wants to drive meanwhile.
    home.until_rolling(aiko)
    ben = home.tablet("Ben")
    home.drive_with(aiko, 0.2)
    ben.say("take")
    assert ben.newest("seat") == {"type": "seat", "yours": False, "driver": "Aiko"}
    before = len(heard)
    ben.hold(-SPEED_M_S)
    assert ben.newest("refused")["code"] == "no_seat"
    aiko.hold(held=False)  # on a busy machine her own link may have been silent for too long meanwhile
    home.until_rolling(aiko)
    while len(heard) == before:
        home.drive_with(aiko, 0.1)
    assert {message.header.frame_id for message in heard[before:]} == {"base_link#Aiko"}

    # The network is cut in the middle: nothing arrives any more, and nobody says goodbye.
    home.until_rolling(aiko)
    assert home.seconds_to_standstill() < 0.6
    assert home.stays()
    home.drive_with(aiko, 0.3)
    assert home.pilot.stands  # the finger was never lifted
    assert aiko.newest("refused")["code"] == "link_lost"
    aiko.hold(held=False)
    home.until_rolling(aiko)

    # Late commands are dropped, not queued.
    for late in range(10):
        aiko.say("twist", vx_m_s=SPEED_M_S, held=True, stamp_s=aiko.now_s() - 0.3 - late / 1000)
        home.spin(SENDS_EVERY_S)
    assert home.pilot.stands
    assert aiko.newest("refused")["code"] in ("command_expired", "link_lost")

    # The emergency stop, from the other tablet, and its reset by a named person.
    aiko.hold(held=False)
    home.until_rolling(aiko)
    assert home.client.post("/api/v1/emergency_stop").status_code == 200
    assert home.seconds_to_standstill() < 0.4
    home.drive_with(aiko, 0.5)
    assert home.pilot.stands
    home.until_told(aiko, emergency_stop=True, allowed_speed_m_s=0.0)
    assert home.client.post("/api/v1/emergency_stop/reset").status_code == 200
    aiko.hold(held=False)
    home.until_rolling(aiko)

    # The web server dies while it drives.
    home.tablet_node.child.send(signal.SIGKILL)
    assert home.seconds_to_standstill() < 0.6
    assert home.stays()
