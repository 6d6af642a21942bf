"""Packets of the VESC's serial protocol, as bldc's firmware frames them (comm/packet.c, util/crc.c).

A packet is 2, the payload's length in one byte (or 3 and the length in two, from 255 on), the payload, its CRC, and 3.
The CRC is CRC-16/XMODEM: polynomial 0x1021, start value 0, nothing reflected; of "123456789" it is 0x31C3. Numbers are
big endian.
"""

from __future__ import annotations

import re
from binascii import crc_hqx

from carebot.drivers.telemetry import LinkCounters

LONGEST_PAYLOAD = 512
"""PACKET_MAX_PL_LEN of the firmware."""
_SHORT, _LONG, _STOP = 2, 3, 3
_LONGEST_SHORT = 255
_START = re.compile(rb"[\x02\x03]")
_TAIL = 3
"""Two bytes of CRC and the stop byte."""


def to_bytes(payload: bytes) -> bytes:
    """The packet as it goes over the wire; raises ValueError for a payload that no packet can carry."""
    if not 1 <= len(payload) <= LONGEST_PAYLOAD:
        raise ValueError(f"a packet carries 1 to {LONGEST_PAYLOAD} bytes, not {len(payload)}")
    if len(payload) <= _LONGEST_SHORT:
        head = bytes((_SHORT, len(payload)))
    else:
        head = bytes((_LONG,)) + len(payload).to_bytes(2, "big")
    return head + payload + crc_hqx(payload, 0).to_bytes(2, "big") + bytes((_STOP,))


class FrameDecoder:
    """Bytes in any portions to payloads; what is damaged is counted and dropped, and the next good packet is found."""

    def __init__(self) -> None:
        self.counters = LinkCounters()
        self._rest = b""
        self._is_lost = False

    def feed(self, data: bytes) -> list[bytes]:
        buffer = self._rest + data
        payloads: list[bytes] = []
        position = 0
        while (found := self._next(buffer, position)) is not None:
            start, begin, stop = found
            self._drop(start - position)
            self.counters.good_frames += 1
            self._is_lost = False
            payloads.append(buffer[begin : stop - _TAIL])
            position = stop
        unfinished = _unfinished(buffer, position)
        self._drop(unfinished - position)
        self._rest = buffer[unfinished:]
        return payloads

    def _next(self, buffer: bytes, position: int) -> tuple[int, int, int] | None:
        """Where the next whole packet starts, its payload begins, and it stops.

        It may lie behind what looks like the start of a longer one: noise must not hold up the packets after it.
        """
        while (candidate := _START.search(buffer, position)) is not None:
            start = candidate.start()
            begin, length = _head(buffer, start)
            stop = begin + length + _TAIL
            if length and _is_whole(buffer, begin, stop):
                return start, begin, stop
            position = start + 1
        return None

    def _drop(self, count: int) -> None:
        if not count:
            return
        self.counters.dropped_bytes += count
        self.counters.bad_frames += not self._is_lost
        self._is_lost = True


def _head(buffer: bytes, start: int) -> tuple[int, int]:
    """Where the payload begins and how long it is; the length is 0 where this cannot be a packet, or not yet."""
    width = buffer[start] - 1
    begin = start + 1 + width
    if begin > len(buffer):
        return begin, 0
    length = int.from_bytes(buffer[start + 1 : begin], "big")
    is_possible = width == 1 or _LONGEST_SHORT <= length <= LONGEST_PAYLOAD
    return begin, length if is_possible else 0


def _is_whole(buffer: bytes, begin: int, stop: int) -> bool:
    return stop <= len(buffer) and buffer[stop - 1] == _STOP and crc_hqx(buffer[begin : stop - 1], 0) == 0


def _unfinished(buffer: bytes, position: int) -> int:
    """Where something starts that may still become a packet; the buffer's end where nothing does."""
    while (candidate := _START.search(buffer, position)) is not None:
        start = candidate.start()
        begin, length = _head(buffer, start)
        if begin > len(buffer) or (length and begin + length + _TAIL > len(buffer)):
            return start
        position = start + 1
    return len(buffer)
