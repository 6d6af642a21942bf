"""RoboClaw's packets, held to bytes that Basicmicro's own library writes and reads."""

from __future__ import annotations

import math
import struct
from binascii import crc_hqx

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drivers.roboclaw.protocol import (
    Acknowledged,
    Ask,
    Battery,
    Bit,
    Command,
    Currents,
    Decoder,
    Encoders,
    Number,
    Reply,
    SetDuties,
    SetDuty,
    SetSpeeds,
    SetTimeout,
    Speed,
    Status,
    Temperature,
    Timeout,
    Version,
    encode,
)
from carebot.drivers.roboclaw.texts import faults, warnings


def _answer(command: Ask, data: bytes, address: int = 0x80) -> bytes:
    return data + crc_hqx(bytes((address, command.number)) + data, 0).to_bytes(2, "big")


SPEEDS = SetSpeeds((1000, -1000), 12000)
QUESTIONS = [Ask(number) for number in Number if number.name.startswith("READ_")]
CONVERSATION: list[tuple[Command, bytes, Reply]] = [
    (SPEEDS, b"\xff", Acknowledged()),
    (Ask(Number.READ_ENCODERS), bytes.fromhex("000003e8fffffc18"), Encoders((1000, -1000))),
    (Ask(Number.READ_SPEED_M1), bytes.fromhex("0000006400"), Speed(0, 100)),
    (Ask(Number.READ_SPEED_M2), bytes.fromhex("ffffff9c01"), Speed(1, -100)),
    (Ask(Number.READ_STATUS), bytes.fromhex("00080001"), Status(Bit.MAIN_LOW_WARNING | Bit.ESTOP)),
    (Ask(Number.READ_CURRENTS), bytes.fromhex("00c8ff38"), Currents((2.0, -2.0))),
    (Ask(Number.READ_TIMEOUT), b"\x02", Timeout(2)),
    (Ask(Number.READ_BATTERY), bytes.fromhex("00f6"), Battery(24.6)),
    (Ask(Number.READ_TEMPERATURE), bytes.fromhex("0137"), Temperature(31.1)),
    (Ask(Number.READ_VERSION), b"USB Roboclaw 2x15a v4.1.34\n\0", Version("USB Roboclaw 2x15a v4.1.34")),
]
STREAM = b"".join(_answer(command, data) if isinstance(command, Ask) else data for command, data, _ in CONVERSATION)
REPLIES = [reply for _, _, reply in CONVERSATION]


def _expecting() -> Decoder:
    decoder = Decoder()
    for command, _, _ in CONVERSATION:
        decoder.expect(command)
    return decoder


@pytest.mark.parametrize(
    ("command", "golden"),
    [
        # What Basicmicro's library (basicmicro 2.0.10) put on the wire for SetTimeout(0.2), DutyM1(0), DutyM2(0),
        # DutyM1M2(16384, -16384), SpeedAccelM1M2(12000, 1000, -1000), GetEncoders, ReadError and ReadVersion at 0x80.
        (SetTimeout(2), "80 0e 02 38 17"),
        (SetDuty(0, 0.0), "80 20 00 00 5b fe"),
        (SetDuty(1, 0.0), "80 21 00 00 6c ce"),
        (SetDuties((16384 / 32767, -16384 / 32767)), "80 22 40 00 c0 00 e0 df"),
        (SPEEDS, "80 28 00 00 2e e0 00 00 03 e8 ff ff fc 18 80 b6"),
        (Ask(Number.READ_ENCODERS), "80 4e"),
        (Ask(Number.READ_STATUS), "80 5a"),
        (Ask(Number.READ_VERSION), "80 15"),
    ],
)
def test_packets_are_those_of_the_vendors_library(command: Command, golden: str) -> None:
    assert encode(command) == bytes.fromhex(golden)


def test_the_crc_is_xmodems() -> None:
    assert crc_hqx(b"123456789", 0) == 0x31C3


@pytest.mark.parametrize("address", range(0x80, 0x88))
def test_every_address_signs_its_own_packets(address: int) -> None:
    packet = encode(SPEEDS, address)
    assert packet[0] == address
    assert crc_hqx(packet, 0) == 0


@pytest.mark.parametrize("address", [0, 0x7F, 0x88, 256])
def test_refuses_addresses_that_no_roboclaw_has(address: int) -> None:
    with pytest.raises(ValueError, match="address"):
        encode(SPEEDS, address)


@pytest.mark.parametrize(
    "command",
    [
        SetSpeeds((math.nan, 0), 1),  # type: ignore[arg-type]
        SetSpeeds((0, math.inf), 1),  # type: ignore[arg-type]
        SetSpeeds((2**31, 0), 1),
        SetSpeeds((0, 0), -1),
        SetSpeeds((0, 0), 2**32),
        SetDuty(0, math.nan),
        SetDuty(0, 1.01),
        SetDuty(2, 0.0),
        SetDuties((0.0, -math.inf)),
        SetTimeout(256),
        SetTimeout(-1),
    ],
)
def test_refuses_what_the_wire_cannot_carry(command: Command) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode(command)


def test_reads_a_whole_conversation() -> None:
    decoder = _expecting()
    assert decoder.feed(STREAM) == REPLIES
    assert decoder.counters.good_frames == len(REPLIES)
    assert decoder.counters.bad_frames == decoder.counters.dropped_bytes == 0
    assert not decoder.is_expecting


