"""Sound of any rate and number of channels as blocks for hearing, piece by piece, without a seam between pieces."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, RATE_HZ, Block

FULL_SCALE = 0.999
"""From here on a sample counts as clipped."""

WIDTH = 16
"""Of the filter, in samples of the lower rate to each side."""

CUT_OFF = 0.94
"""Of half the lower rate."""


class Resampler:
    """One stream of sound. The first sample given sounds at `start_s`; times follow from the number of samples."""

    def __init__(self, rate_hz: int, channels: int, start_s: float = 0.0) -> None:
        """Raises ValueError where rate or channels are not positive."""
        if rate_hz <= 0 or channels <= 0:
            raise ValueError(f"sound has a rate and channels above 0, not {rate_hz} Hz and {channels} channels")
        self._channels = channels
        self._filter = _Polyphase(rate_hz, RATE_HZ) if rate_hz != RATE_HZ else None
        self._rest: NDArray[np.float32] = np.zeros(0, np.float32)
        self._next_s = start_s
        self._clipped = 0
        self._invalid = 0

    def push(self, samples: NDArray[Any]) -> Iterator[Block]:
        """The whole blocks that are ready after `samples` of shape (n, channels): floats in -1..1, or whole numbers of
        16 or 32 bits."""
        yield from self._blocks(self._resampled(self._mono(samples), last=False), last=False)

    def flush(self) -> Iterator[Block]:
        """What is left at the end, the last block filled up with silence."""
        yield from self._blocks(self._resampled(np.zeros(0, np.float32), last=True), last=True)

    def _mono(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        floats = _as_float(samples.reshape(-1, self._channels))
        is_number = np.isfinite(floats)
        if not is_number.all():
            self._invalid += int(np.size(is_number) - np.count_nonzero(is_number))
            floats = np.where(is_number, floats, np.float32(0.0))
        self._clipped += int(np.count_nonzero(np.abs(floats) >= FULL_SCALE))
        return np.asarray(np.clip(floats, -1.0, 1.0).mean(axis=1), dtype=np.float32)

    def _resampled(self, mono: NDArray[np.float32], last: bool) -> NDArray[np.float32]:
        if self._filter is None:
            return mono
        return self._filter.end() if last else self._filter.push(mono)

    def _blocks(self, new: NDArray[np.float32], last: bool) -> Iterator[Block]:
        ready = np.concatenate((self._rest, new))
        if last and len(ready) % BLOCK_SAMPLES:
            ready = np.concatenate((ready, np.zeros(-len(ready) % BLOCK_SAMPLES, np.float32)))
        whole = len(ready) - len(ready) % BLOCK_SAMPLES
        self._rest = ready[whole:].copy()
        for at in range(0, whole, BLOCK_SAMPLES):
            yield self._block(ready[at : at + BLOCK_SAMPLES])

    def _block(self, floats: NDArray[np.float32]) -> Block:
        samples = np.clip(np.rint(floats * 32767.0), -32768, 32767).astype(np.int16)
        block = Block(samples, self._next_s, self._clipped, self._invalid)
        self._next_s += BLOCK_S
        self._clipped = self._invalid = 0
        return block


def _as_float(samples: NDArray[Any]) -> NDArray[np.float32]:
    if np.issubdtype(samples.dtype, np.integer):
        return (samples / -float(np.iinfo(samples.dtype).min)).astype(np.float32)
    return samples.astype(np.float32)


class _Polyphase:
    """Low-pass and change of rate by up/down, in pieces: the result is that of the whole at once, without delay."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        widest = max(self._up, self._down)
        self._half = self._down * ceil(WIDTH * widest / self._down)
        taps = firwin(2 * self._half + 1, CUT_OFF / widest, window=("kaiser", 8.0)) * self._up
        self._taps = np.asarray(taps, dtype=np.float32)
        self._input: NDArray[np.float32] = np.zeros(0, np.float32)
        self._input_start = 0
        self._made = 0

    def push(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is certain after `mono`."""
        self._input = np.concatenate((self._input, mono))
        got = self._input_start + len(self._input)
        return self._make_until((got * self._up - self._half) // self._down)

    def end(self) -> NDArray[np.float32]:
        """The rest, as if silence followed."""
        got = self._input_start + len(self._input)
        self._input = np.concatenate((self._input, np.zeros(ceil(self._half / self._up) + 1, np.float32)))
        return self._make_until(ceil(got * self._up / self._down))

    def _make_until(self, end: int) -> NDArray[np.float32]:
        if end <= self._made:
            return np.zeros(0, np.float32)
        # Places in the filter's output: the buffer begins at a whole number of `down`, so that they are whole as well.
        first = self._made + self._half // self._down - self._input_start // self._down * self._up
        filtered = upfirdn(self._taps, self._input, self._up, self._down)
        made = np.asarray(filtered[first : first + end - self._made], dtype=np.float32)
        self._made = end
        self._forget()
        return made

    def _forget(self) -> None:
        """Drop input that no sample to come needs."""
        needed = max(0, (self._made * self._down - self._half) // self._up)
        keep_from = needed - needed % self._down
        self._input = self._input[keep_from - self._input_start :].copy()
        self._input_start = keep_from
