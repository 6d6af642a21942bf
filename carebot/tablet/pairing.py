"""Pairing a tablet: a 6-digit PIN that works once, expires, and cannot be guessed by trying.

A million PINs, a delay that doubles with each failure up to a minute, and a new PIN after ten failures: somebody who
tries day and night has a chance of about one in 700 a day, and the robot's terminal shows every new PIN meanwhile.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

PIN_DIGITS = 6
PIN_LIFE_S = 15 * 60.0
MAX_DELAY_S = 60.0
FREE_FAILURES = 2
FAILURES_PER_PIN = 10


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN and until when it works, on the clock whose times are passed in."""

    digits: str
    expires_s: float


@dataclass(frozen=True, slots=True)
class PairingResult:
    """Whether the PIN was right; if the try came too early, `wait_s` says when the next one counts."""

    accepted: bool
    wait_s: float = 0.0


def random_digits() -> str:
    """Six digits from the operating system's randomness."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


class Pairing:
    """The one PIN that works now. `announce` is called with every new PIN: it shows it on the robot's terminal.

    Not for several threads at once: the server calls it from its event loop alone.
    """

    def __init__(self, announce: Callable[[Pin], None], *, draw: Callable[[], str] = random_digits) -> None:
        self._announce = announce
        self._draw = draw
        self._pin: Pin | None = None
        self._failures = 0
        self._failures_of_pin = 0
        self._closed_until_s = float("-inf")

    def pin(self, now_s: float) -> Pin:
        """The PIN that works at `now_s`; a new one is made and announced when the last one was used or expired."""
        if self._pin is None or now_s >= self._pin.expires_s:
            self._pin = Pin(self._draw(), now_s + PIN_LIFE_S)
            self._failures_of_pin = 0
            self._announce(self._pin)
        return self._pin

    def try_pin(self, digits: str, now_s: float) -> PairingResult:
        """Try a PIN. Each failure makes the wait before the next try longer, for everybody."""
        if now_s < self._closed_until_s:
            return PairingResult(False, self._closed_until_s - now_s)
        if hmac.compare_digest(digits.strip().encode(), self.pin(now_s).digits.encode()):
            self._pin, self._failures = None, 0
            self.pin(now_s)
            return PairingResult(True)
        return PairingResult(False, self._failed(now_s))

    def _failed(self, now_s: float) -> float:
        self._failures += 1
        self._failures_of_pin += 1
        if self._failures_of_pin >= FAILURES_PER_PIN:
            self._pin = None
            self.pin(now_s)
        delay_s = min(2.0 ** min(self._failures - FREE_FAILURES, 10), MAX_DELAY_S)
        self._closed_until_s = now_s + (delay_s if self._failures > FREE_FAILURES else 0.0)
        return max(0.0, self._closed_until_s - now_s)
