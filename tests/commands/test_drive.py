"""`carebot drive` and `carebot check` as processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carebot.chassis.build import load_checked, make_fake
from carebot.clock import MonotonicClock
from carebot.drivers.registry import controllers


def carebot(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from carebot.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def told(*arguments: str) -> dict:
    done = carebot(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_check_robot_good_and_bad(tmp_path: Path) -> None:
    assert told("check", "robot", "simulated")["ok"]
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\nbase: {kinematics: differential, wheel_radius_m: 75, track_width_m: 0.3}\n")
    done = carebot("check", "robot", str(bad))
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"carebot: {bad}, line 2: base.wheel_radius_m: 75 is in millimetres? it must be 0.075"
    )
    assert done.stderr.count("\n") == 1
    done = carebot("check", "robot", str(bad), "--json")
    assert done.returncode == 2
    assert "millimetres" in json.loads(done.stdout)["problem"]
    done = carebot("check", "robot", "simulated", "--urdf", str(tmp_path / "no" / "where.urdf"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("name", sorted(controllers()))
def test_status_and_jog_with_each_fake(name: str) -> None:
    status = told("drive", "status", "--fake", name)
    assert status["ok"]
    assert status["identity"]["model"]
    moved = told("drive", "jog", "--fake", name, "--forward", "0.2", "--seconds", "1")
    assert 0.1 < moved["x_m"] < 0.25
    assert moved["wheels_rad"][0] * 0.0625 == pytest.approx(moved["x_m"], rel=0.05)
    assert moved["fastest_m_s"] < 0.25


def test_jog_turns_one_wheel_alone() -> None:
    moved = told("drive", "jog", "--fake", "carebot_mcu", "--wheel", "1", "--seconds", "0.5")
    left, right = moved["wheels_rad"]
    assert left == pytest.approx(0.0, abs=0.02)
    assert 0.3 < right < 1.5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("jog", "--forward", "0.5"), 2, "--fast"),
        (("jog", "--turn", "2"), 2, "--fast"),
        (("jog", "--forward", "nan"), 2, "below 10"),
        (("jog", "--forward", "inf", "--fast"), 2, "below 10"),
        (("jog", "--fake", "carebot_mcu", "--wheel", "2"), 2, "motors 0 to 1"),
        (("jog", "--fake", "nothing"), 2, "There is no controller 'nothing'"),
        (("jog", "--robot", "nobody"), 2, "there is no robot 'nobody'"),
        (("jog", "--robot", "external_base"), 2, "own base over ROS"),
        (("status",), 2, "There is no port"),
        (("status", "--port", "/dev/null"), 2, "/dev/null is not a serial port"),
        (("fake", "--robot", "mcu_base"), 2, "--port"),
        (("fake", "--robot", "external_base"), 2, "external"),
        (("calibrate",), 2, "each direction"),
        (("calibrate", "--cw", "1;2", "--ccw", "0,0"), 2, "two numbers"),
        (("jog", "--fake", "carebot_mcu", "--hold"), 1, "terminal"),
    ],
)
def test_what_cannot_be_ends_with_one_sentence(arguments, code: int, said: str) -> None:
    done = carebot("drive", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert said in done.stderr


def test_ports_asks_who_is_there(tmp_path: Path) -> None:
    with make_fake(load_checked("simulated"), tmp_path / "port", MonotonicClock()):
        done = carebot("drive", "ports", str(tmp_path / "port"), "--json")
    [row] = json.loads(done.stdout)
    assert row["answer"]["controller"] == "carebot_mcu"
    assert carebot("drive", "ports").returncode == 0


def test_status_of_a_pressed_stop_ends_with_1(tmp_path: Path) -> None:
    with make_fake(load_checked("simulated"), tmp_path / "port", MonotonicClock()) as server:
        with server.lock:
            server.line.fake.estop = True
        done = carebot("drive", "status", "--port", str(tmp_path / "port"))
    assert done.returncode == 1
    assert "pressed" in done.stdout


def test_calibrate_finds_a_wider_track() -> None:
    ends = ["--ccw", "0.10,-0.12", "--cw", "0.10,0.12"]
    found = told("drive", "calibrate", "--side", "2", *ends, "--straight", "3.03,3.0")
    assert found["wheel_radius_m"] == pytest.approx(0.0625 * 1.01)
    assert found["track_width_m"] != pytest.approx(0.34, rel=0.001)
    shown = carebot("drive", "calibrate", "--side", "2", *ends).stdout
    assert shown.startswith("wheel_radius_m: 0.06250")


def test_fake_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = tmp_path / "port"
    code = "from carebot.cli import main; main()"
    command = [sys.executable, "-c", code, "drive", "fake", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "answers on" in process.stdout.readline()
        moved = told("drive", "jog", "--port", str(port), "--turn", "0.5", "--seconds", "1")
        assert moved["yaw_rad"] > 0.1
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not port.exists()
