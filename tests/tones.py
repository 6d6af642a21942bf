"""A tone as a WAV recording, and how it is told apart from anything else that sounds."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
TONE_HZ = 440.0


def tone(duration_s: float = 1.0, peak: float = 8000.0, rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    waves = np.sin(2 * np.pi * TONE_HZ * np.arange(round(duration_s * rate_hz)) / rate_hz)
    return (peak * waves).astype(np.int16)


def wav(samples: NDArray[np.number], channels: int = 1, bits: int = 16, rate_hz: int = RATE_HZ) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def tone_seconds(recording: bytes) -> float:
    """For how long the tone sounds in a WAV recording, to a tenth of a second."""
    with wave.open(io.BytesIO(recording)) as file:
        samples, rate_hz = np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()
    size = rate_hz // 10
    pieces = samples[: len(samples) // size * size].reshape(-1, size).astype(float)
    spectra = np.abs(np.fft.rfft(pieces * np.hanning(size)))
    place = round(TONE_HZ * size / rate_hz)
    is_tone = (spectra.argmax(axis=1) == place) & (np.abs(pieces).max(axis=1) > 300)
    return float(np.count_nonzero(is_tone)) / 10
