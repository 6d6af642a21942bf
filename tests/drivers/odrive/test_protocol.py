"""ODrive's lines, held to its documentation and to what its firmware answers."""

from __future__ import annotations

import math
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drivers.odrive.protocol import (
    ClearErrors,
    Command,
    Decoder,
    Feedback,
    FeedWatchdog,
    Motion,
    Read,
    Refused,
    Reply,
    SetVelocity,
    Value,
    Write,
    encode,
    in_wire_units,
)


def _line(text: str, end: bytes = b"\r\n") -> bytes:
    content = text.encode("ascii")
    return content + f"*{reduce(xor, content, 0)}".encode() + end


LINES: list[tuple[str, Reply]] = [
    ("-3.500000 1.250000", Motion(-3.5, 1.25)),
    ("0.000000 -0.000000", Motion(0.0, 0.0)),
    ("-12.5 -0.25", Motion(-12.5, -0.25)),
    ("24.573931", Value(24.573931, True)),
    ("8", Value(8.0)),
    ("-1.5e-05", Value(-1.5e-05)),
    ("True", Value(1.0)),
    ("false", Value(0.0)),
    ("invalid property", Refused("invalid property")),
    ("invalid motor 7", Refused("invalid motor 7")),
    ("not implemented", Refused("not implemented")),
    ("unknown command", Refused("unknown command")),
    ("0d", Refused("0d")),
]
REPLIES = [reply for _, reply in LINES]
STREAM = b"".join(_line(text) for text, _ in LINES)


@pytest.mark.parametrize(
    ("command", "golden"),
    [
        # The checksum's example of the documentation, "ASCII Protocol", "Command format".
        (Read("vbus_voltage"), b"r vbus_voltage *93\n"),
        # Its examples of commands, each with that checksum.
        (SetVelocity(0, 1.5), b"v 0 1.500000 0 *108\n"),
        (SetVelocity(1, -0.25), b"v 1 -0.250000 0 *67\n"),
        (Feedback(0), b"f 0 *86\n"),
        (FeedWatchdog(1), b"u 1 *68\n"),
        (ClearErrors(), b"sc *48\n"),
        (Write("axis0.requested_state", 8), b"w axis0.requested_state 8 *42\n"),
        (Write("axis1.config.watchdog_timeout", 0.15), b"w axis1.config.watchdog_timeout 0.150000 *84\n"),
    ],
)
def test_commands_are_those_of_the_documentation(command: Command, golden: bytes) -> None:
    assert encode(command) == golden
    content, _, checksum = golden.rstrip().partition(b"*")
    assert reduce(xor, content) == int(checksum)
    assert encode(command, has_checksum=False) == content.rstrip() + b"\n"


@pytest.mark.parametrize(
    "command",
    [
        SetVelocity(0, math.nan),
        SetVelocity(0, -math.inf),
        SetVelocity(0, 1e7),
        SetVelocity(-1, 0.0),
        Feedback(-1),
        Write("axis0.requested_state", math.nan),
        Read(""),
        Read("axis0 .error"),
        Read("axis0.error\nv 0 9"),
        Read("a*93"),
        Read("a;b"),
        Read("a" * 260),
    ],
)
def test_refuses_what_no_line_can_carry(command: Command) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode(command)


@given(st.floats(-1e6, 1e6))
def test_speeds_have_no_exponent_and_come_back(speed: float) -> None:
    word = encode(SetVelocity(0, speed)).split()[2]
    assert set(word) <= set(b"-0123456789.")
    assert float(word) == in_wire_units(speed) == pytest.approx(speed, abs=1e-6)


def test_zero_has_no_sign() -> None:
    assert encode(SetVelocity(0, -1e-9), False) == b"v 0 0.000000 0\n"


