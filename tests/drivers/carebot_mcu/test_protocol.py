"""Bytes: golden ones, every split point, every flipped bit, and any bytes at all."""

from __future__ import annotations

import math
import re
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.drivers.carebot_mcu.framing import Frame, FrameDecoder, cobs_decode, cobs_encode, to_bytes
from carebot.drivers.carebot_mcu.protocol import (
    Arm,
    Command,
    Decoder,
    Done,
    GetParameter,
    Hello,
    Motor,
    ParameterValue,
    Refused,
    Reply,
    Report,
    SetParameter,
    SetSpeeds,
    Stop,
    Welcome,
    command_in,
    encode,
    encode_reply,
    in_wire_units,
)

REPORT = Report(
    123456, 3, 0x0102, 200, 7, 24.6, 31.5, (Motor(-2_000_000_000, 1234.5, -1.25), Motor(17, -0.00390625, None))
)
FIRMWARE = Path(__file__).resolve().parents[3] / "hardware" / "firmware"

# PROTOCOL.md lists these. They were computed with a second implementation that works bit by bit, and the firmware's C
# code is held to them too (test_firmware.py).
GOLDEN_COMMANDS: list[tuple[Command, int, str]] = [
    (Hello(), 1, "06 01 01 01 bc d8 00"),
    (SetSpeeds((1000.0, -500.0), 0.15), 3, "04 02 03 96 01 03 e8 03 01 06 0c fe ff 05 e7 00"),
    (Arm(0.15), 2, "04 03 02 96 03 31 c3 00"),
    (Stop(0b11), 4, "06 04 04 03 fb ec 00"),
    (GetParameter(1), 5, "06 05 05 01 b8 c8 00"),
    (SetParameter(5, -1), 6, "0a 06 06 05 ff ff ff ff 92 67 00"),
]
GOLDEN_REPLIES: list[tuple[Reply, int, str]] = [
    (
        REPORT,
        255,
        "06 80 ff 40 e2 01 06 03 02 01 c8 07 06 18 60 3b 01 02 07 6c ca 88 80 d2 04 04 1e fb 11 01 01 05 ff ff ff ff "
        "04 80 49 5e 00",
    ),
    (
        Welcome(1, 2, (1, 0, 0), "mega2560", ""),
        0,
        "02 81 04 01 02 01 01 09 6d 65 67 61 32 35 36 30 01 01 01 01 01 01 01 01 01 01 01 03 50 31 00",
    ),
    (Done(3, 2), 9, "07 82 09 03 02 10 5f 00"),
    (Refused(2, 0, 5), 10, "04 83 0a 02 04 05 60 8b 00"),
    (ParameterValue(1, 200), 11, "05 84 0b 01 c8 01 01 03 65 c4 00"),
]
WELCOME = Welcome(1, 2, (1, 2, 3), "mega2560-sim", "c0c1c2c3c4c5c6c7")
REPLIES: list[Reply] = [REPORT, WELCOME, Done(3, 200), Refused(2, 0, 6), ParameterValue(5, -1)]
COMMANDS: list[Command] = [
    Hello(),
    Arm(0.2),
    SetSpeeds((0.0, -1.5), 0.1),
    SetSpeeds((1.0, 2.0, 3.0, 4.0), 0.2),
    Stop(3),
    GetParameter(5),
    SetParameter(200, -(2**31)),
]


def frame_of(data: bytes) -> Frame:
    (frame,) = FrameDecoder().feed(data)
    return frame


@pytest.mark.parametrize(("command", "sequence", "golden"), GOLDEN_COMMANDS)
def test_golden_commands(command: Command, sequence: int, golden: str) -> None:
    assert encode(command, sequence).hex(" ") == golden


@pytest.mark.parametrize(("reply", "sequence", "golden"), GOLDEN_REPLIES)
def test_golden_replies(reply: Reply, sequence: int, golden: str) -> None:
    assert encode_reply(reply, sequence).hex(" ") == golden
    assert Decoder().feed(bytes.fromhex(golden)) == [reply]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_come_back_as_they_went(command: Command) -> None:
    assert command_in(frame_of(encode(command, 7))) == command


@pytest.mark.parametrize("reply", REPLIES)
def test_replies_come_back_as_they_went(reply: Reply) -> None:
    decoder = Decoder()
    assert decoder.feed(encode_reply(reply, 7)) == [reply]
    assert decoder.counters.good_frames == 1
    assert decoder.counters.dropped_bytes == 0


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, 8_388_608.0, -1e12])
def test_a_speed_that_the_wire_cannot_carry_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"finite|wire"):
        encode(SetSpeeds((0.0, wrong), 0.1))


@pytest.mark.parametrize("wrong", [math.nan, math.inf, 0.0, -1.0, 0.0009, 66.0])
def test_a_time_that_the_wire_cannot_carry_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="time"):
        encode(SetSpeeds((0.0, 0.0), wrong))
    with pytest.raises(ValueError, match="time"):
        encode(Arm(wrong))


@pytest.mark.parametrize(
    "command", [Stop(256), Stop(-1), SetParameter(1, 2**31), SetSpeeds((), 0.1), SetSpeeds((0.0,) * 5, 0.1)]
)
def test_what_does_not_fit_is_refused(command: Command) -> None:
    with pytest.raises(ValueError, match=r"wire|motors"):
        encode(command)


