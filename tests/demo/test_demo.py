"""`carebot demo` as a stranger runs it: real processes, real DDS, rendered pictures, the real models and tablet."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CAREBOT = str(Path(sys.executable).with_name("carebot"))
PATIENCE_S = 200


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CAREBOT, "demo", *arguments], capture_output=True, text=True, timeout=PATIENCE_S)


@pytest.mark.slow
def test_robot_is_driven_to_a_fall_that_reaches_a_connected_client_however_slow_the_machine():
    done = demo("--seconds", "5", "--port", str(free_port()), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["succeeded"]
    assert told["set_off_s"] < told["arrived_s"] < told["confirmed_s"]
    assert told["fell_s"] < told["suspected_s"] < told["confirmed_s"] <= told["shown_s"]
    assert told["floor_to_suspected_s"] < 1.5  # simulated time: a slow machine does not change it


@pytest.mark.slow
def test_daily_life_raises_no_alarm():
    done = demo("--seconds", "25", "--scenario", "pick_up", "--port", str(free_port()), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["succeeded"], told["confirmed_s"]) == (0, True, None), done.stderr


@pytest.mark.slow
def test_ctrl_c_ends_it_and_leaves_no_process():
    command = [CAREBOT, "demo", "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            while "PIN" not in (line := demo.stdout.readline()):
                assert line, "the demo ended before it showed a PIN"
            children = _children(demo.pid)
            demo.send_signal(signal.SIGINT)
            _, errors = demo.communicate(timeout=PATIENCE_S)
        finally:
            demo.terminate()  # one that goes on would slow every test after this
    assert demo.returncode == 0
    assert "Traceback" not in errors
    assert children
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_a_port_that_is_taken_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = demo("--seconds", "10", "--port", port)
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_scenario_is_refused_with_the_known_ones():
    done = demo("--scenario", "moonwalk")
    assert done.returncode == 2
    assert "moonwalk" in done.stderr
    assert "fall_forward" in done.stderr
    assert "Traceback" not in done.stderr


def test_scenarios_are_listed():
    done = demo("--scenario", "list")
    assert done.returncode == 0
    assert "fall_forward" in done.stdout


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="ascii")
            except OSError:  # it has just ended
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


@pytest.fixture(autouse=True)
def _a_quiet_environment(monkeypatch: pytest.MonkeyPatch, ros_domain_id: str) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", ros_domain_id)
