"""The lines of ODrive's ASCII protocol, as values. No I/O.

Source: ODrive Documentation, "ASCII Protocol" (0.5.1 to 0.6), and Firmware/communication/ascii_protocol.cpp of firmware
0.5.6, which the fake follows where the text is silent. A line is `command *checksum`, where the checksum is the XOR of
all bytes before the asterisk in decimal, and a newline; the ODrive answers with a checksum where it got one. Speeds are
turns per second and positions turns, of the shaft with the encoder. Only questions are answered, in their order.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import reduce
from operator import xor

from carebot.drivers.telemetry import LinkCounters

LONGEST_LINE = 256
"""MAX_LINE_LENGTH of the firmware."""
LONGEST_VALUE = 9
"""Firmware 0.5 cuts what it reads out to this many characters."""
_MOST = 1e6
_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*", re.ASCII)


# --- from the host ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feedback:
    """Where is the axis, and how fast?"""

    axis: int


@dataclass(frozen=True, slots=True)
class Read:
    """What is this property? `path` starts at the ODrive's root, such as `axis0.current_state`."""

    path: str


@dataclass(frozen=True, slots=True)
class Write:
    """Set a property; answered only when refused."""

    path: str
    value: float


@dataclass(frozen=True, slots=True)
class SetVelocity:
    """Hold this speed; feeds the axis' watchdog.

    The torque that the protocol lets one add is always sent, as 0: where noise hides the checksum's asterisk, the
    firmware would otherwise read the checksum as a torque.
    """

    axis: int
    turns_per_s: float


@dataclass(frozen=True, slots=True)
class FeedWatchdog:
    """Feed the axis' watchdog and change nothing."""

    axis: int


@dataclass(frozen=True, slots=True)
class ClearErrors:
    """Forget the errors of all axes."""


Command = Feedback | Read | Write | SetVelocity | FeedWatchdog | ClearErrors


def encode(command: Command, has_checksum: bool = True) -> bytes:
    """The line of one command.

    Raises:
        ValueError: a number that is not finite or absurdly large, or a path that is none.
    """
    text = _text(command)
    if has_checksum:
        text += " "  # as in the documentation's example, `r vbus_voltage *93`
        text += f"*{reduce(xor, text.encode('ascii'))}"
    if len(text) >= LONGEST_LINE:
        raise ValueError(f"a line of {len(text)} characters is too long for an ODrive")
    return text.encode("ascii") + b"\n"


def in_wire_units(turns_per_s: float) -> float:
    """A speed as the line carries it; raises ValueError where it cannot."""
    return float(_decimal(turns_per_s))


def _text(command: Command) -> str:
    if isinstance(command, SetVelocity):
        return f"v {_axis(command.axis)} {_decimal(command.turns_per_s)} 0"
    if isinstance(command, Read):
        return f"r {_path(command.path)}"
    if isinstance(command, Write):
        return f"w {_path(command.path)} {_decimal(command.value)}"
    if isinstance(command, ClearErrors):
        return "sc"
    return f"{'f' if isinstance(command, Feedback) else 'u'} {_axis(command.axis)}"


def _axis(axis: int) -> int:
    if axis < 0:
        raise ValueError(f"an axis has a number from 0, not {axis}")
    return axis


def _path(path: str) -> str:
    if not _NAME.fullmatch(path):
        raise ValueError(f"'{path}' is no path of a property")
    return path


def _decimal(number: float) -> str:
    """Without an exponent, and without a sign for zero."""
    if not (math.isfinite(number) and abs(number) <= _MOST):
        raise ValueError(f"the line cannot carry {number}")
    if isinstance(number, int):
        return str(int(number))
    return f"{round(number, 6) + 0.0:.6f}"


# --- from the device --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Motion:
    """The answer to Feedback."""

    turns: float
    turns_per_s: float


@dataclass(frozen=True, slots=True)
class Value:
    """The answer to Read; `is_cut` where it fills the nine characters that firmware 0.5 cuts it to."""

    number: float
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The ODrive did not understand, or does not have what was asked for."""

    text: str

    @property
    def is_broken_integer(self) -> bool:
        """Whether this is how firmware 0.5.2 and 0.5.3 wrote integers by mistake, which they cannot read either."""
        return self.text[:1].isdigit()


Reply = Motion | Value | Refused

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"
_NUMBERS = re.compile(rf"({_NUMBER})(?: +({_NUMBER}))?\Z", re.ASCII)
_TRUTH = {"True": 1.0, "true": 1.0, "False": 0.0, "false": 0.0}
_REFUSAL = re.compile(
    r"(?:invalid (?:command format|property|motor \d+)|not implemented|unknown command|\d+d)\Z", re.ASCII
)
_ECHO = re.compile(r"(?:[fuvwr] \S.*|s[csre]) *\Z", re.ASCII)
_CHECKED = re.compile(rb"([^*]*)\*(\d{1,3}) *\Z")
_FIRST_HALF = re.compile(rb"[-+.\d eE]*\Z")


class Decoder:
    """Bytes from the device, in any portions, to replies; what is damaged or makes no sense is counted and dropped.

    Lines may end with CR, LF or both. Commands that come back from a line that echoes are dropped and not
    counted as bad.
    """

    def __init__(self, has_checksums: bool = True) -> None:
        self.counters = LinkCounters()
        self._has_checksums = has_checksums
        self._rest = b""
        self._is_second_half = False

    def feed(self, data: bytes) -> list[Reply]:
        *lines, rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        if len(rest) > LONGEST_LINE:
            self.counters.dropped_bytes += len(rest) - LONGEST_LINE
            rest = rest[-LONGEST_LINE:]  # still too long with its end, so that this is not taken for a line of its own
        self._rest = rest
        return [reply for line in lines if (reply := self._reply_in(line)) is not None]

    def _reply_in(self, line: bytes) -> Reply | None:
        if not line:
            self._is_second_half = False
            return None
        text = self._content(line)
        reply = None if text is None else _meaning(text)
        if reply is None:
            self._drop(line, text)
        else:
            self.counters.good_frames += 1
        return reply

    def _content(self, line: bytes) -> str | None:
        """What the line says, where its checksum is right.

        A minus sign that noise turned into the end of a line leaves two halves, and the second can look right.
        """
        if len(line) >= LONGEST_LINE:
            return None
        if not self._has_checksums:
            return _ascii(line)
        found = _CHECKED.match(line)
        if found is None:
            self._is_second_half = _FIRST_HALF.match(line) is not None
            return None
        is_whole, self._is_second_half = not self._is_second_half, False
        return _ascii(found[1]) if is_whole and reduce(xor, found[1], 0) == int(found[2]) else None

    def _drop(self, line: bytes, text: str | None) -> None:
        self.counters.dropped_bytes += len(line) + 1
        if text is None or not _ECHO.match(text):
            self.counters.bad_frames += 1


def _ascii(content: bytes) -> str | None:
    return content.decode("ascii").strip(" ") if content.isascii() else None


def _meaning(text: str) -> Reply | None:
    found = _NUMBERS.match(text)
    if found is None:
        return _words(text)
    if found[2] is not None:
        return Motion(float(found[1]), float(found[2]))
    return Value(float(found[1]), len(text) == LONGEST_VALUE)


def _words(text: str) -> Reply | None:
    if text in _TRUTH:
        return Value(_TRUTH[text])
    return Refused(text) if _REFUSAL.match(text) else None