def test_it_does_not_matter_where_the_stream_is_split() -> None:
    for split in range(len(STREAM) + 1):
        decoder = _expecting()
        assert decoder.feed(STREAM[:split]) + decoder.feed(STREAM[split:]) == REPLIES
    decoder = _expecting()
    assert [reply for byte in STREAM for reply in decoder.feed(bytes((byte,)))] == REPLIES


def test_no_flipped_bit_makes_a_wrong_reply() -> None:
    for bit in range(8 * len(STREAM)):
        damaged = bytearray(STREAM)
        damaged[bit // 8] ^= 1 << bit % 8
        decoder = _expecting()
        replies = decoder.feed(bytes(damaged))
        assert all(reply in REPLIES for reply in replies)
        assert len(replies) < len(REPLIES)
        decoder.give_up()
        assert decoder.counters.bad_frames > 0
        assert decoder.counters.dropped_bytes > 0


def test_only_the_damaged_reply_is_lost() -> None:
    for at in range(1, len(STREAM) - 30):  # before the version, whose length only its content tells
        damaged = bytearray(STREAM)
        damaged[at] ^= 0x10
        assert len(_expecting().feed(bytes(damaged))) == len(REPLIES) - 1


def test_a_lost_byte_loses_this_round_but_not_the_next() -> None:
    for lost in range(len(STREAM)):
        decoder = _expecting()
        assert all(reply in REPLIES for reply in decoder.feed(STREAM[:lost] + STREAM[lost + 1 :]))
        decoder.give_up()
        for command, _, _ in CONVERSATION:
            decoder.expect(command)
        assert decoder.feed(STREAM) == REPLIES


def test_what_nobody_asked_for_is_dropped() -> None:
    decoder = Decoder()
    assert decoder.feed(STREAM) == []
    assert decoder.counters.dropped_bytes == len(STREAM)


def test_an_answer_from_another_address_is_not_taken() -> None:
    question = Ask(Number.READ_BATTERY)
    decoder = Decoder(0x81)
    decoder.expect(question)
    assert decoder.feed(_answer(question, b"\0\xf6", address=0x80)) == []
    decoder.expect(question)
    assert decoder.feed(_answer(question, b"\0\xf6", address=0x81)) == [Battery(24.6)]


def test_the_short_status_of_old_firmware_alone_is_no_status() -> None:
    question = Ask(Number.READ_STATUS)
    decoder = Decoder()
    decoder.expect(question)
    assert decoder.feed(_answer(question, b"\0\1")) == []
    assert decoder.is_expecting


def test_a_version_that_never_ends_is_dropped() -> None:
    decoder = Decoder()
    decoder.expect(Ask(Number.READ_VERSION))
    assert decoder.feed(b"x" * 200) == []
    assert decoder.counters.bad_frames == 1
    assert not decoder.is_expecting


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_encoders_survive_the_wire(m1: int, m2: int) -> None:
    question = Ask(Number.READ_ENCODERS)
    decoder = Decoder()
    decoder.expect(question)
    assert decoder.feed(_answer(question, struct.pack(">ii", m1, m2))) == [Encoders((m1, m2))]


@given(st.lists(st.sampled_from(QUESTIONS)), st.lists(st.binary(max_size=60)))
def test_no_bytes_make_the_decoder_fail(questions: list[Ask], portions: list[bytes]) -> None:
    decoder = Decoder()
    for question in questions:
        decoder.expect(question)
    replies = [reply for portion in portions for reply in decoder.feed(portion)]
    decoder.give_up()
    assert len(replies) == decoder.counters.good_frames
    assert decoder.counters.dropped_bytes <= sum(map(len, portions))
    for command, _, _ in CONVERSATION:
        decoder.expect(command)
    assert decoder.feed(STREAM) == REPLIES


WARNED_OF = (
    Bit.M1_POSITION_WARNING,
    Bit.M2_POSITION_WARNING,
    Bit.CAN_WARNING,
    Bit.BOOT_WARNING,
    Bit.M1_OVER_REGENERATION_WARNING,
    Bit.M2_OVER_REGENERATION_WARNING,
)


@pytest.mark.parametrize("bit", [1 << number for number in range(32) if 1 << number != Bit.ESTOP])
def test_none_of_the_32_status_bits_is_passed_over(bit: int) -> None:
    assert len(warnings(bit)) == (bit in WARNED_OF)
    assert len(faults(bit)) == (bit not in WARNED_OF)
    assert all(fault.text and fault.code for fault in faults(bit))


def test_the_emergency_stop_is_no_fault() -> None:
    assert faults(Bit.ESTOP) == ()
    assert warnings(Bit.ESTOP) == ()


@pytest.mark.parametrize(
    ("bits", "codes"),
    [
        (Bit.M1_OVER_CURRENT | Bit.MAIN_LOW_WARNING, {"over_current", "under_voltage"}),
        (0x00004000, {"under_voltage"}),  # ERROR_MBATLOW of Basicmicro's library
        (0x00008000, {"over_voltage"}),  # ERROR_MBATHIGH_HYST
        (0x02000000, {"position_error"}),  # the manual's "Position Error Limit Warning", the library's WARN_SPEED2
    ],
)
def test_faults_have_codes_for_programs(bits: int, codes: set[str]) -> None:
    assert {fault.code for fault in faults(bits)} == codes
