"""The tablet under load: real care and tablet nodes, a real browser, and as many further tablets as a home may have.

Alerts are timed from the moment a confirmed fall is published on ROS, so that care's writing to disk is counted in.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
from carebot_interfaces.msg import FallAlert
from geometry_msgs.msg import TwistStamped
from websockets.sync.client import connect

from carebot.alerts import FallEvent, FallEventKind
from carebot.benchmarks import tablet_browser
from carebot.benchmarks.end_to_end import peak_memory_mb
from carebot.benchmarks.tablet_browser import FirstPage, fall_seen_at_s
from carebot.benchmarks.tablet_events import Events
from carebot.bringup.environment import stay_on_this_machine
from carebot.bringup.profile import Profile
from carebot.bringup.supervisor import Supervisor
from carebot.errors import SetupError
from carebot.ros import qos
from carebot.ros.beside import node_beside
from carebot.ros.convert import fall_event_to_msg
from carebot.tablet.invitation import Invitation, read_invitation
from carebot.tablet.sessions import COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from rclpy.node import Node

ROBOT = "carebot_bench_tablet"
START_WITHIN_S = 60.0
SEEN_WITHIN_S = 10.0
TWISTS_PER_S = 20
CROWD = Path(__file__).with_name("tablet_crowd.py")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds; None where nothing came."""

    expected: int
    came: int
    median_ms: float | None
    p95_ms: float | None
    worst_ms: float | None


@dataclass(frozen=True, slots=True)
class TabletReport:
    """`browser` and `first_page` are None where there is no browser, and `why_no_browser` says what is missing.

    `server_cores` is the processor time of the tablet's process in seconds a second, `server_memory_mb` its largest
    resident memory, both with all tablets connected. `load` is how many processes wanted the `processors` in the last
    minute: where it is larger, others have slowed everything down.
    """

    tablets: int
    robots: int
    browser: Delays | None
    every_tablet: Delays
    first_page: FirstPage | None
    joystick: Delays
    server_cores: float
    server_memory_mb: float
    processors: int
    load: float
    why_no_browser: str = ""

    def goals(self) -> dict[str, bool]:
        """What was to be reached, and whether it was; what could not be measured is left out."""
        met = {
            "fall to every tablet p95 < 300 ms": _is_below(self.every_tablet, 300.0),
            "joystick p95 < 40 ms": _is_below(self.joystick, 40.0),
            "server < 1 core": self.server_cores < 1.0,
            "server < 500 MB": self.server_memory_mb < 500.0,
        }
        if self.browser is not None:
            met["fall to visible p95 < 300 ms"] = _is_below(self.browser, 300.0)
        if self.first_page is not None:
            met["first page usable < 1.5 s"] = self.first_page.median_s < 1.5
        return met


def measure(tablets: int, robots: int, falls: int, seconds: float, say: Say) -> TabletReport:
    """`tablets` listen while `falls` falls are confirmed; as much is said of parts as `robots` robots would."""
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    stay_on_this_machine()
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="carebot-bench-", ignore_cleanup_errors=True))
        )
        server = stack.enter_context(_running(folder))
        say("first page with a cold cache")
        browser, why = _browser(stack)
        cookie = (COOKIE, server.token)
        first = None if browser is None else tablet_browser.first_page(browser, server.url, cookie, 5)
        say(f"{tablets} tablets connect")
        crowd = stack.enter_context(_Crowd(server, tablets - (browser is not None)))
        page = None if browser is None else tablet_browser.watching_page(browser, server.url, cookie)
        stack.enter_context(Events(server.node, robots))
        say(f"{falls} falls")
        seen, heard = _falls(server, crowd, page, falls)
        say("the server's processor time, and the joystick")
        joystick = _joystick(server, seconds)
        cores = _cores(server, seconds)
        return TabletReport(
            tablets=tablets,
            robots=robots,
            browser=seen,
            every_tablet=heard,
            first_page=first,
            joystick=joystick,
            server_cores=round(cores, 3),
            server_memory_mb=round(peak_memory_mb(server.pid), 1),
            processors=os.cpu_count() or 1,
            load=round(os.getloadavg()[0], 1),
            why_no_browser=why,
        )


