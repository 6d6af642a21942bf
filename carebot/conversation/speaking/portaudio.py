"""The machine's loudspeaker through PortAudio (python-sounddevice)."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Iterator
from typing import Any

from carebot.conversation.speaking.synthesiser import Samples
from carebot.errors import DeviceError, DeviceLostError, SetupError

AHEAD_S = 0.2
"""How much sound the device may hold: enough for a busy machine; a word that is cancelled is thrown away with it."""
STUCK_AFTER_S = 1.0
POLL_S = 0.005


class PortAudioOut:
    """A sound device by number or by a part of its name; "" is the system's default one.

    Raises:
        SetupError: PortAudio is not installed.
        DeviceError: there is no such device.
    """

    def __init__(self, device: str = "") -> None:
        self._sounddevice = _portaudio()
        self._device = _found(self._sounddevice, device)
        self._stream: Any = None
        self._rate_hz = 0
        self._until_s = 0.0

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        if self._stream is None or sample_rate_hz != self._rate_hz:
            self._restart(sample_rate_hz)
        try:
            self._wait_for_room(len(samples))
            self._stream.write(samples.astype("<i2").tobytes())
        except self._sounddevice.PortAudioError as error:
            raise self._lost(error) from None
        self._until_s = max(self._until_s, time.monotonic()) + len(samples) / sample_rate_hz
        if self.left_s > AHEAD_S:  # some devices take seconds of sound at once
            time.sleep(self.left_s - AHEAD_S)

    @property
    def left_s(self) -> float:
        return max(0.0, self._until_s - time.monotonic())

    def drop(self) -> None:
        self._until_s = 0.0
        self._end_stream()

    def close(self) -> None:
        self.drop()

    def _restart(self, rate_hz: int) -> None:
        self._end_stream()
        try:
            self._stream = self._sounddevice.RawOutputStream(
                samplerate=rate_hz, channels=1, dtype="int16", device=self._device, latency=AHEAD_S
            )
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            self._end_stream()
            raise self._lost(error) from None
        self._rate_hz = rate_hz

    def _wait_for_room(self, count: int) -> None:
        """So that a device that takes nothing any more is noticed instead of waited for without end."""
        until_s = time.monotonic() + STUCK_AFTER_S
        while self._stream.write_available < count:
            if time.monotonic() > until_s:
                raise DeviceLostError(f"the loudspeaker {self._name} takes no sound any more: check its plug.")
            time.sleep(POLL_S)

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(self._sounddevice.PortAudioError):  # gone already
                stream.abort()
            with contextlib.suppress(self._sounddevice.PortAudioError):
                stream.close()

    def _lost(self, error: Exception) -> DeviceError:
        return DeviceLostError(
            f"the loudspeaker {self._name} does not work ({_first_words(error)}): check its plug, or name another one."
        )

    @property
    def _name(self) -> str:
        return f"'{self._sounddevice.query_devices(self._device)['name']}'"


def _portaudio() -> Any:
    """The module; it looks for devices anew, so that those are found as well that were plugged in later."""
    try:
        with _no_chatter():
            import sounddevice

            if not _has_streams(sounddevice):  # they would die
                sounddevice._terminate()
                sounddevice._initialize()
    except OSError as error:
        raise SetupError(
            f"sound needs PortAudio, which is missing ({_first_words(error)}): install it with "
            "`sudo apt-get install libportaudio2`."
        ) from None
    return sounddevice


def _has_streams(sounddevice: Any) -> bool:
    """Whether this process plays or hears through PortAudio now, wherever in it."""
    kind = sounddevice._StreamBase
    # Not isinstance, which asks a weak proxy for its class, and fails where what it stood for is gone.
    return any(issubclass(type(each), kind) and not each.closed for each in gc.get_objects())


def _found(sounddevice: Any, device: str) -> int:
    wanted: int | str | None = int(device) if device.isdecimal() else device or None
    try:
        return int(sounddevice.query_devices(wanted, "output")["index"])
    except (ValueError, sounddevice.PortAudioError) as error:
        outputs = [each["name"] for each in sounddevice.query_devices() if each["max_output_channels"] > 0]
        if not outputs:
            raise DeviceError("there is no loudspeaker: plug one in; until then what is said is only shown.") from None
        known = ", ".join(f"'{name}'" for name in outputs[:8])
        raise DeviceError(f"there is no loudspeaker '{device}' ({_first_words(error)}): use one of {known}.") from None


@contextlib.contextmanager
def _no_chatter() -> Iterator[None]:
    """ALSA's library prints what it misses from C, a dozen lines for each look at the devices."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _first_words(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
