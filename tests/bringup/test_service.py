"""The unit for systemd, by systemd's own checker, and what the supervisor tells systemd."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.bringup.notify import Notifier
from carebot.bringup.profile import Profile
from carebot.bringup.service import unit
from carebot.bringup.supervisor import Supervisor
from carebot.errors import ConfigError

PROGRAM = Path(sys.executable).parent / "carebot"


def lines_of(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


@pytest.mark.parametrize("overrides", [[], ["robot=anna", "perception.source=/dev/my camera %i $HOME"]])
def test_systemd_finds_nothing_wrong(tmp_path: Path, overrides: list[str]) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here")
    path = tmp_path / "carebot.service"
    path.write_text(unit("robot", overrides, getpass.getuser(), PROGRAM))
    said = subprocess.run([program, "verify", "--man=no", str(path)], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if "carebot" in line] == []
    assert said.returncode == 0, said.stderr


def test_names_the_profile_and_the_user(tmp_path: Path) -> None:
    path = tmp_path / "my robot.yaml"
    path.write_text("robot: anna\nprocesses: [{name: care, nodes: {care: {}}}]\n")
    text = unit(str(path), [], getpass.getuser(), PROGRAM)
    assert lines_of(text, "ExecStart") == [f'{PROGRAM} up "{path}"']
    assert lines_of(text, "User") == [getpass.getuser()]
    assert lines_of(text, "Description") == ["carebot: anna"]
    assert lines_of(text, "RestartPreventExitStatus") == ["2"]


def test_refuses_an_unknown_user_and_an_unknown_profile() -> None:
    with pytest.raises(ConfigError, match="no user 'nobody_here'"):
        unit("robot", [], "nobody_here", PROGRAM)
    with pytest.raises(ConfigError, match="nowhere"):
        unit("nowhere", [], getpass.getuser(), PROGRAM)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Where a service manager listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(manager: socket.socket) -> list[str]:
    said = []
    while True:
        try:
            said.append(manager.recv(100).decode())
        except BlockingIOError:
            return said


def test_feeds_the_watchdog_three_times_in_its_time(manager: socket.socket) -> None:
    watched = Notifier({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "9000000"})
    for tenth in range(101):
        watched.alive(100.0 + tenth / 10)
    assert heard(manager) == ["WATCHDOG=1"] * 4


@pytest.mark.parametrize(
    "environment",
    [{}, {"WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}],
)
def test_feeds_no_watchdog_that_is_not_its_own(manager: socket.socket, environment: dict[str, str]) -> None:
    Notifier({"NOTIFY_SOCKET": manager.getsockname(), **environment}).alive(1.0)
    assert heard(manager) == []


def test_speaks_to_an_abstract_address_too() -> None:
    name = f"carebot-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1")
        assert listening.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "relative"])
def test_nobody_listens(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address}).tell("READY=1")


def test_the_supervisor_tells_ready_alive_and_stopping(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    profile = Profile.model_validate({"robot": "anna", "processes": [{"name": "care", "nodes": {"care": {}}}]})
    with Supervisor(profile, lambda _name, _line: None) as supervisor:
        step = supervisor.step

        def stop_at_once(timeout_s: float = 0.0) -> str | None:
            supervisor._on_signal(15, None)
            return step(timeout_s)

        monkeypatch.setattr(supervisor, "step", stop_at_once)
        assert supervisor.run() == 0
    assert heard(manager) == ["READY=1", "WATCHDOG=1", "STOPPING=1"]