class _Server:
    """The running nodes, and a client that has paired."""

    def __init__(self, supervisor: Supervisor, node: Node, invitation: Invitation) -> None:
        self.supervisor, self.node, self.url = supervisor, node, invitation.url
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=20.0)
        answer = self.client.post("/api/v1/pair", json={"pin": invitation.pin, "name": "carebot bench"})
        if answer.status_code != 200:
            raise SetupError(f"The tablet refused the PIN ({answer.status_code}): run the benchmark again.")
        self.token = str(answer.json()["token"])

    @property
    def pid(self) -> int:
        return self.supervisor.pids()["tablet"]


@contextmanager
def _running(folder: Path) -> Iterator[_Server]:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    care, tablet = {"records": str(folder / "records.sqlite")}, {"port": port}
    processes = [{"name": name, "nodes": {name: given}} for name, given in (("care", care), ("tablet", tablet))]
    profile = Profile.model_validate({"robot": ROBOT, "processes": processes})
    before = os.environ.get("CAREBOT_DATA_DIR")
    os.environ["CAREBOT_DATA_DIR"] = str(folder)
    try:
        with Supervisor(profile, lambda _name, _line: None) as supervisor, node_beside("bench", ROBOT) as node:
            server = _Server(supervisor, node, _invited(supervisor, port))
            with contextlib.closing(server.client):
                yield server
    finally:
        os.environ.pop("CAREBOT_DATA_DIR")
        if before is not None:
            os.environ["CAREBOT_DATA_DIR"] = before


def _invited(supervisor: Supervisor, port: int) -> Invitation:
    ends_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < ends_s and supervisor.step(0.1) is None:
        invitation = read_invitation(port)
        with contextlib.suppress(httpx.HTTPError):
            if invitation is not None and httpx.get(f"{invitation.url}health", trust_env=False).status_code == 200:
                return invitation
    raise SetupError("The tablet node did not come up within a minute: run `carebot up robot` to see why.")


def _browser(stack: ExitStack) -> tuple[Any, str]:
    try:
        return stack.enter_context(tablet_browser.chromium()), ""
    except SetupError as error:
        return None, str(error)


class _Crowd:
    """The further tablets, in a process of their own."""

    def __init__(self, server: _Server, count: int) -> None:
        self._command = [sys.executable, str(CROWD), server.url, f"{COOKIE}={server.token}", str(count)]
        self.count = count
        self.heard: deque[dict[str, Any]] = deque()

    def __enter__(self) -> _Crowd:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise SetupError("Not all tablets could connect: see the lines above.")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._thread.join()

    def came_s(self, number: int) -> list[float]:
        """When each tablet heard of that fall, on the monotonic clock."""
        return [float(each["at_s"]) for each in list(self.heard) if each["fall"] == number]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.heard.append(json.loads(line))


def _falls(server: _Server, crowd: _Crowd, page: Page | None, falls: int) -> tuple[Delays | None, Delays]:
    out = server.node.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    seen_ms, heard_ms = [], []
    for number in range(falls + 1):  # the first one warms up
        time.sleep(secrets.randbelow(500) / 1e3)  # no rhythm of the page's may be hit or missed by rule
        begun_s, begun_wall_s = time.monotonic(), time.time()
        out.publish(_fall(number))
        seen_s = None if page is None else fall_seen_at_s(page, number, SEEN_WITHIN_S)
        _until(partial(_all_heard, crowd, number), SEEN_WITHIN_S, server)
        if number:
            heard_ms += [1e3 * (came_s - begun_s) for came_s in crowd.came_s(number)]
            seen_ms += [] if seen_s is None else [1e3 * (seen_s - begun_wall_s)]
        _resolve(server)
    return None if page is None else _delays(seen_ms, falls), _delays(heard_ms, falls * crowd.count)


def _all_heard(crowd: _Crowd, number: int) -> bool:
    return len(crowd.came_s(number)) >= crowd.count


