"""The CAN bus behind a fake VESC, as far as answers travel over it: frame by frame, and into one buffer.

Source: comm/comm_can.c of bldc. `comm_can_send_buffer` puts up to six bytes into one frame; more are sent as frames of
seven bytes (from the 256th on, six) with their offset, and a last one with length and CRC. All carry the receiver's id
and nobody's name: the receiver writes them where their offset says, whoever sent them. Older firmware has one buffer
for that, so answers that overlap damage each other, and what does not fit its CRC is dropped without a word. Newer
firmware has three (`RX_BUFFER_NUM`) and tells them apart by how far they are filled, which goes wrong less often.
Whatever version this fake says it is, it has one: a host that gets on with that gets on with all.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections import deque
from dataclasses import dataclass

FRAMES_PER_S = 3500
"""Of eight bytes with an extended id, at 500 kbit/s."""
_LONGEST_PAYLOAD = 512
_WHOLE_IN_ONE = 6
_FAR = 256
_MOST_WAITING = 500
"""Frames that one VESC holds back; it takes no more questions until they are out."""


@dataclass(frozen=True, slots=True)
class _Part:
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class _End:
    length: int
    crc: int


class AnswerBus:
    """Carries answers to the VESC at the port; senders with frames to send take turns."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[bytes | _Part | _End]] = {}
        self._buffer = bytearray(_LONGEST_PAYLOAD)

    def send(self, sender: int, payload: bytes) -> None:
        waiting = self._waiting.setdefault(sender, deque())
        if len(waiting) < _MOST_WAITING:
            waiting.extend(_frames(payload))

    def pass_frames(self, count: int) -> list[bytes]:
        """Let this many frames pass; returns the payloads that came whole."""
        arrived: list[bytes] = []
        while count > 0 and self._waiting:
            for sender in list(self._waiting)[:count]:
                count -= 1
                arrived += self._take(self._waiting[sender].popleft())
                if not self._waiting[sender]:
                    del self._waiting[sender]
        return arrived

    def _take(self, frame: bytes | _Part | _End) -> list[bytes]:
        if isinstance(frame, bytes):
            return [frame]
        if isinstance(frame, _Part):
            self._buffer[frame.offset : frame.offset + len(frame.content)] = frame.content
            return []
        payload = bytes(self._buffer[: frame.length])
        return [payload] if crc_hqx(payload, 0) == frame.crc else []


def _frames(payload: bytes) -> list[bytes | _Part | _End]:
    if len(payload) <= _WHOLE_IN_ONE:
        return [payload]
    parts: list[bytes | _Part | _End] = []
    offset = 0
    while offset < len(payload):
        size = 7 if offset < _FAR else 6
        parts.append(_Part(offset, payload[offset : offset + size]))
        offset += size
    return [*parts, _End(len(payload), crc_hqx(payload, 0))]
