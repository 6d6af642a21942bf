"""What a RoboClaw lets one set and read back, and the fake only keeps (manual, commands 28 to 149)."""

from __future__ import annotations

import struct
from collections.abc import Callable

_SCALE = 65536
_GAINS = (_SCALE, _SCALE // 2, 0, 44000)
"""Proportional, integral and differential times 65536, and the speed at full power in counts per second."""


class FakeSettings:
    """They survive a restart, as in a device that was told to keep them."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[str, tuple[int, ...]]] = {
            55: (">IIII", _GAINS),
            56: (">IIII", _GAINS),
            60: (">HH", (45, 60)),
            81: (">IIII", (655359,) * 4),
            91: (">BB", (0, 0)),
            99: (">H", (0x8000,)),
            110: (">HH", (0, 0)),
            135: (">II", (1500, 0)),
            136: (">II", (1500, 0)),
        }

    def reads(self) -> dict[int, Callable[[], bytes]]:
        """By the number of the question: the answer without its checksum."""
        return {number: lambda number=number: self._answer(number) for number in self._kept}  # type: ignore[misc]

    def writes(self) -> dict[int, tuple[str, Callable[..., None]]]:
        """By the number of the command: the layout of what comes with it, and what it does."""
        return {
            28: (">IIII", lambda d, p, i, qpps: self._keep(55, p, i, d, qpps)),
            29: (">IIII", lambda d, p, i, qpps: self._keep(56, p, i, d, qpps)),
            58: (">HH", lambda low, high: self._keep(60, low, high)),
            68: (">II", lambda up, down: self._keep(81, up, down, *self._kept[81][1][2:])),
            69: (">II", lambda up, down: self._keep(81, *self._kept[81][1][:2], up, down)),
            92: (">B", lambda mode: self._keep(91, mode, self._kept[91][1][1])),
            93: (">B", lambda mode: self._keep(91, self._kept[91][1][0], mode)),
            94: (">I", lambda _key: None),
            98: (">H", lambda bits: self._keep(99, bits)),
            109: (">HH", lambda m1, m2: self._keep(110, m1, m2)),
            133: (">II", lambda highest, lowest: self._keep(135, highest, lowest)),
            134: (">II", lambda highest, lowest: self._keep(136, highest, lowest)),
        }

    def _answer(self, number: int) -> bytes:
        layout, values = self._kept[number]
        return struct.pack(layout, *values)

    def _keep(self, number: int, *values: int) -> None:
        self._kept[number] = (self._kept[number][0], values)
