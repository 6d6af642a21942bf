from __future__ import annotations

import contextlib
import os
import pty
import stat
from pathlib import Path

import pytest

from carebot.chassis.build import load_checked, make_fake, make_link
from carebot.chassis.ports import SerialDevice, find_port
from carebot.chassis.scan import who_answers
from carebot.clock import MonotonicClock
from carebot.drivers.carebot_mcu.fake import FakeMcu
from carebot.drivers.line import Line
from carebot.drivers.pty_server import PtyServer
from carebot.drivers.registry import controllers
from carebot.errors import DeviceError, PortError, WrongDeviceError
from carebot.robot import PortChoice, UsbId

ONE = SerialDevice("/dev/ttyACM0", "a board", "2341", "0042", "A1")
TWO = SerialDevice("/dev/ttyACM1", "another", "2341", "0042", "B2")
OTHER = SerialDevice("/dev/ttyS0", "")


def usb(**more: str) -> PortChoice:
    return PortChoice(usb=UsbId(vendor="2341", product="0042", **more))


def test_a_usb_device_is_found_by_its_numbers_wherever_it_is_plugged_in() -> None:
    assert find_port(usb(), lambda: [OTHER, ONE]) == "/dev/ttyACM0"
    assert find_port(usb(serial="B2"), lambda: [ONE, TWO]) == "/dev/ttyACM1"


def test_a_usb_device_that_is_not_there_or_there_twice_is_told() -> None:
    with pytest.raises(PortError, match=r"no USB device 2341:0042: plug it in"):
        find_port(usb(), lambda: [OTHER])
    with pytest.raises(PortError, match="serial number C3"):
        find_port(usb(serial="C3"), lambda: [ONE, TWO])
    with pytest.raises(PortError, match=r"2 USB devices .*ttyACM0, /dev/ttyACM1.*serial number"):
        find_port(usb(), lambda: [ONE, TWO])


def test_other_ways_to_name_a_port() -> None:
    assert find_port(PortChoice(path="/dev/ttyUSB3")) == "/dev/ttyUSB3"
    assert find_port(PortChoice(udev="carebot_motors")) == "/dev/carebot_motors"
    assert find_port(PortChoice(simulated="motors")).endswith("/ports/motors")


@pytest.mark.parametrize("name", sorted(controllers()))
def test_every_controller_is_recognised_by_its_answer(name: str, tmp_path: Path) -> None:
    kind = controllers()[name]
    port = tmp_path / "port"
    with PtyServer(Line(kind.fake(kind.settings(port=str(port)))), port, MonotonicClock()):
        answer = who_answers(str(port), MonotonicClock(), patience_s=0.6)
    assert answer.controller == name
    assert answer.model
    assert answer.problem == ""


def test_firmware_that_is_too_old_is_recognised_and_told(tmp_path: Path) -> None:
    kind = controllers()["carebot_mcu"]
    port = tmp_path / "port"
    fake = kind.fake(kind.settings(port=str(port)))
    assert isinstance(fake, FakeMcu)
    fake.firmware, fake.protocol_version = (0, 1, 0), 0
    with PtyServer(Line(fake), port, MonotonicClock()):
        answer = who_answers(str(port), MonotonicClock(), patience_s=0.6)
    assert answer.controller == "carebot_mcu"
    assert "firmware" in answer.problem


def test_a_port_without_a_controller_says_so(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    try:
        answer = who_answers(os.ttyname(slave), MonotonicClock(), patience_s=0.1)
    finally:
        os.close(master)
        os.close(slave)
    assert answer.controller == ""
    assert "no motor controller" in answer.problem


def test_no_such_port() -> None:
    assert "There is no port" in who_answers("/dev/carebot_nothing", MonotonicClock()).problem
    link = make_link(load_checked("simulated", "/dev/carebot_nothing"), MonotonicClock())
    with pytest.raises(PortError, match="There is no port /dev/carebot_nothing: plug the device in"):
        link.connect()
    assert not link.connected
    assert "There is no port" in link.problem


def test_no_permission_names_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with make_fake(load_checked("simulated"), tmp_path / "port", MonotonicClock()) as server:
        real = server.path.resolve()
        before = real.stat()
        real.chmod(0)
        try:
            with _nobody(), pytest.raises(PortError, match=r"add your user to the group 'dialout|tty'"):
                make_link(load_checked("simulated", str(real)), MonotonicClock()).connect()
        finally:
            real.chmod(stat.S_IMODE(before.st_mode))


@contextlib.contextmanager
def _nobody():
    """As a user who may do nothing; who runs the tests may be root, who may do everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_port_that_another_holds(tmp_path: Path) -> None:
    robot = load_checked("simulated", str(tmp_path / "port"))
    with make_fake(robot, tmp_path / "port", MonotonicClock()):
        first, second = make_link(robot, MonotonicClock()), make_link(robot, MonotonicClock())
        first.connect()
        try:
            with pytest.raises(PortError, match="held by another process"):
                second.connect()
        finally:
            first.close()
        second.connect()
        second.close()


def test_another_kind_of_device_answers(tmp_path: Path) -> None:
    kind = controllers()["odrive"]
    port = tmp_path / "port"
    with PtyServer(Line(kind.fake(kind.settings(port=str(port)))), port, MonotonicClock()):
        link = make_link(load_checked("simulated", str(port)), MonotonicClock())
        with pytest.raises((WrongDeviceError, DeviceError), match=r"carebot_mcu"):
            link.connect()
        assert not link.connected
