"""Sound as devices give it, piece by piece, and as hearing takes it: blocks of one rate, with their time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from carebot.conversation.hearing.resampling import Resampler
from carebot.conversation.hearing.sound import Block

AT_MOST_APART_S = 0.25
"""Where sound's own time and the clock are further apart, pieces were lost, and time is taken from the clock anew."""


@dataclass(frozen=True, slots=True)
class Piece:
    """`samples` of shape (n,) or (n, channels), interleaved: floats in -1..1 or whole numbers of 16 or 32 bits; the
    first of them sounded at `start_s` of the monotonic clock."""

    samples: NDArray[Any]
    start_s: float
    rate_hz: int
    channels: int


def as_blocks(pieces: Iterable[Piece]) -> Iterator[Block]:
    """The blocks of one stream; a gap or another format in it begins a new block."""
    stream: _Stream | None = None
    for piece in pieces:
        if stream is None or not stream.goes_on_with(piece):
            stream = _Stream(piece)
        yield from stream.push(piece)


class _Stream:
    """Pieces that follow each other without a gap."""

    def __init__(self, first: Piece) -> None:
        self._format = (first.rate_hz, first.channels)
        self._next_s = first.start_s
        self._resampler = Resampler(first.rate_hz, first.channels, first.start_s)

    def goes_on_with(self, piece: Piece) -> bool:
        is_near = abs(piece.start_s - self._next_s) < AT_MOST_APART_S
        return is_near and (piece.rate_hz, piece.channels) == self._format

    def push(self, piece: Piece) -> Iterator[Block]:
        self._next_s += piece.samples.size / piece.channels / piece.rate_hz
        return self._resampler.push(piece.samples)