def test_where_noise_hides_the_asterisk_the_checksum_is_no_torque() -> None:
    line = encode(SetVelocity(0, 1.5)).replace(b"*", b"+")
    assert line.split()[:4] == [b"v", b"0", b"1.500000", b"0"]  # sscanf reads these, and not the fifth


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\n\r", b"\r\n\r\n"])
def test_reads_every_answer_with_every_end_of_line(end: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(b"".join(_line(text, end) for text, _ in LINES)) == REPLIES
    assert decoder.counters.good_frames == len(LINES)
    assert decoder.counters.bad_frames == decoder.counters.dropped_bytes == 0


def test_reads_answers_without_checksums_where_there_are_none() -> None:
    decoder = Decoder(has_checksums=False)
    assert decoder.feed(b"".join(text.encode() + b"\r\n" for text, _ in LINES)) == REPLIES


def test_not_a_number_is_read_as_such() -> None:
    (value,) = Decoder().feed(_line("nan"))
    assert isinstance(value, Value)
    assert math.isnan(value.number)


def test_it_does_not_matter_where_the_stream_is_split() -> None:
    for split in range(len(STREAM) + 1):
        decoder = Decoder()
        assert decoder.feed(STREAM[:split]) + decoder.feed(STREAM[split:]) == REPLIES
        assert decoder.counters.bad_frames == 0
    decoder = Decoder()
    assert [reply for byte in STREAM for reply in decoder.feed(bytes((byte,)))] == REPLIES


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_no_flipped_bit_makes_a_wrong_reply(end: bytes) -> None:
    stream = b"".join(_line(text, end) for text, _ in LINES)
    for bit in range(8 * len(stream)):
        damaged = bytearray(stream)
        damaged[bit // 8] ^= 1 << bit % 8
        decoder = Decoder()
        replies = decoder.feed(bytes(damaged))
        assert all(reply in REPLIES for reply in replies)
        assert len(replies) >= len(REPLIES) - 2


def test_a_minus_that_became_an_end_of_line_leaves_no_number() -> None:
    for hundredths in range(10_000):
        line = bytearray(_line(f"-{hundredths / 100} -1.5"))
        line[line.rindex(b"-")] ^= 0x20
        assert line.count(b"\r") == 2
        assert Decoder().feed(bytes(line)) == []


@pytest.mark.parametrize(
    "echo", ["v 0 1.500000 0 ", "f 0 ", "r axis0.error ", "w axis0.requested_state 8 ", "u 1 ", "sc "]
)
@pytest.mark.parametrize("has_checksums", [True, False])
def test_echoed_commands_are_dropped_and_no_trouble(echo: str, has_checksums: bool) -> None:
    decoder = Decoder(has_checksums)
    echoed, answer = (_line(echo), _line("8")) if has_checksums else (echo.encode() + b"\n", b"8\r\n")
    assert decoder.feed(echoed + answer) == [Value(8.0)]
    assert decoder.counters.bad_frames == 0
    assert decoder.counters.dropped_bytes > 0


@pytest.mark.parametrize(
    "noise",
    [b"\xff\xfe\x00", b"Hardware version: 3.6-56V", b"8", b"8*57", b"*", b"8*", b"8*1234", b"1 2 3*", b"\x1b[A*1"],
)
def test_noise_is_counted_and_the_next_line_is_good(noise: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(noise + b"\r\n" + _line("8")) == [Value(8.0)]
    assert decoder.counters.bad_frames == 1
    assert decoder.counters.dropped_bytes == len(noise) + 1


def test_a_line_without_end_is_forgotten() -> None:
    decoder = Decoder()
    for _ in range(100):
        assert decoder.feed(b"7" * 100) == []
    assert decoder.feed(b"\r\n" + _line("8")) == [Value(8.0)]
    assert decoder.counters.bad_frames == 1
    assert decoder.counters.dropped_bytes == 10_001


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.text("0123456789.- *\r\n", max_size=30).map(str.encode)), max_size=12)
)
def test_survives_anything(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
    decoder.feed(b"\r\n\r\n")
    assert decoder.feed(STREAM) == REPLIES
