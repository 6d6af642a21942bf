"""The cable between host and fake device, which can be slow, noisy, cut or unplugged."""

from __future__ import annotations

import random
from collections import deque

from carebot.drivers.fake_controller import FakeController


class Line:
    """Bytes to and from a fake, with the troubles that cables have; set its attributes to make them."""

    def __init__(self, fake: FakeController, seed: int = 0) -> None:
        self.fake = fake
        self.delay_s = 0.0
        """How late the device's bytes arrive at the host."""
        self.corruption = 0.0
        """The probability for each byte, in both directions, that one of its bits is wrong."""
        self.is_cut = False
        """The port is still there, but no byte gets through either way; the device lives on."""
        self._random = random.Random(seed)
        self._under_way: deque[tuple[float, bytes]] = deque()

    def exchange(self, data: bytes, now_s: float) -> bytes:
        """Hand `data` to the device; returns what reaches the host by `now_s`."""
        sent = self.fake.feed(b"" if self.is_cut else self._through_noise(data), now_s)
        if sent and not self.is_cut:
            self._under_way.append((now_s + self.delay_s, self._through_noise(sent)))
        arrived = bytearray()
        while self._under_way and self._under_way[0][0] <= now_s:
            arrived += self._under_way.popleft()[1]
        return bytes(arrived)

    def _through_noise(self, data: bytes) -> bytes:
        if not self.corruption:
            return data
        return bytes(self._flip(byte) if self._random.random() < self.corruption else byte for byte in data)

    def _flip(self, byte: int) -> int:
        return byte ^ (1 << self._random.randrange(8))
