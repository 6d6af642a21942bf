"""Frames of the carebot_mcu protocol: COBS between zero bytes, with a CRC-16 (hardware/firmware/PROTOCOL.md).

COBS is S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7(2), 1999.
The CRC is CRC-16/CCITT-FALSE: polynomial 0x1021, start value 0xFFFF, nothing reflected; of "123456789" it is 0x29B1.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass

from carebot.drivers.telemetry import LinkCounters

LONGEST_CONTENT = 64
"""Bytes of type, sequence number, body and CRC together, before COBS."""
_SHORTEST_CONTENT = 4
_LONGEST_BLOCK = LONGEST_CONTENT + 1
_TOO_LONG = _LONGEST_BLOCK + 1
_CRC_START = 0xFFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose checksum was right; `sequence` is 0..255, `body` at most 60 bytes."""

    kind: int
    sequence: int
    body: bytes


def to_bytes(frame: Frame) -> bytes:
    """The frame as it goes over the wire, with its closing zero byte; raises ValueError for a body that is too long."""
    content = bytes((frame.kind, frame.sequence)) + frame.body
    content += crc_hqx(content, _CRC_START).to_bytes(2, "little")
    if len(content) > LONGEST_CONTENT:
        raise ValueError(f"a body of {len(frame.body)} bytes does not fit into a frame")
    return cobs_encode(content) + b"\0"


def cobs_encode(content: bytes) -> bytes:
    """`content` (under 254 bytes) without zero bytes, one byte longer."""
    encoded = bytearray()
    for run in content.split(b"\0"):
        encoded.append(len(run) + 1)
        encoded += run
    return bytes(encoded)


def cobs_decode(block: bytes) -> bytes | None:
    """What `cobs_encode` was given; None where `block` (without zero bytes) cannot have come from it."""
    content = bytearray()
    position, length = 0, len(block)
    while position < length:
        following = position + block[position]
        content += block[position + 1 : following]
        content.append(0)
        position = following
    return bytes(content[:-1]) if length and position == length else None


class FrameDecoder:
    """Bytes in any portions to frames; what is damaged is counted and dropped, and the next good frame is found."""

    def __init__(self) -> None:
        self.counters = LinkCounters()
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        *blocks, rest = (self._rest + data).split(b"\0")
        if len(rest) > _TOO_LONG:
            self._drop(len(rest) - _TOO_LONG)
            rest = rest[-_TOO_LONG:]  # still too long, so that its end is not taken for a frame of its own
        self._rest = rest
        return [frame for block in blocks if block and (frame := self._frame_in(block)) is not None]

    def _frame_in(self, block: bytes) -> Frame | None:
        content = cobs_decode(block) if len(block) <= _LONGEST_BLOCK else None
        if content is None or len(content) < _SHORTEST_CONTENT or not _is_intact(content):
            self.counters.bad_frames += 1
            self._drop(len(block) + 1)
            return None
        self.counters.good_frames += 1
        return Frame(content[0], content[1], content[2:-2])

    def _drop(self, count: int) -> None:
        self.counters.dropped_bytes += count


def _is_intact(content: bytes) -> bool:
    return crc_hqx(content[:-2], _CRC_START) == content[-2] | content[-1] << 8
