"""A nurse-call contact: relay boards on a serial port.

`lcus` boards (LCUS-1 to LCUS-8: a CH340 and a microcontroller, 9600 baud) take four bytes and answer nothing: A0, the
channel from 1, 1 to close or 0 to open, and the sum of the three modulo 256.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import serial

from carebot.escalation.plan import Relay

BAUD_RATE = 9600
WRITE_TIMEOUT_S = 2.0


def lcus_frame(channel: int, is_closed: bool) -> bytes:
    """The bytes that close or open one contact."""
    head = bytes((0xA0, channel, int(is_closed)))
    return head + bytes((sum(head) % 256,))


def press(relay: Relay, sleep: Callable[[float], None] = time.sleep) -> None:
    """Close the contact for `close_for_s`. Raises OSError (of which serial.SerialException is one)."""
    with serial.Serial(relay.port, BAUD_RATE, timeout=1.0, write_timeout=WRITE_TIMEOUT_S) as port:
        try:
            port.write(lcus_frame(relay.channel, True))
            port.flush()
            sleep(relay.close_for_s)
        finally:
            port.write(lcus_frame(relay.channel, False))
            port.flush()
