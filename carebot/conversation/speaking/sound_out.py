"""Where sound goes: a file, silence, or a loudspeaker that may be missing or vanish."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from carebot.conversation.speaking.synthesiser import Samples
from carebot.errors import CarebotError, ConfigError

RETRY_AFTER_S = 5.0
AHEAD_S = 0.06
"""How much sound a player may hold that has not sounded yet: what a cancelled word still takes."""


class SoundOut(Protocol):
    """A place for sound; chunks come one after another, at the rate that comes with them."""

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        """Returns when there is room for the next chunk. Raises DeviceError where the device is gone."""

    @property
    def left_s(self) -> float:
        """How long what was given still sounds."""

    def drop(self) -> None:
        """What was given and has not sounded never does."""

    def close(self) -> None:
        """Let go of the device; may be called twice."""


class Silence:
    """Nothing sounds, and time passes as if it did: captions stand as long as words would take."""

    def __init__(self, now: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep) -> None:
        self._now, self._wait = now, wait
        self._until_s = 0.0

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        self._until_s = max(self._until_s, self._now()) + len(samples) / sample_rate_hz
        if self.left_s > AHEAD_S:
            self._wait(self.left_s - AHEAD_S)

    @property
    def left_s(self) -> float:
        return max(0.0, self._until_s - self._now())

    def drop(self) -> None:
        self._until_s = 0.0

    def close(self) -> None:
        self.drop()


class WavFile:
    """A WAV file that is whole after each chunk; sound of another rate than the first is brought to that rate."""

    def __init__(self, path: Path) -> None:
        try:
            self._raw = path.open("wb")
        except OSError as error:
            raise ConfigError(f"{path} cannot be written ({error.strerror}): choose another file.") from None
        self._file = wave.open(self._raw, "wb")  # noqa: SIM115 - closed by close()
        self._path, self._rate_hz, self._is_closed = path, 0, False
        self._file.setnchannels(1)
        self._file.setsampwidth(2)

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        if not self._rate_hz:
            self._rate_hz = sample_rate_hz
            self._file.setframerate(sample_rate_hz)
        try:
            self._file.writeframes(at_rate(samples, sample_rate_hz, self._rate_hz).astype("<i2").tobytes())
            self._raw.flush()
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written ({error.strerror}): choose another file.") from None

    @property
    def left_s(self) -> float:
        return 0.0

    def drop(self) -> None:
        """What was written has sounded."""

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if not self._rate_hz:
            self._file.setframerate(48_000)
        with self._raw:
            self._file.close()


class Loudspeaker:
    """A place for sound that is always there: while the device is missing, time passes in silence.

    `fault` says what is wrong, empty where sound is heard. Every few seconds the device is tried again.
    """

    def __init__(
        self,
        open_device: Callable[[], SoundOut],
        silence: SoundOut | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open, self._now = open_device, now
        self._silence = silence or Silence()
        self._device: SoundOut | None = None
        self._tried_s: float | None = None
        self.fault = ""

    def get_ready(self) -> str:
        """Open the device where it is time to try; `fault` as it is then. Call it before each sentence."""
        is_time = self._tried_s is None or self._now() - self._tried_s >= RETRY_AFTER_S
        if self._device is None and is_time:
            self._tried_s = self._now()
            try:
                self._device, self.fault = self._open(), ""
            except CarebotError as error:
                self.fault = str(error)
        return self.fault

    @property
    def can_be_heard(self) -> bool:
        """Whether what is played sounds in the room: not where it goes into a file, or nowhere."""
        return self._device is not None and not isinstance(self._device, (Silence, WavFile))

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        """Never fails: the rest of a sentence whose device vanished passes in silence."""
        if self._device is not None:
            try:
                self._device.play(samples, sample_rate_hz)
            except CarebotError as error:
                self._lose(str(error))
            else:
                return
        self._silence.play(samples, sample_rate_hz)

    @property
    def left_s(self) -> float:
        return (self._device or self._silence).left_s

    def drop(self) -> None:
        """What has not sounded never does."""
        self._silence.drop()
        if self._device is not None:
            try:
                self._device.drop()
            except CarebotError as error:
                self._lose(str(error))

    def close(self) -> None:
        """Let go of the device."""
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _lose(self, fault: str) -> None:
        self.fault, self._tried_s = fault, self._now()
        self.close()


def at_rate(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """`samples` at another rate, by straight lines between them: for speech that is only kept."""
    if from_hz == to_hz or not len(samples):
        return samples
    count = max(1, round(len(samples) * to_hz / from_hz))
    places = np.linspace(0, len(samples) - 1, count)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
