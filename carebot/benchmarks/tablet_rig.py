"""Real care and tablet nodes for benchmarks, a paired client, and further tablets that only listen."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from carebot_interfaces.msg import FallAlert

from carebot.alerts import FallEvent, FallEventKind
from carebot.bringup.profile import Profile
from carebot.bringup.supervisor import Supervisor
from carebot.errors import SetupError
from carebot.ros.beside import node_beside
from carebot.ros.convert import fall_event_to_msg
from carebot.tablet.invitation import Invitation, read_invitation
from carebot.tablet.sessions import COOKIE

if TYPE_CHECKING:
    from rclpy.node import Node

ROBOT = "carebot_bench_tablet"
START_WITHIN_S = 60.0
SEEN_WITHIN_S = 10.0
CROWD = Path(__file__).with_name("tablet_crowd.py")


class Server:
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
def running(folder: Path) -> Iterator[Server]:
    """The nodes with their records in `folder`, and a paired client; raises SetupError where they do not come up."""
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
            server = Server(supervisor, node, _invited(supervisor, port))
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


class Crowd:
    """The further tablets, in a process of their own."""

    def __init__(self, server: Server, count: int) -> None:
        self._command = [sys.executable, str(CROWD), server.url, f"{COOKIE}={server.token}", str(count)]
        self.count = count
        self.heard: deque[dict[str, Any]] = deque()

    def __enter__(self) -> Crowd:
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

    def have_all_heard(self, number: int) -> bool:
        """Whether every tablet has heard of that fall."""
        return len(self.came_s(number)) >= self.count

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.heard.append(json.loads(line))


def resolve(server: Server) -> None:
    """End what is open, as a caregiver would."""

    def is_quiet() -> bool:
        still_open = server.client.get("/api/v1/alerts", params={"only_open": True}).json()["alerts"]
        for alert in still_open:
            server.client.post(f"/api/v1/alerts/{alert['id']}/answer", json={"answer": "real"})
        return not still_open

    if not until(is_quiet, SEEN_WITHIN_S, server):
        raise SetupError("An alert cannot be resolved: run `carebot up robot` to see why.")


def until(condition: Callable[[], object], within_s: float, server: Server) -> bool:
    """Whether `condition` came to hold within that time, in which the nodes are minded."""
    ends_s = time.monotonic() + within_s
    while time.monotonic() < ends_s:
        if condition():
            return True
        server.supervisor.step(0.02)
    return False


def fall_alert(number: int) -> FallAlert:
    reason = f"Fall number {number}."
    event = FallEvent(FallEventKind.CONFIRMED, number + 1, 1, time.time(), 0.9, "fell", reason, {"drop_s": 0.6})
    return fall_event_to_msg(event, f"bench-{number}")
