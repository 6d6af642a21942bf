"""Speech whose truth is known: sentences by synthetic voices, with known silences, under noise of several kinds."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from carebot.conversation.hearing.resampling import Resampler
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ
from carebot.errors import SetupError

Sound = NDArray[np.float64]
"""Shape (n,), 16 kHz, full scale 1."""

Noise = Literal["white", "pink", "hum", "music"]
PEAK = 0.3


@dataclass(frozen=True, slots=True)
class Voice:
    """A synthetic voice: `program` is espeak-ng, flite or openjtalk."""

    program: Literal["espeak-ng", "flite", "openjtalk"]
    name: str

    @property
    def is_there(self) -> bool:
        if self.program == "openjtalk":
            import importlib.util

            return importlib.util.find_spec("pyopenjtalk") is not None
        return shutil.which(self.program) is not None

    def say(self, text: str, speed: float = 1.0) -> Sound:
        """`text`, `speed` times as fast as usual, without silence before and after, at a peak of `PEAK`.

        Raises:
            SetupError: the program is not installed or fails.
        """
        if not self.is_there:
            raise SetupError(f"{self.program} is not installed: install it to have speech made for this benchmark.")
        samples, rate_hz = self._spoken(text, speed)
        resampler = Resampler(rate_hz, 1)
        column = samples.astype(np.float32)[:, None]
        blocks = [*resampler.push(column), *resampler.flush()]
        sound = np.concatenate([block.samples for block in blocks]) / 32768.0
        return _trimmed(sound) * (PEAK / max(1e-6, float(np.abs(sound).max())))

    def _spoken(self, text: str, speed: float) -> tuple[NDArray[Any], int]:
        if self.program == "openjtalk":
            import pyopenjtalk

            samples, rate_hz = pyopenjtalk.tts(text, speed=speed)
            return samples / 32768.0, int(rate_hz)
        with tempfile.TemporaryDirectory(prefix="carebot-bench-") as folder:
            path = Path(folder, "speech.wav")
            command = self._command(text, speed, path)
            done = subprocess.run(command, capture_output=True, check=False)
            if done.returncode or not path.is_file():
                said = done.stderr.decode("utf-8", "replace").strip()[:200]
                raise SetupError(
                    f"{self.program} could not speak with the voice '{self.name}' ({said}): install it again."
                )
            samples, rate_hz = soundfile.read(io.BytesIO(path.read_bytes()), dtype="float64")
        return samples, int(rate_hz)

    def _command(self, text: str, speed: float, path: Path) -> list[str]:
        if self.program == "flite":
            stretch = f"duration_stretch={1.0 / speed:.3f}"
            return ["flite", "-voice", self.name, "--setf", stretch, "-t", text, "-o", str(path)]
        return ["espeak-ng", "-v", self.name, "-s", str(round(160 * speed)), "-w", str(path), "--", text]


def _trimmed(sound: Sound) -> Sound:
    """`sound` from 20 ms before its first to 20 ms after its last sample above 1 % of the peak."""
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max()) if len(sound) else np.zeros(0, int)
    if not len(loud):
        return sound
    margin = RATE_HZ // 50
    return sound[max(0, loud[0] - margin) : loud[-1] + margin]


def make_noise(kind: Noise, count: int, rng: np.random.Generator) -> Sound:
    """`count` samples with a root mean square of 1."""
    if kind == "music":
        made = _music(count, rng)
    elif kind == "hum":
        times_s = np.arange(count) / RATE_HZ
        made = sum((np.sin(2 * np.pi * 50.0 * n * times_s) / n for n in (1, 2, 3, 5, 7)), np.zeros(count))
        made = made + 0.1 * rng.standard_normal(count)
    else:
        spectrum = np.fft.rfft(rng.standard_normal(count))
        if kind == "pink":
            spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
        made = np.fft.irfft(spectrum, count)
    return np.asarray(made / max(1e-9, float(np.sqrt(np.mean(made**2)))))


def _music(count: int, rng: np.random.Generator) -> Sound:
    """Chords of plucked strings, one after the other."""
    made = np.zeros(count)
    at = 0
    while at < count:
        length = min(int(rng.uniform(0.2, 0.6) * RATE_HZ), count - at)
        times_s = np.arange(length) / RATE_HZ
        for step in rng.choice([0, 4, 7, 11, 12, 16], 3, replace=False):
            frequency_hz = 220.0 * 2.0 ** ((step + rng.integers(-5, 8)) / 12.0)
            for harmonic in range(1, 6):
                wave = np.sin(2 * np.pi * frequency_hz * harmonic * times_s) / harmonic
                made[at : at + length] += wave * np.exp(-3.0 * times_s)
        at += length
    return made


def with_noise(sound: Sound, kind: Noise, snr_db: float, rng: np.random.Generator) -> Sound:
    """`sound` with noise, so many decibels below its own level while there is sound."""
    loud = sound[np.abs(sound) > 1e-3]
    level = float(np.sqrt(np.mean(loud**2))) if len(loud) else PEAK / 4
    return np.asarray(sound + make_noise(kind, len(sound), rng) * level * 10.0 ** (-snr_db / 20.0))


def as_samples(sound: Sound) -> NDArray[np.int16]:
    return np.clip(np.rint(sound * 32767.0), -32768, 32767).astype(np.int16)


def in_sequence(parts: Sequence[Sound], rng: np.random.Generator) -> Sound:
    """`parts` with silences of 0.9 to 3 s before, between and after them."""
    joined: list[Sound] = []
    for part in parts:
        joined += [np.zeros(int(rng.uniform(0.9, 3.0) * RATE_HZ)), part]
    return np.concatenate([*joined, np.zeros(2 * RATE_HZ)])


def frames_with_speech(clean: Sound) -> NDArray[np.bool_]:
    """The truth of each block of clean speech: louder than 40 dB below its loudest tenth and than three times its
    quietest tenth; gaps up to 0.3 s, as between words, belong to the speech."""
    count = len(clean) // BLOCK_SAMPLES
    power = np.mean(clean[: count * BLOCK_SAMPLES].reshape(count, BLOCK_SAMPLES) ** 2, axis=1)
    ordered = np.sort(np.sqrt(power))
    tenth = max(1, count // 10)
    floor = 3.0 * float(np.median(ordered[ordered > 0.0][:tenth])) if (ordered > 0.0).any() else 0.0
    threshold = max(0.01 * float(ordered[-tenth:].mean()), min(floor, 0.1 * float(ordered[-tenth:].mean())), 1e-5)
    return bridged(np.sqrt(power) > threshold)


LONGEST_GAP = 9
"""Blocks: 0.3 s."""


def bridged(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`flags` with gaps up to `LONGEST_GAP` filled."""
    filled = flags.copy()
    places = np.flatnonzero(flags)
    for before, after in pairwise(places):
        if after - before <= LONGEST_GAP:
            filled[before:after] = True
    return filled
