"""A microphone as blocks of sound, through PortAudio."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from carebot.conversation.hearing.resampling import Resampler
from carebot.conversation.hearing.sound import RATE_HZ, Block
from carebot.errors import DeviceError, DeviceLostError

SILENT_DEVICE_S = 2.0
"""A live microphone always delivers something, be it silence; none for so long, and it is gone."""

MOST_WAITING = 400
"""Pieces of about 30 ms that wait to be read; where the reader is slower still, the oldest are lost and counted."""


AT_MOST_APART_S = 0.25
"""Where sound's own time and the clock are further apart, pieces were lost, and time is taken from the clock anew."""


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
        sounddevice = _sounddevice()
        self._pieces: queue.Queue[tuple[NDArray[np.int16], float]] = queue.Queue(MOST_WAITING)
        self.lost_pieces = 0
        try:
            found = sounddevice.query_devices(device, "input")
            self.name = str(found["name"])
            self.rate_hz, channels = _format(sounddevice, device, found)
            self._stream = sounddevice.InputStream(
                samplerate=self.rate_hz,
                channels=channels,
                dtype="int16",
                device=device,
                blocksize=int(0.032 * self.rate_hz),
                callback=self._take,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            wanted = "a microphone" if device is None else f"the microphone '{device}'"
            raise DeviceError(f"{wanted} cannot be opened ({_in_short(error)}): plug one in, or type.") from None
        self._channels = channels

    def _take(self, samples: NDArray[np.int16], _count: int, _time: Any, status: Any) -> None:
        """PortAudio's callback: store, nothing else."""
        ended_s = time.monotonic()
        if status.input_overflow:
            self.lost_pieces += 1
        try:
            self._pieces.put_nowait((samples.copy(), ended_s - len(samples) / self.rate_hz))
        except queue.Full:
            self.lost_pieces += 1

    def blocks(self) -> Iterator[Block]:
        """Sound for as long as the microphone lives.

        Raises:
            DeviceLostError: nothing has come for `SILENT_DEVICE_S`: it was unplugged, or its driver hangs.
        """
        resampler = Resampler(self.rate_hz, self._channels)
        next_s = -AT_MOST_APART_S
        while True:
            try:
                samples, start_s = self._pieces.get(timeout=SILENT_DEVICE_S)
            except queue.Empty:
                raise DeviceLostError(
                    f"the microphone '{self.name}' has given no sound for {SILENT_DEVICE_S:g} s: check that it is "
                    f"plugged in, then start again."
                ) from None
            if abs(start_s - next_s) >= AT_MOST_APART_S:
                resampler, next_s = Resampler(self.rate_hz, self._channels, start_s), start_s
            next_s += len(samples) / self.rate_hz
            yield from resampler.push(samples)

    def close(self) -> None:
        self._stream.close(ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def list_microphones() -> list[str]:
    """Number and name of each microphone; raises DeviceError where PortAudio is not installed."""
    devices = _sounddevice().query_devices()
    return [f"{number}  {each['name']}" for number, each in enumerate(devices) if each["max_input_channels"] > 0]


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


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(
            f"PortAudio is not installed ({_in_short(error)}): install libportaudio2 of your system for a microphone."
        ) from None
    return sounddevice


def _in_short(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
