"""The program that has the microphone open: `python -m carebot.conversation.hearing.capture [DEVICE]`.

It is a process of its own, for two reasons. PortAudio looks for devices only when a process begins to use it, so that a
microphone which is plugged in again is found only by a new one, also while the other plays. And a driver that lost its
device may hang in a call that never returns, which only the end of its process ends.

It writes a line of JSON (`name`, `rate_hz`, `channels`, or `error`), and then frames: `FRAME`, then so many bytes of
16-bit samples. It ends when its input does.
"""

from __future__ import annotations

import json
import os
import select
import struct
import sys
import time
from typing import Any

from carebot.conversation.hearing.sound import RATE_HZ
from carebot.errors import DeviceError

FRAME = struct.Struct("<dII")
"""When the first sample sounded (monotonic clock, seconds), pieces lost so far, and bytes that follow."""

PIECE_S = 0.032
LOOKS_EVERY_S = 0.2


class Capture:
    """An open stream whose sound goes to the file descriptor `out`.

    Raises:
        DeviceError: PortAudio is not installed, there is no such microphone, or it cannot be opened.
    """

    def __init__(self, device: str | int | None, out: int) -> None:
        sounddevice = portaudio()
        self._out = out
        self._lost = 0
        self.is_read = True
        try:
            found = sounddevice.query_devices(device, "input")
            self.name = str(found["name"])
            self.rate_hz, self.channels = _format(sounddevice, device, found)
            self._stream = sounddevice.RawInputStream(
                samplerate=self.rate_hz,
                channels=self.channels,
                dtype="int16",
                device=device,
                blocksize=int(PIECE_S * self.rate_hz),
                callback=self._take,
            )
        except (sounddevice.PortAudioError, ValueError) as error:
            wanted = "a microphone" if device is None else f"the microphone '{device}'"
            raise DeviceError(f"{wanted} cannot be opened ({in_short(error)}): plug one in, or type.") from None

    def start(self) -> None:
        """Sound flows from now on."""
        self._stream.start()

    @property
    def is_alive(self) -> bool:
        """Whether the stream runs and somebody reads it."""
        return bool(self._stream.active) and self.is_read

    def _take(self, samples: Any, count: int, _time: Any, status: Any) -> None:
        """PortAudio's callback. A reader that is slow for more than the pipe holds makes PortAudio lose sound, which it
        tells."""
        start_s = time.monotonic() - count / self.rate_hz
        self._lost += bool(status.input_overflow)
        try:
            _write_all(self._out, FRAME.pack(start_s, self._lost, len(samples)) + bytes(samples))
        except OSError:
            self.is_read = False


def main() -> None:
    """Until the input ends, the stream stops, or nobody reads."""
    device = sys.argv[1] if len(sys.argv) > 1 else None
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not get among the samples
    try:
        capture = Capture(int(device) if device and device.isdigit() else device or None, out)
        _write_line(out, {"name": capture.name, "rate_hz": capture.rate_hz, "channels": capture.channels})
        capture.start()
    except DeviceError as error:
        _write_line(out, {"error": str(error)})
        return
    while capture.is_alive and not select.select([0], [], [], LOOKS_EVERY_S)[0]:
        pass
    os._exit(0)  # closing a stream whose device is gone may hang


def portaudio() -> Any:
    """The module sounddevice; raises DeviceError where PortAudio is not installed."""
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(
            f"PortAudio is not installed ({in_short(error)}): install libportaudio2 of your system for a microphone."
        ) from None
    return sounddevice


def in_short(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _format(sounddevice: Any, device: str | int | None, found: Any) -> tuple[int, int]:
    """The rate and channels to open: 16 kHz mono where the device says that it can, else what is its own."""
    own_rate, own_channels = int(found["default_samplerate"]), min(2, int(found["max_input_channels"]))
    for rate_hz, channels in ((RATE_HZ, 1), (own_rate, 1)):
        try:
            sounddevice.check_input_settings(device=device, channels=channels, dtype="int16", samplerate=rate_hz)
        except sounddevice.PortAudioError:
            continue
        return rate_hz, channels
    return own_rate, own_channels


def _write_line(out: int, content: dict[str, object]) -> None:
    _write_all(out, json.dumps(content).encode() + b"\n")


def _write_all(out: int, content: bytes) -> None:
    while content:
        content = content[os.write(out, content) :]


if __name__ == "__main__":
    main()
