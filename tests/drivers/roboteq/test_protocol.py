"""Roboteq's lines, held to the examples of its manual (V1.8, 28 August 2017; V2.0, 8 July 2019)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drivers.roboteq.protocol import (
    LONGEST_LINE,
    Accepted,
    Ask,
    AskSetting,
    ClearHistory,
    Command,
    Decoder,
    EmergencyStop,
    FaultFlag,
    MotorFlag,
    Refused,
    Release,
    Reply,
    SetPower,
    SetRamps,
    SetSpeed,
    SetWatchdog,
    StopMotor,
    Text,
    Values,
    encode,
)
from carebot.drivers.roboteq.texts import faults

CONVERSATION: list[tuple[bytes, Reply | None]] = [
    (b"!S 1 100", None),  # the echo
    (b"+", Accepted()),
    (b"?A", None),
    (b"A=100:200", Values("A", (100, 200))),  # V1.8, page 238
    (b"?FF", None),
    (b"FF=2", Values("FF", (2,))),  # V1.8, page 253
    (b"FID=Roboteq v1.6 RCB500 05/01/2016", Text("FID", "Roboteq v1.6 RCB500 05/01/2016")),  # V1.8, page 254
    (b"FM=6", Values("FM", (6,))),  # V1.8, page 254
    (b"TRN=RCB500:HDC2460", Text("TRN", "RCB500:HDC2460")),  # V1.8, page 268
    (b"C=-2147483648:2147483647", Values("C", (-2147483648, 2147483647))),
    (b"V=135:246:4730", Values("V", (135, 246, 4730))),
    (b"-", Refused()),
    (b"RWD=200", Values("RWD", (200,))),
]
STREAM = b"".join(line + b"\r" for line, _ in CONVERSATION)
REPLIES = [reply for _, reply in CONVERSATION if reply is not None]


@pytest.mark.parametrize(
    ("command", "golden"),
    [
        (SetSpeed(1, 100), b"!S 1 100\r"),
        (SetSpeed(2, -2499.6), b"!S 2 -2500\r"),
        (SetSpeed(1, -0.2), b"!S 1 0\r"),
        (SetPower(1, 0.5), b"!G 1 500\r"),
        (SetPower(2, -1.0), b"!G 2 -1000\r"),
        (SetRamps(1, 200, 300), b"!AC 1 2000\r!DC 1 3000\r"),  # V1.8, page 219: 200 RPM every second
        (SetRamps(2, 1e9, 1e9), b"!AC 2 500000\r!DC 2 500000\r"),
        (StopMotor(2), b"!MS 2\r"),
        (EmergencyStop(), b"!EX\r"),
        (Release(), b"!MG\r"),
        (ClearHistory(), b"# C\r"),  # V2.0, page 256
        (SetWatchdog(2.0), b"^RWD 2000\r"),  # V1.8, page 286
        (SetWatchdog(0.2), b"^RWD 200\r"),
        (Ask("FID"), b"?FID\r"),
        (AskSetting("RWD"), b"~RWD\r"),
    ],
)
def test_lines_are_those_of_the_manual(command: Command, golden: bytes) -> None:
    assert encode(command) == golden


@pytest.mark.parametrize(
    "command",
    [
        SetSpeed(1, math.nan),
        SetSpeed(1, math.inf),
        SetSpeed(1, 1e9),
        SetSpeed(0, 1.0),
        SetSpeed(4, 1.0),
        SetPower(1, math.nan),
        SetPower(1, 1.1),
        SetRamps(1, 0.0, 1.0),
        SetRamps(1, 1.0, -5.0),
        SetRamps(1, math.inf, 1.0),
        SetWatchdog(0.0),
        SetWatchdog(-1.0),
        SetWatchdog(math.nan),
        SetWatchdog(66.0),
        Ask("C\r!S 1 900"),
        AskSetting(""),
    ],
)
def test_refuses_what_the_wire_cannot_carry(command: Command) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode(command)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r", b"\n\r"])
def test_reads_a_whole_conversation_whatever_ends_its_lines(end: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(STREAM.replace(b"\r", end)) == REPLIES
    assert decoder.counters.good_frames == len(REPLIES)
    assert decoder.counters.bad_frames == decoder.counters.dropped_bytes == 0


def test_it_does_not_matter_where_the_stream_is_split() -> None:
    for split in range(len(STREAM) + 1):
        decoder = Decoder()
        assert decoder.feed(STREAM[:split]) + decoder.feed(STREAM[split:]) == REPLIES
    decoder = Decoder()
    assert [reply for byte in STREAM for reply in decoder.feed(bytes((byte,)))] == REPLIES


def test_a_flipped_bit_never_touches_another_line_than_its_own_and_the_next() -> None:
    for bit in range(8 * len(STREAM)):
        damaged = bytearray(STREAM)
        damaged[bit // 8] ^= 1 << bit % 8
        replies = Decoder().feed(bytes(damaged))
        assert sum(reply in replies for reply in REPLIES) >= len(REPLIES) - 2


@pytest.mark.parametrize("start", range(1, 12))
def test_half_a_line_is_dropped_and_the_next_one_read(start: int) -> None:
    decoder = Decoder()
    assert decoder.feed(b"TRN=RCB500:X"[start:] + b"\rC=1:2\r") == [Values("C", (1, 2))]
    assert decoder.counters.bad_frames == 1


@pytest.mark.parametrize(
    "line",
    [b"C=", b"C=1:", b"C=:1", b"C=1::2", b"C=--1", b"=1", b"c=1", b"C =1", b"C=1 ", b"C=0x1", b"C=1.5", b"++", b"+-",
     b"C=99999999999", b"\xffC=1", b"hello", b"\0", b"FID=\xe9"],
)  # fmt: skip
def test_what_is_no_reply_is_counted_and_dropped(line: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(line + b"\rFF=0\r") == [Values("FF", (0,))]
    assert decoder.counters.bad_frames == 1
    assert decoder.counters.dropped_bytes == len(line) + 1


def test_a_line_that_never_ends_takes_no_memory_and_ends_where_it_ends() -> None:
    decoder = Decoder()
    for _ in range(100):
        assert decoder.feed(b"x" * 50) == []
    assert len(decoder._rest) <= LONGEST_LINE
    assert decoder.feed(b"C=1\rFF=0\r") == [Values("FF", (0,))]
    assert decoder.counters.dropped_bytes == 5004


@given(st.lists(st.binary(max_size=200)))
def test_no_bytes_make_the_decoder_fail(portions: list[bytes]) -> None:
    decoder = Decoder()
    replies = [reply for portion in portions for reply in decoder.feed(portion)]
    assert len(replies) == decoder.counters.good_frames
    assert decoder.counters.dropped_bytes <= sum(map(len, portions))
    assert decoder.feed(b"\r" + STREAM)[-len(REPLIES) :] == REPLIES


@given(st.lists(st.sampled_from([b"C", b"=", b":", b"-", b"1", b"+", b"\r", b"\n", b"?", b"FID", b" "])))
def test_no_shuffled_line_makes_the_decoder_fail(parts: list[bytes]) -> None:
    whole, piecewise = Decoder(), Decoder()
    assert whole.feed(b"".join(parts)) == [reply for part in parts for reply in piecewise.feed(part)]


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=3))
def test_counters_survive_the_wire(counts: list[int]) -> None:
    line = f"C={':'.join(map(str, counts))}\r".encode()
    assert Decoder().feed(line) == [Values("C", tuple(counts))]


def test_every_flag_but_the_emergency_stop_is_a_fault_in_words() -> None:
    for flag in FaultFlag:
        assert len(faults(flag, ())) == (flag is not FaultFlag.EMERGENCY_STOP)
    for motor_flag in MotorFlag:
        (fault,) = faults(0, (0, motor_flag))
        assert "motor 1" in fault.text
