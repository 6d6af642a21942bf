"""Ports that cannot be used, and ports that stop being there."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from carebot.drivers.serial_port import WRITE_TIMEOUT_S, SerialPort
from carebot.errors import DeviceLostError, PortError


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """The master's end and the name of a pseudo-terminal."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(slave)
    try:
        os.close(master)
    except OSError as error:
        assert error.errno == errno.EBADF  # noqa: PT017 - a test may have closed it


def test_no_such_port() -> None:
    with pytest.raises(
        PortError, match=r"There is no port /dev/no-such-port: plug the device in, or name another port\."
    ):
        SerialPort("/dev/no-such-port", 115200)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("no port")
    with pytest.raises(PortError, match="is not a serial port"):
        SerialPort(str(path), 115200)


def test_a_folder_is_no_port(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="is not a serial port"):
        SerialPort(str(tmp_path), 115200)


def test_no_permission_names_the_group_to_join(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(PortError, match=r"You may not use /dev/ttyX0: add your user to the group 'dialout'"):
        SerialPort("/dev/ttyX0", 115200)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_no_permission_for_real(terminal: tuple[int, str]) -> None:
    code = (
        "import os, sys\n"
        "from carebot.drivers.serial_port import SerialPort\n"
        "from carebot.errors import PortError\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try: SerialPort(sys.argv[1], 115200)\n"
        "except PortError as error: print(error)\n"
    )
    Path(terminal[1]).chmod(0o600)
    done = subprocess.run([sys.executable, "-c", code, terminal[1]], capture_output=True, text=True, check=True)
    assert "You may not use" in done.stdout
    assert "group" in done.stdout


def test_held_by_another_process(terminal: tuple[int, str]) -> None:
    code = (
        "import sys\nfrom carebot.drivers.serial_port import SerialPort\n"
        "port = SerialPort(sys.argv[1], 115200)\nprint('held', flush=True)\nsys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, terminal[1]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(PortError, match="held by another process"):
            SerialPort(terminal[1], 115200)
        holder.communicate()
    SerialPort(terminal[1], 115200).close()


def test_an_impossible_rate(terminal: tuple[int, str]) -> None:
    with pytest.raises(PortError, match="cannot run at -5 baud"):
        SerialPort(terminal[1], -5)


def test_reading_never_waits_and_waiting_ends(terminal: tuple[int, str]) -> None:
    port = SerialPort(terminal[1], 115200)
    assert port.read() == b""
    assert not port.wait(0.0)
    assert not port.wait(-1.0)
    os.write(terminal[0], b"abc")
    assert port.wait(5.0)
    assert port.read() == b"abc"
    port.write(b"xyz")
    assert os.read(terminal[0], 10) == b"xyz"
    port.close()


def test_what_waited_before_opening_is_forgotten(terminal: tuple[int, str]) -> None:
    os.write(terminal[0], b"old")
    port = SerialPort(terminal[1], 115200)
    assert port.read() == b""
    port.close()


def test_an_unplugged_port_is_lost_in_both_directions(terminal: tuple[int, str]) -> None:
    port = SerialPort(terminal[1], 115200)
    os.close(terminal[0])
    with pytest.raises(DeviceLostError, match="is gone: check the cable"):
        port.read()
    with pytest.raises(DeviceLostError, match="is gone: check the cable"):
        port.write(b"x")
    port.close()


def test_a_port_that_takes_nothing_is_lost_soon(terminal: tuple[int, str]) -> None:
    port = SerialPort(terminal[1], 115200)
    with pytest.raises(DeviceLostError, match="takes no more bytes"):
        port.write(bytes(1_000_000))
    port.close()


def test_a_process_that_was_late_loses_no_port(terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    device, path = terminal
    port = SerialPort(path, 115200)
    late_s = itertools.count(start=100.0, step=10 * WRITE_TIMEOUT_S)
    with monkeypatch.context() as patch:
        patch.setattr("carebot.drivers.serial_port.time.monotonic", lambda: next(late_s))
        port.write(b"stop")
    assert os.read(device, 16) == b"stop"
    port.close()
