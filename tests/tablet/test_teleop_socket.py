"""The socket for driving by hand over a real network connection, behind the gate."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from carebot.geometry import Twist2D
from carebot.records.audit import Deed
from carebot.safety.verdict import ZERO
from carebot.safety.world import MotionRequest, Source
from carebot.tablet import api_motion
from carebot.tablet.access import Access, Visitor
from carebot.tablet.books import open_books
from carebot.tablet.gate import Gate
from carebot.tablet.pairing import Pairing
from carebot.tablet.problems import add_problem_handlers
from carebot.tablet.server import TabletServer, bind
from carebot.tablet.services import Services
from carebot.tablet.sessions import Session, Sessions
from carebot.tablet.teleop import MotionView, StopOutcome
from carebot.tablet.teleop_socket import _Recorded
from tests.tablet.driving_tablet import WAIT_S, Tablet
from tests.tablet.serve import BookRobot


class Judge:
    """A robot that remembers; `answers` is false while its safety node is silent."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, MotionRequest]] = []
        self.asked: list[tuple[str, str]] = []
        self.answers = True

    def drive(self, request: MotionRequest) -> None:
        self.heard.append((time.monotonic(), request))

    def motion(self) -> MotionView:
        return MotionView(time.monotonic(), 0.5, ZERO)

    async def emergency_stop(self, by: str) -> StopOutcome:
        await asyncio.sleep(0)
        self.asked.append(("stop", by))
        return StopOutcome(self.answers, "The robot is stopped." if self.answers else "silent")

    async def reset_emergency_stop(self, by: str) -> StopOutcome:
        self.asked.append(("reset", by))
        return StopOutcome(self.answers, "" if self.answers else "The button is still pressed.")


class Server:
    def __init__(self, folder: Path) -> None:
        self.judge, self.sessions, self.stopping = Judge(), Sessions(b"s" * 32), threading.Event()
        self.access = Access(self.sessions, open_books(folder / "site.sqlite"))
        app, router = FastAPI(), APIRouter()
        pairing = Pairing(lambda _: None)
        self.robot = BookRobot(folder)
        self.services = Services(self.robot, pairing, self.access, self.stopping.is_set, self.judge)
        api_motion.add_routes(router, self.services)
        app.include_router(router)
        add_problem_handlers(app)
        app.add_middleware(Gate, access=self.access)
        listening: socket.socket = bind("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        server = TabletServer(app, self.stopping.is_set)
        self.connections, self.devices = contextlib.ExitStack(), dict[str, str]()
        self.thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        self.thread.start()

    def headers(self, name: str) -> dict[str, str]:
        session, token = self.sessions.start(name)
        self.devices[name] = session.device
        return {"Authorization": f"Bearer {token}"}

    def connect(self, name: str) -> Tablet:
        address = f"ws://127.0.0.1:{self.port}/api/v1/teleop"
        connection = connect(address, additional_headers=self.headers(name), proxy=None, close_timeout=1)
        return Tablet(self.connections.enter_context(connection))

    def post(self, path: str, name: str) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=WAIT_S) as client:
            return client.post(f"http://127.0.0.1:{self.port}/api/v1/{path}", headers=self.headers(name))

    def told(self) -> list[Deed]:
        """What the record says of motion, the newest first."""
        return [row.deed for row in self.access.books.audit.log.newest(kind="motion") if row.deed]

    def close(self) -> None:
        self.connections.close()
        self.stopping.set()
        self.thread.join()
        self.robot.book.close()
        self.access.books.close()

    def until(self, condition) -> None:
        ends_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < ends_s
            time.sleep(0.01)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    try:
        yield server
    finally:
        server.close()


def test_it_drives_and_says_what_is_allowed(server: Server) -> None:
    tablet = server.connect("愛子").ready()
    tablet.hold()
    server.until(lambda: server.judge.heard)
    heard_s, request = server.judge.heard[0]
    assert (request.twist.vx_m_s, request.driver) == (0.3, "愛子")
    assert 0 <= heard_s - request.stamp_s < 0.25
    state = tablet.next("state")
    assert (state["allowed_speed_m_s"], state["driver"], state["yours"]) == (0.5, "愛子", True)
    tablet.connection.close()


def test_whoever_drives_stands_in_the_audit_with_its_beginning_and_its_end(server: Server) -> None:
    tablet = server.connect("Aiko").ready()
    for _ in range(3):
        tablet.hold()
    server.until(lambda: server.judge.heard)
    assert [(deed.who, deed.what) for deed in server.told()] == [("Aiko", "drove by hand")]
    tablet.connection.close()
    server.until(lambda: len(server.told()) == 2)
    assert (server.told()[0].who, server.told()[0].what) == ("Aiko", "ended driving by hand")
    assert server.told()[0].detail["seconds"] >= 0
    server.connect("Ben").connection.close()  # who only looks on does not drive