def _resolve(server: _Server) -> None:
    """End what is open, as a caregiver would."""

    def is_quiet() -> bool:
        still_open = server.client.get("/api/v1/alerts", params={"only_open": True}).json()["alerts"]
        for alert in still_open:
            server.client.post(f"/api/v1/alerts/{alert['id']}/answer", json={"answer": "real"})
        return not still_open

    if not _until(is_quiet, SEEN_WITHIN_S, server):
        raise SetupError("An alert cannot be resolved: run `carebot up robot` to see why.")


def _joystick(server: _Server, seconds: float) -> Delays:
    """From a twist on the tablet's web socket to `cmd_vel_teleop` on ROS."""
    came_s: dict[int, float] = {}
    received = server.node.create_subscription(
        TwistStamped,
        "cmd_vel_teleop",
        lambda message: came_s.setdefault(round(1e5 * message.twist.linear.x), time.monotonic()),
        10,
    )
    _until(lambda: server.node.count_publishers("cmd_vel_teleop") > 0, SEEN_WITHIN_S, server)
    sent_s = _drive(server, int(seconds * TWISTS_PER_S))
    _until(lambda: len(came_s) >= len(sent_s), 1.0, server)
    server.node.destroy_subscription(received)
    return _delays([1e3 * (came_s[each] - at_s) for each, at_s in sent_s.items() if each in came_s], len(sent_s))


def _drive(server: _Server, count: int) -> dict[int, float]:
    """When each twist was sent, by its speed in 1e-5 m/s."""
    headers = {"Cookie": f"{COOKIE}={server.token}"}
    sent_s: dict[int, float] = {}
    with connect(f"ws{server.url[4:]}api/v1/teleop", additional_headers=headers, proxy=None) as socket:
        for _ in range(3):
            asked_s = time.monotonic()
            socket.send(json.dumps({"type": "clock", "sent_s": asked_s}))
            while json.loads(socket.recv(timeout=SEEN_WITHIN_S))["type"] != "clock":
                pass
            socket.send(json.dumps({"type": "returned", "sent_s": asked_s, "returned_s": time.monotonic()}))
        socket.send(json.dumps({"type": "take"}))
        for each in range(10_000, 10_000 + count):
            sent_s[each] = at_s = time.monotonic()
            socket.send(json.dumps({"type": "twist", "vx_m_s": each / 1e5, "held": True, "stamp_s": at_s}))
            _drain(socket, 1.0 / TWISTS_PER_S)
    return sent_s


def _drain(socket: Any, seconds: float) -> None:
    ends_s = time.monotonic() + seconds
    while (left_s := ends_s - time.monotonic()) > 0:
        with contextlib.suppress(TimeoutError):
            socket.recv(timeout=left_s)


def _cores(server: _Server, seconds: float) -> float:
    began_s, spent_s = time.monotonic(), _processor_s(server.pid)
    _until(lambda: False, seconds, server)
    return (_processor_s(server.pid) - spent_s) / (time.monotonic() - began_s)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _until(condition: Callable[[], object], within_s: float, server: _Server) -> bool:
    ends_s = time.monotonic() + within_s
    while time.monotonic() < ends_s:
        if condition():
            return True
        server.supervisor.step(0.02)
    return False


def _fall(number: int) -> FallAlert:
    reason = f"Fall number {number}."
    event = FallEvent(FallEventKind.CONFIRMED, number + 1, 1, time.time(), 0.9, "fell", reason, {"drop_s": 0.6})
    return fall_event_to_msg(event, f"bench-{number}")


def _delays(found_ms: list[float], expected: int) -> Delays:
    if not found_ms:
        return Delays(expected, 0, None, None, None)
    median_ms, p95_ms = (round(float(value), 1) for value in np.percentile(found_ms, [50, 95]))
    return Delays(expected, len(found_ms), median_ms, p95_ms, round(max(found_ms), 1))


def _is_below(delays: Delays, goal_ms: float) -> bool:
    return delays.came == delays.expected and delays.p95_ms is not None and delays.p95_ms < goal_ms
