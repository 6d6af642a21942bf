"""The tablet under load: real care and tablet nodes, a real browser, and as many further tablets as a home may have.

Alerts are timed from the moment a confirmed fall is published on ROS, so that care's writing to disk is counted in.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from carebot_interfaces.msg import FallAlert
from geometry_msgs.msg import TwistStamped
from websockets.sync.client import connect

from carebot.benchmarks import tablet_browser
from carebot.benchmarks.memory import peak_memory_mb
from carebot.benchmarks.tablet_browser import FirstPage, fall_seen_at_s
from carebot.benchmarks.tablet_events import Events
from carebot.benchmarks.tablet_rig import SEEN_WITHIN_S, Crowd, Server, fall_alert, resolve, running, until
from carebot.bringup.environment import stay_alone
from carebot.errors import SetupError
from carebot.ros import qos
from carebot.tablet.sessions import COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Page

TWISTS_PER_S = 20
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
    stay_alone()
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="carebot-bench-", ignore_cleanup_errors=True))
        )
        server = stack.enter_context(running(folder))
        say("first page with a cold cache")
        browser, why = _browser(stack)
        cookie = (COOKIE, server.token)
        first = None if browser is None else tablet_browser.first_page(browser, server.url, cookie, 5)
        say(f"{tablets} tablets connect")
        crowd = stack.enter_context(Crowd(server, tablets - (browser is not None)))
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


def _browser(stack: ExitStack) -> tuple[Any, str]:
    try:
        return stack.enter_context(tablet_browser.chromium()), ""
    except SetupError as error:
        return None, str(error)


def _falls(server: Server, crowd: Crowd, page: Page | None, falls: int) -> tuple[Delays | None, Delays]:
    out = server.node.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    seen_ms, heard_ms = [], []
    for number in range(falls + 1):  # the first one warms up
        time.sleep(secrets.randbelow(500) / 1e3)  # no rhythm of the page's may be hit or missed by rule
        begun_s, begun_wall_s = time.monotonic(), time.time()
        out.publish(fall_alert(number))
        seen_s = None if page is None else fall_seen_at_s(page, number, SEEN_WITHIN_S)
        until(partial(crowd.have_all_heard, number), SEEN_WITHIN_S, server)
        if number:
            heard_ms += [1e3 * (came_s - begun_s) for came_s in crowd.came_s(number)]
            seen_ms += [] if seen_s is None else [1e3 * (seen_s - begun_wall_s)]
        resolve(server)
    return None if page is None else _delays(seen_ms, falls), _delays(heard_ms, falls * crowd.count)


def _joystick(server: Server, seconds: float) -> Delays:
    """From a twist on the tablet's web socket to `cmd_vel_teleop` on ROS."""
    came_s: dict[int, float] = {}
    received = server.node.create_subscription(
        TwistStamped,
        "cmd_vel_teleop",
        lambda message: came_s.setdefault(round(1e5 * message.twist.linear.x), time.monotonic()),
        10,
    )
    until(lambda: server.node.count_publishers("cmd_vel_teleop") > 0, SEEN_WITHIN_S, server)
    sent_s = _drive(server, int(seconds * TWISTS_PER_S))
    until(lambda: len(came_s) >= len(sent_s), 1.0, server)
    server.node.destroy_subscription(received)
    return _delays([1e3 * (came_s[each] - at_s) for each, at_s in sent_s.items() if each in came_s], len(sent_s))


def _drive(server: Server, count: int) -> dict[int, float]:
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


def _cores(server: Server, seconds: float) -> float:
    began_s, spent_s = time.monotonic(), _processor_s(server.pid)
    until(lambda: False, seconds, server)
    return (_processor_s(server.pid) - spent_s) / (time.monotonic() - began_s)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _delays(found_ms: list[float], expected: int) -> Delays:
    if not found_ms:
        return Delays(expected, 0, None, None, None)
    median_ms, p95_ms = (round(float(value), 1) for value in np.percentile(found_ms, [50, 95]))
    return Delays(expected, len(found_ms), median_ms, p95_ms, round(max(found_ms), 1))


def _is_below(delays: Delays, goal_ms: float) -> bool:
    return delays.came == delays.expected and delays.p95_ms is not None and delays.p95_ms < goal_ms
