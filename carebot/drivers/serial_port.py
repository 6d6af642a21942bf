"""The serial port as the drivers use it: reads never block, writes give up soon, every trouble is one sentence."""

from __future__ import annotations

import errno
import grp
import os
import select
import time
from pathlib import Path
from typing import Protocol

import serial

from carebot.errors import DeviceLostError, PortError

WRITE_TIMEOUT_S = 0.05
"""A healthy port takes a frame at once; one that blocks for longer than a control period or two is as good as gone."""

_MOST_BYTES_AT_ONCE = 65536


class Port(Protocol):
    """Bytes to and from a device. Everything raises DeviceLostError once the device is gone."""

    @property
    def name(self) -> str: ...

    def read(self) -> bytes:
        """What has arrived so far, perhaps nothing; never blocks."""

    def wait(self, timeout_s: float) -> bool:
        """Whether there is something to read, after waiting for it at most `timeout_s`."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


class SerialPort:
    """A real serial port (or pseudo-terminal), held exclusively."""

    def __init__(self, path: str, baud: int) -> None:
        """Open `path`; raises PortError saying what to do where that is not possible."""
        self.name = path
        try:
            self._serial = serial.Serial(path, baud, timeout=0, exclusive=True)
        except (OSError, ValueError) as error:
            raise PortError(_why_not(path, baud, error)) from None

    def read(self) -> bytes:
        try:
            return bytes(self._serial.read(_MOST_BYTES_AT_ONCE))
        except OSError:
            raise self._lost() from None

    def wait(self, timeout_s: float) -> bool:
        try:
            return bool(select.select([self._serial.fileno()], [], [], max(0.0, timeout_s))[0])
        except OSError:
            raise self._lost() from None

    def write(self, data: bytes) -> None:
        until_s = time.monotonic() + WRITE_TIMEOUT_S
        while data:
            taken = self._write_some(data, max(0.0, until_s - time.monotonic()))
            if not taken:
                raise DeviceLostError(f"{self.name} takes no more bytes: check the cable and the device's power.")
            data = data[taken:]

    def close(self) -> None:
        self._serial.close()

    def _write_some(self, data: bytes, timeout_s: float) -> int:
        """How many bytes the port took. Not pyserial's write: that one gives up where this process was merely late."""
        try:
            port = self._serial.fileno()
            return os.write(port, data) if select.select([], [port], [], timeout_s)[1] else 0
        except BlockingIOError:
            return 0
        except OSError:
            raise self._lost() from None

    def _lost(self) -> DeviceLostError:
        return DeviceLostError(f"{self.name} is gone: check the cable and the device's power.")


def _why_not(path: str, baud: int, error: OSError | ValueError) -> str:
    number = getattr(error, "errno", None)
    if isinstance(error, ValueError):
        return f"{path} cannot run at {baud} baud: choose a rate that the port and the device both know."
    if number == errno.ENOENT:
        return f"There is no port {path}: plug the device in, or name another port."
    if number in (errno.EACCES, errno.EPERM):
        return f"You may not use {path}: add your user to the group '{_group_of(path)}' and log in again."
    if number in (errno.EAGAIN, errno.EBUSY):
        return f"{path} is held by another process: stop that one, or name another port."
    if number in (errno.EIO, errno.ENODEV, errno.ENXIO):
        return f"{path} is there, but its device is not: plug it in again, or name another port."
    return f"{path} is not a serial port that can be used: name the port of the motor controller."


def _group_of(path: str) -> str:
    """The group that owns the port, where it is one that people join; Debian's is dialout, Arch's is uucp."""
    try:
        group = grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "dialout"
    return "dialout" if group == "root" else group
