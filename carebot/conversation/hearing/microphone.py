"""A microphone as blocks of sound, through PortAudio in a process of its own (see `capture`)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np
from typing_extensions import Self

from carebot.conversation.hearing import capture
from carebot.conversation.hearing.pieces import Piece, as_blocks
from carebot.conversation.hearing.sound import Block
from carebot.errors import DeviceError, DeviceLostError

OPENS_WITHIN_S = 30.0
SILENT_DEVICE_S = 2.0
"""A live microphone always delivers something, be it silence; none for so long, and it is gone."""

READ_BYTES = 65_536
ENDS_WITHIN_S = 1.0


class Microphone:
    """An open microphone. Blocks carry times of the monotonic clock.

    Attributes:
        name: the device as PortAudio calls it.
        rate_hz: what it was opened with: 16 kHz where it can, else its own rate.
        lost_pieces: how many pieces were lost, in the device or because nobody read them in time.
    """

    name: str
    rate_hz: int
    lost_pieces: int

    def __init__(self, device: str | int | None = None) -> None:
        """Open `device`: a number or a part of a name of `list_microphones`; None is the system's own choice.

        Raises:
            DeviceError: PortAudio is not installed, there is no such microphone, or it cannot be opened.
        """
        self.lost_pieces = 0
        self._wanted = "the microphone" if device is None else f"the microphone '{device}'"
        command = [sys.executable, "-m", capture.__name__, *([] if device is None else [str(device)])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self._read, self._has_ended = bytearray(), False
        try:
            opened = self._first_line()
        except DeviceError:
            self.close()
            raise
        self.name, self.rate_hz, self._channels = opened["name"], opened["rate_hz"], opened["channels"]

    def blocks(self) -> Iterator[Block]:
        """Sound for as long as the microphone lives.

        Raises:
            DeviceLostError: it ended, or nothing has come for `SILENT_DEVICE_S`: it was unplugged, or its driver hangs.
        """
        return as_blocks(self._pieces())

    def close(self) -> None:
        """May be called twice; does not wait for a driver that hangs."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it sits in the kernel, and the kernel ends it later
            self._process.wait(ENDS_WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _first_line(self) -> dict[str, Any]:
        until_s = time.monotonic() + OPENS_WITHIN_S
        while b"\n" not in self._read:
            if not self._read_more(max(0.0, until_s - time.monotonic())):
                raise DeviceError(f"{self._wanted} does not open: check that it is plugged in, or name another one.")
        line, _, rest = self._read.partition(b"\n")
        self._read = rest
        opened: dict[str, Any] = json.loads(line)
        if "error" in opened:
            raise DeviceError(opened["error"])
        return opened

    def _pieces(self) -> Iterator[Piece]:
        while True:
            header = self._take(capture.FRAME.size)
            start_s, self.lost_pieces, size = capture.FRAME.unpack(header)
            samples = np.frombuffer(self._take(size), np.dtype("<i2"))
            yield Piece(samples, start_s, self.rate_hz, self._channels)

    def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            if not self._read_more(SILENT_DEVICE_S):
                raise DeviceLostError(self._why_lost())
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken

    def _read_more(self, within_s: float) -> bool:
        """Whether anything came within that time."""
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        if not select.select([out], [], [], within_s)[0]:
            return False
        new = os.read(out, READ_BYTES)
        self._read += new
        self._has_ended = not new
        return bool(new)

    def _why_lost(self) -> str:
        why = "has ended its sound" if self._has_ended else f"has given no sound for {SILENT_DEVICE_S:g} s"
        return f"the microphone '{self.name}' {why}: check that it is plugged in."


def list_microphones() -> list[str]:
    """Number and name of each microphone; raises DeviceError where PortAudio is not installed."""
    devices = capture.portaudio().query_devices()
    return [f"{number}  {each['name']}" for number, each in enumerate(devices) if each["max_input_channels"] > 0]
