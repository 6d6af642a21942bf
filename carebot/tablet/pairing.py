"""Pairing a tablet: a 6-digit PIN that works once, expires, and cannot be guessed by trying.

A million PINs, a delay for each host that doubles with each of its failures up to a minute, and a new PIN after ten
failures: a host that tries day and night has a chance of about one in 700 a day, and keeps nobody else from pairing.
All hosts together have 100 failures and one more every 36 s, so that many of them (or one with many addresses) have a
chance of about one in 400 a day; while these are used up a QR code still pairs, being 128 random bits. The robot's
terminal shows every new PIN meanwhile. What is not six digits, as an old QR code, cannot be a guess and is not counted.
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
FAILURES_OF_ALL = 100
S_PER_FAILURE_OF_ALL = 36.0
FORGOTTEN_AFTER_S = 3600.0


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN and until when it works, on the clock whose times are passed in."""

    digits: str
    expires_s: float


@dataclass(frozen=True, slots=True)
class PairingResult:
    """Whether the PIN was right; `wait_s` says when the next try counts. `counted`: not too early, and a PIN at all."""

    accepted: bool
    wait_s: float = 0.0
    counted: bool = False


@dataclass(frozen=True, slots=True)
class _Host:
    failures: int
    closed_until_s: float


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
        self._failures_of_pin = 0
        self._hosts: dict[str, _Host] = {}
        self._all_used_until_s = float("-inf")  # when every failure of all hosts is made good

    def pin(self, now_s: float) -> Pin:
        """The PIN that works at `now_s`; a new one is made and announced when the last one was used or expired."""
        if self._pin is None or now_s >= self._pin.expires_s:
            self._pin = Pin(self._draw(), now_s + PIN_LIFE_S)
            self._failures_of_pin = 0
            self._announce(self._pin)
        return self._pin

    def try_pin(self, digits: str, now_s: float, host: str = "") -> PairingResult:
        """Try a PIN. Each failure makes the wait before the host's next try longer."""
        digits = digits.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) == PIN_DIGITS):
            return PairingResult(False)
        if (wait_s := self._wait_s(host, now_s)) > 0:
            return PairingResult(False, wait_s)
        if hmac.compare_digest(digits.encode(), self.pin(now_s).digits.encode()):
            self._pin = None
            self._hosts.pop(host, None)
            self.pin(now_s)
            return PairingResult(True, counted=True)
        self._failed(host, now_s)
        return PairingResult(False, self._wait_s(host, now_s), counted=True)

    def _wait_s(self, host: str, now_s: float) -> float:
        room_s = (FAILURES_OF_ALL - 1) * S_PER_FAILURE_OF_ALL
        closed_until_s = self._hosts[host].closed_until_s if host in self._hosts else now_s
        return max(0.0, closed_until_s - now_s, self._all_used_until_s - room_s - now_s)

    def _failed(self, host: str, now_s: float) -> None:
        self._failures_of_pin += 1
        self._all_used_until_s = max(self._all_used_until_s, now_s) + S_PER_FAILURE_OF_ALL
        if self._failures_of_pin >= FAILURES_PER_PIN:
            self._pin = None
            self.pin(now_s)
        self._hosts = {
            key: each for key, each in self._hosts.items() if now_s - each.closed_until_s < FORGOTTEN_AFTER_S
        }
        count = 1 + (self._hosts[host].failures if host in self._hosts else 0)
        delay_s = min(2.0 ** min(count - FREE_FAILURES, 10), MAX_DELAY_S) if count > FREE_FAILURES else 0.0
        self._hosts[host] = _Host(count, now_s + delay_s)
