"""Whether somebody who pauses has ended, by how it sounded: the model smart-turn, where an operator has put it there.

What a silence alone tells late, the voice's fall tells early; and a silence after "remind me to …" is none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from carebot.conversation.hearing.sound import RATE_HZ, Samples
from carebot.errors import ModelError
from carebot.small_model import ORT_ERRORS, load_small_model

SEES_S = 8.0
"""The model sees the last of a turn; a shorter one has silence before it."""

BANDS, WINDOW, HOP = 80, 400, 160
FRAMES = int(SEES_S * RATE_HZ) // HOP


class TurnEnd(Protocol):
    """Looks at a turn in a pause."""

    def probability(self, samples: Samples) -> float:
        """0..1 that the turn whose sound so far is `samples` is over."""


class SmartTurn:
    """A model of smart-turn's third version (BSD-2): Whisper's features of 8 s in, one likelihood out."""

    def __init__(self, path: Path) -> None:
        """Raises ModelError where the file is missing, damaged, or of another kind."""
        self._path = path
        self._session = load_small_model(path, "the end of turns", "pull it again")
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or list(inputs[0].shape[1:]) != [BANDS, FRAMES]:
            shapes = ", ".join(f"{each.name} {each.shape}" for each in inputs)
            raise ModelError(
                f"{path} is not a smart-turn model of version 3, which takes (1, {BANDS}, {FRAMES}): it has {shapes}."
            )
        self._input = inputs[0].name
        self.probability(np.zeros(RATE_HZ, np.int16))  # what fails, fails here

    def probability(self, samples: Samples) -> float:
        """See `TurnEnd`; raises ModelError where the model does not answer with one likelihood."""
        try:
            output = self._session.run(None, {self._input: whisper_features(samples)[None]})[0]
            likelihood = float(np.asarray(output).item())
        except ORT_ERRORS as error:
            shown = " ".join(str(error).split())[:200]
            raise ModelError(f"{self._path} does not run as a smart-turn model ({shown}): pull it again.") from None
        if not 0.0 <= likelihood <= 1.0:
            raise ModelError(f"{self._path} answers {likelihood:.3g}, which is no likelihood: pull it again.")
        return likelihood


def whisper_features(samples: Samples) -> NDArray[np.float32]:
    """Whisper's log-mel features, shape (80, 800), of the last 8 s, at mean 0 and variance 1.

    As in A. Radford and others, Robust Speech Recognition via Large-Scale Weak Supervision, 2022, and as smart-turn was
    trained: silence is put before a turn that is shorter.
    """
    whole = np.zeros(int(SEES_S * RATE_HZ), np.float32)
    last = samples[-len(whole) :].astype(np.float32) / 32768.0
    whole[len(whole) - len(last) :] = last
    whole = (whole - whole.mean()) / np.sqrt(whole.var() + 1e-7)
    padded = np.pad(whole, WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:FRAMES]
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    mel = np.log10(np.maximum(power @ _mel_filters(), 1e-10)).T
    return np.asarray((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0, dtype=np.float32)


@cache
def _mel_filters() -> NDArray[Any]:
    """Triangles from 0 to 8 kHz of equal area, evenly on Slaney's mel scale; shape (201, 80)."""
    edges_hz = _hz_of(np.linspace(0.0, _mel_of(RATE_HZ / 2.0), BANDS + 2))
    bins_hz = np.linspace(0.0, RATE_HZ / 2.0, WINDOW // 2 + 1)[:, None]
    left, middle, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising, falling = (bins_hz - left) / (middle - left), (right - bins_hz) / (right - middle)
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (right - left)))


_LINEAR_HZ, _LINEAR_MEL, _LOG_STEP = 1000.0, 15.0, np.log(6.4) / 27.0
"""Slaney's scale: linear up to 1 kHz, logarithmic above."""


def _mel_of(hz: float) -> float:
    linear = hz * _LINEAR_MEL / _LINEAR_HZ
    return linear if hz < _LINEAR_HZ else _LINEAR_MEL + float(np.log(hz / _LINEAR_HZ)) / float(_LOG_STEP)


def _hz_of(mel: NDArray[Any]) -> NDArray[Any]:
    linear = mel * _LINEAR_HZ / _LINEAR_MEL
    return np.where(mel < _LINEAR_MEL, linear, _LINEAR_HZ * np.exp(_LOG_STEP * (mel - _LINEAR_MEL)))