def test_a_body_that_is_too_long_is_refused() -> None:
    assert len(to_bytes(Frame(1, 1, bytes(60)))) == 66
    with pytest.raises(ValueError, match="fit"):
        to_bytes(Frame(1, 1, bytes(61)))


def test_validity_is_never_rounded_up() -> None:
    assert struct.unpack_from("<H", frame_of(encode(SetSpeeds((0.0,), 0.0999))).body) == (99,)
    assert struct.unpack_from("<H", frame_of(encode(SetSpeeds((0.0,), 0.1))).body) == (100,)


def test_speeds_are_rounded_to_the_nearest() -> None:
    assert in_wire_units(0.002) == 1
    assert in_wire_units(-0.0019) == 0


@pytest.mark.parametrize("reply", REPLIES)
def test_every_split_point(reply: Reply) -> None:
    data = encode_reply(reply, 250)
    for cut in range(len(data) + 1):
        decoder = Decoder()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == [reply]


def test_byte_by_byte() -> None:
    decoder = Decoder()
    stream = b"".join(encode_reply(reply, 0) for reply in REPLIES)
    assert [reply for byte in stream for reply in decoder.feed(bytes([byte]))] == REPLIES


@pytest.mark.parametrize("reply", REPLIES)
def test_no_flipped_bit_gives_a_frame_and_the_next_but_one_is_found(reply: Reply) -> None:
    data = encode_reply(reply, 3)
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        decoder = Decoder()
        assert decoder.feed(bytes(damaged)) == []
        # A damaged end runs into the frame behind it; the one after that is whole again.
        assert decoder.feed(data)[-1:] in ([], [reply])
        assert decoder.feed(data) == [reply]
        assert decoder.counters.bad_frames >= 1
        assert decoder.counters.dropped_bytes >= len(data) - 1


@pytest.mark.parametrize("reply", REPLIES)
def test_every_short_frame_is_dropped(reply: Reply) -> None:
    data = encode_reply(reply, 3)
    for length in range(1, len(data) - 1):
        decoder = Decoder()
        assert decoder.feed(data[:length] + b"\0" + data) == [reply]
        assert decoder.counters.bad_frames == 1
        assert decoder.counters.dropped_bytes == length + 1


@pytest.mark.parametrize("kind", [0x00, 0x01, 0x7F, 0x85, 0xFF])
def test_an_intact_frame_of_an_unknown_kind_is_counted_as_bad(kind: int) -> None:
    decoder = Decoder()
    assert decoder.feed(to_bytes(Frame(kind, 0, b"\1"))) == []
    assert (decoder.counters.good_frames, decoder.counters.bad_frames) == (0, 1)


@pytest.mark.parametrize("kind", [0x80, 0x81, 0x82, 0x83, 0x84])
@pytest.mark.parametrize("length", [0, 1, 4, 14, 24, 26, 35, 60])
def test_an_intact_frame_of_a_wrong_length_is_counted_as_bad(kind: int, length: int) -> None:
    decoder = Decoder()
    assert decoder.feed(to_bytes(Frame(kind, 0, b"\xee" * length))) == []
    assert decoder.counters.bad_frames == 1


def test_noise_without_an_end_takes_no_memory_and_its_end_is_no_frame() -> None:
    decoder = FrameDecoder()
    for _ in range(1000):
        decoder.feed(b"\x55" * 1000)
    assert len(decoder._rest) < 100
    good = to_bytes(Frame(1, 2, b"abc"))
    assert decoder.feed(good) == []
    assert decoder.feed(good) == [Frame(1, 2, b"abc")]
    assert decoder.counters.dropped_bytes == 1_000_000 + len(good)


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_cobs_is_undone(content: bytes) -> None:
    encoded = cobs_encode(content)
    assert 0 not in encoded
    assert len(encoded) == len(content) + 1
    assert cobs_decode(encoded) == content


@settings(deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_any_bytes_in_any_portions_raise_nothing_and_all_are_accounted_for(noise: bytes, cuts: list[int]) -> None:
    decoder = Decoder()
    edges = [0, *sorted(min(cut, len(noise)) for cut in cuts), len(noise)]
    for start, end in pairwise(edges):
        decoder.feed(noise[start:end])
    decoder.feed(b"\0\0")
    assert decoder.feed(encode_reply(REPORT, 1)) == [REPORT]


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from(range(len(REPLIES)))), max_size=12))
def test_good_frames_between_noise_are_all_found(parts: list[bytes | int]) -> None:
    decoder, expected, stream = Decoder(), [], bytearray()
    for part in parts:
        if isinstance(part, int):
            stream += b"\0" + encode_reply(REPLIES[part], 1)
            expected.append(REPLIES[part])
        else:
            stream += part
    assert decoder.feed(bytes(stream)) == expected


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_any_intact_frame_is_understood_or_counted(body: bytes, kind: int, sequence: int) -> None:
    decoder = Decoder()
    replies = decoder.feed(to_bytes(Frame(kind, sequence, body)))
    assert len(replies) == decoder.counters.good_frames
    assert decoder.counters.good_frames + decoder.counters.bad_frames == 1


def test_the_documents_golden_bytes_are_these() -> None:
    document = (FIRMWARE / "PROTOCOL.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`((?:[0-9a-f]{2} )+00)`", document))
    tested = {golden for _, _, golden in (*GOLDEN_COMMANDS, *GOLDEN_REPLIES) if golden != GOLDEN_REPLIES[0][2]}
    assert documented == tested