def test_a_drive_that_rests_for_a_minute_is_over_and_its_length_is_that_of_its_motion(server: Server) -> None:
    driver = Visitor(Session("tablet", "Aiko"))
    driving = _Recorded(server.services, server.judge, driver)

    def step(vx_m_s: float, now_s: float) -> list[str]:
        driving.drive(MotionRequest(Source.TELEOP, Twist2D(vx_m_s, 0.0, 0.0), now_s, "Aiko"))
        driving.tick(now_s)
        return [deed.what for deed in server.told()]

    assert step(0.0, 1.0) == []
    assert step(0.3, 2.0) == step(0.3, 14.5) == step(0.0, 14.6) == step(0.0, 74.4) == ["drove by hand"]
    assert step(0.0, 74.5) == ["ended driving by hand", "drove by hand"]
    assert server.told()[0].detail == {"seconds": 12.5}
    assert step(0.0, 200.0) == ["ended driving by hand", "drove by hand"]
    assert step(0.3, 201.0)[0] == "drove by hand"
    driving.note_end()
    driving.note_end()
    assert [deed.what for deed in server.told()] == ["ended driving by hand", "drove by hand"] * 2


def test_when_the_device_is_unpaired_the_wheels_stop_and_the_socket_closes(server: Server) -> None:
    tablet = server.connect("Aiko").ready()
    tablet.hold()
    server.until(lambda: server.judge.heard)
    server.access.end_device(server.devices["Aiko"])
    with pytest.raises(ConnectionClosed):
        tablet.next("never")
    server.until(lambda: server.judge.heard[-1][1].twist == ZERO)


def test_a_connection_that_falls_silent_is_stopped_though_it_is_open(server: Server) -> None:
    tablet = server.connect("Aiko").ready()
    tablet.hold()
    assert tablet.next("refused")["code"] == "link_lost"
    assert [request.twist.vx_m_s for _, request in server.judge.heard] == [0.3, 0.0]


def test_a_connection_that_ends_is_stopped_and_gives_the_seat_up(server: Server) -> None:
    tablet = server.connect("Aiko").ready()
    tablet.hold()
    server.until(lambda: server.judge.heard)
    tablet.connection.socket.shutdown(socket.SHUT_RDWR)
    server.until(lambda: server.judge.heard[-1][1].twist == ZERO)
    server.connect("Ben").ready()


def test_a_second_driver_is_refused(server: Server) -> None:
    aiko, ben = server.connect("Aiko").ready(), server.connect("Ben")
    aiko.hold()
    ben.say("take")
    assert ben.next("seat") == {"type": "seat", "yours": False, "driver": "Aiko"}
    ben.hold()
    assert ben.next("refused")["code"] == "no_seat"


def test_whoever_is_not_paired_or_comes_from_elsewhere_does_not_get_in(server: Server) -> None:
    address = f"ws://127.0.0.1:{server.port}/api/v1/teleop"
    for headers in ({}, {"Authorization": "Bearer x"}, server.headers("Aiko") | {"Origin": "http://elsewhere.example"}):
        with (
            pytest.raises((InvalidStatus, ConnectionClosed)),
            connect(address, additional_headers=headers, proxy=None) as connection,
        ):
            connection.recv(timeout=WAIT_S)
    assert server.judge.heard == []


@pytest.mark.parametrize(("message", "code"), [(b"\x00\x01", 1003), ("x" * 2000, 1003), ("{}" * 600, 1003)])
def test_what_no_tablet_sends_ends_the_connection(server: Server, message: bytes | str, code: int) -> None:
    tablet = server.connect("Aiko")
    tablet.connection.send(message)
    with pytest.raises(ConnectionClosed) as closed:
        tablet.next("never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def test_a_flood_ends_the_connection(server: Server) -> None:
    tablet = server.connect("Aiko")
    with pytest.raises(ConnectionClosed):  # noqa: PT012
        for _ in range(1000):
            tablet.say("take")
        tablet.next("never")


def test_the_server_that_goes_says_so(server: Server) -> None:
    tablet = server.connect("Aiko")
    tablet.next("state")
    server.stopping.set()
    with pytest.raises(ConnectionClosed) as closed:
        tablet.next("never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (1001, 1012)


def test_the_emergency_stop_is_called_and_reset_by_name(server: Server) -> None:
    assert server.post("emergency_stop", "Aiko").json() == {"message": "The robot is stopped."}
    assert server.post("emergency_stop/reset", "Ben").status_code == 200
    assert server.judge.asked == [("stop", "Aiko"), ("reset", "Ben")]
    server.judge.answers = False
    silent = server.post("emergency_stop", "Aiko")
    assert (silent.status_code, silent.json()["detail"]) == (503, "silent")
    assert server.post("emergency_stop/reset", "Aiko").status_code == 409


def test_the_robot_stops_even_where_the_disk_does_not_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(_visitor: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(server.access, "touch", stuck)
    with contextlib.suppress(httpx.HTTPError):
        server.post("emergency_stop", "Aiko")
    assert server.judge.asked == [("stop", "Aiko")]
