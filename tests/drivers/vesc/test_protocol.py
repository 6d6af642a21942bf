"""VESC's packets, held to the layout of bldc's firmware and to bytes that are known from the field."""

from __future__ import annotations

import math
import struct
from binascii import crc_hqx

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drivers.vesc.device_side import command_in, reply_payload
from carebot.drivers.vesc.framing import FrameDecoder, to_bytes
from carebot.drivers.vesc.messages import (
    Alive,
    AppConf,
    AppConfKept,
    Command,
    GetAppConf,
    GetDecodedPpm,
    GetSelectedSetupValues,
    GetSelectedValues,
    GetSetupValues,
    GetValues,
    GetVersion,
    PingCan,
    Reboot,
    Reply,
    SetAppConf,
    SetBrake,
    SetCurrent,
    SetDuty,
    SetHandbrake,
    SetPosition,
    SetRpm,
    Values,
    Version,
)
from carebot.drivers.vesc.protocol import Decoder, encode
from carebot.drivers.vesc.texts import faults

# What `commands_process_packet` of bldc 6 (comm/commands.c) appends for COMM_GET_VALUES, field by field.
GOLDEN_VALUES = bytes.fromhex(
    "04"
    "013b 00fa"  # 31.5 °C transistors, 25.0 °C motor
    "0000007d ffffffce"  # 1.25 A motor, -0.50 A input
    "00000000 0000007d"  # d and q axis: it draws forward
    "0064"  # duty 0.1
    "fffff830"  # -2000 ERPM
    "00f6"  # 24.6 V
    "00000bb8 00000000 00000000 00000000"  # 0.3 Ah
    "fffffc18 000003e8"  # tachometer -1000, absolute 1000
    "05"  # fault 5
    "00000000"  # position
    "07"  # CAN id 7
    "013b 013b 013b 00000000 00000000"
    "03"  # timed out, kill switch
)
VALUES = Values(7, 31.5, 25.0, 1.25, -0.5, -2000, 24.6, 0.3, -1000, 1000, 5, True, True, 1.25, 0.1)
CONTENT = struct.pack(">IBIf", 2099347128, 7, 1000, 0.0) + bytes(range(256)) + bytes(64)
REPLIES: list[Reply] = [Version(6, 5, "60_MK6", "00" * 12), VALUES, AppConf(CONTENT), AppConfKept()]
STREAM = b"".join(to_bytes(reply_payload(reply)) for reply in REPLIES)
COMMANDS: list[Command] = [
    GetVersion(),
    GetValues(),
    SetRpm(-2000),
    SetDuty(-0.5),
    SetCurrent(0.0),
    SetBrake(5.0),
    SetPosition(-90.5),
    SetHandbrake(3.5),
    Alive(),
    Reboot(),
    GetAppConf(),
    SetAppConf(CONTENT),
    GetSelectedValues(0x80000180),
    GetSetupValues(),
    GetSelectedSetupValues(1),
    PingCan(),
    GetDecodedPpm(),
]


@pytest.mark.parametrize(
    ("command", "can_id", "golden"),
    [
        # The first three are in every example for VESCs; the others follow comm/packet.c and comm/commands.c.
        (GetVersion(), None, "02 01 00 00 00 03"),
        (GetValues(), None, "02 01 04 40 84 03"),
        (Alive(), None, "02 01 1e f3 ff 03"),
        (SetRpm(2000), None, "02 05 08 00 00 07 d0 50 c7 03"),
        (SetRpm(-2000), None, "02 05 08 ff ff f8 30 2a d6 03"),
        (SetCurrent(0.0), None, "02 05 06 00 00 00 00 cd 85 03"),
        (SetBrake(5.0), None, "02 05 07 00 00 13 88 21 74 03"),
        (GetAppConf(), None, "02 01 11 02 10 03"),
        (GetValues(), 1, "02 03 22 01 04 9b 13 03"),
        (SetRpm(2000), 1, "02 07 22 01 08 00 00 07 d0 1b 72 03"),
        # What pyvesc 1.0.5 puts on the wire.
        (SetRpm(-32000), None, "02 05 08 ff ff 83 00 c8 26 03"),
        (SetDuty(0.25), None, "02 05 05 00 00 61 a8 2f ae 03"),
        (SetCurrent(2.5), None, "02 05 06 00 00 09 c4 ee d5 03"),
        (SetBrake(8.0), None, "02 05 07 00 00 1f 40 3c 5d 03"),
        (SetPosition(90.0), None, "02 05 09 05 5d 4a 80 7b 29 03"),
    ],
)
def test_commands_have_the_firmwares_bytes(command: Command, can_id: int | None, golden: str) -> None:
    assert encode(command, can_id) == bytes.fromhex(golden)


def test_the_crc_is_xmodems() -> None:
    assert crc_hqx(b"123456789", 0) == 0x31C3


def test_long_payloads_have_a_long_head() -> None:
    packet = encode(SetAppConf(CONTENT))
    assert packet[:4] == bytes((3, *(len(CONTENT) + 1).to_bytes(2, "big"), 16))
    assert to_bytes(bytes(255))[:2] == bytes((2, 255))
    assert to_bytes(bytes(256))[:3] == bytes((3, 1, 0))


@pytest.mark.parametrize("length", [0, 513])
def test_refuses_payloads_that_no_packet_carries(length: int) -> None:
    with pytest.raises(ValueError, match="1 to 512 bytes"):
        to_bytes(bytes(length))


@pytest.mark.parametrize("command", [SetRpm(2**31), SetCurrent(math.nan), SetBrake(math.inf), SetBrake(3e6)])
def test_refuses_what_the_wire_cannot_carry(command: Command) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        encode(command)


@pytest.mark.parametrize("can_id", [-1, 254, 256])
def test_refuses_ids_that_no_vesc_has(can_id: int) -> None:
    with pytest.raises(ValueError, match="CAN id"):
        encode(GetValues(), can_id)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("can_id", [None, 0, 253])
def test_the_device_understands_every_command(command: Command, can_id: int | None) -> None:
    (payload,) = FrameDecoder().feed(encode(command, can_id))
    assert command_in(payload) == (command, can_id)


@pytest.mark.parametrize("payload", [b"\x05\0\0\0", b"\x0c\0\0", b"\x08\0\0\0", b"\x32\0\0\0", b"\x22\x01", b"\xff"])
def test_the_device_refuses_what_is_no_command_here(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        command_in(payload)


def test_reads_values_as_the_firmware_packs_them() -> None:
    assert Decoder().feed(to_bytes(GOLDEN_VALUES)) == [VALUES]


def test_firmware_5_tells_no_status() -> None:
    (values,) = Decoder().feed(to_bytes(GOLDEN_VALUES[:-1]))
    assert isinstance(values, Values)
    assert values.tachometer == -1000
    assert values.has_timed_out is values.is_killed is None


def test_the_watchdog_is_where_confgenerator_puts_it() -> None:
    conf = AppConf(CONTENT)
    assert (conf.controller_id, conf.timeout_ms, conf.brake_current_a) == (7, 1000, 0.0)
    changed = conf.with_timeout(140, 5.0)
    assert (changed.controller_id, changed.timeout_ms, changed.brake_current_a) == (7, 140, 5.0)
    assert changed.content[:5] + changed.content[13:] == CONTENT[:5] + CONTENT[13:]
    assert changed.content[5:13] == bytes.fromhex("0000008c 40a00000")


@pytest.mark.parametrize("payload", [b"\x00\x06", b"\x00", b"\x04" + bytes(57), b"\x11" + bytes(12), b"\x10\0"])
def test_good_packets_with_impossible_content_are_bad(payload: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(to_bytes(payload)) == []
    assert (decoder.counters.good_frames, decoder.counters.bad_frames) == (0, 1)
    assert decoder.counters.dropped_bytes == len(to_bytes(payload))


def test_packets_that_nobody_asked_for_do_no_harm() -> None:
    decoder = Decoder()
    assert decoder.feed(to_bytes(b"\x15a script prints") + to_bytes(GOLDEN_VALUES)) == [VALUES]
    assert decoder.counters.bad_frames == 0


def test_it_does_not_matter_where_the_stream_is_split() -> None:
    for split in range(len(STREAM) + 1):
        decoder = Decoder()
        assert decoder.feed(STREAM[:split]) + decoder.feed(STREAM[split:]) == REPLIES
        assert decoder.counters.bad_frames == decoder.counters.dropped_bytes == 0
    decoder = Decoder()
    assert [reply for byte in STREAM for reply in decoder.feed(bytes((byte,)))] == REPLIES


def test_no_flipped_bit_makes_a_wrong_reply() -> None:
    for bit in range(8 * len(STREAM)):
        damaged = bytearray(STREAM)
        damaged[bit // 8] ^= 1 << bit % 8
        decoder = Decoder()
        replies = decoder.feed(bytes(damaged) + STREAM)
        assert all(reply in REPLIES for reply in replies)
        assert len(replies) == 2 * len(REPLIES) - 1
        assert replies[-len(REPLIES) :] == REPLIES
        assert decoder.counters.bad_frames > 0
        assert decoder.counters.dropped_bytes > 0


def test_a_packet_that_lost_its_end_costs_only_itself() -> None:
    packet = to_bytes(GOLDEN_VALUES)
    for length in range(1, len(packet)):
        decoder = Decoder()
        assert decoder.feed(packet[:length] + STREAM) == REPLIES
        assert decoder.counters.dropped_bytes == length


@pytest.mark.parametrize(
    "noise", [b"\x02\xff", b"\x03\x01\xf4", b"\x02", b"\x03", b"\x00\xff\x02\x02\x02\x03\x03", b"x"]
)
def test_noise_does_not_hold_up_the_packet_behind_it(noise: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(noise + STREAM) == REPLIES
    assert decoder.counters.bad_frames == 1
    assert decoder.counters.dropped_bytes == len(noise)


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([STREAM, b"\x02", b"\x03"])), max_size=12))
def test_survives_anything(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
    decoder.feed(bytes(1024))
    assert decoder.feed(STREAM) == REPLIES


@given(
    st.builds(
        Values,
        controller_id=st.integers(0, 255),
        mosfet_c=st.integers(-32768, 32767).map(lambda tenths: tenths / 10),
        motor_c=st.integers(-32768, 32767).map(lambda tenths: tenths / 10),
        motor_current_a=st.integers(-(2**31), 2**31 - 1).map(lambda hundredths: hundredths / 100),
        input_current_a=st.integers(-(2**31), 2**31 - 1).map(lambda hundredths: hundredths / 100),
        erpm=st.integers(-(2**31), 2**31 - 1),
        voltage_v=st.integers(0, 32767).map(lambda tenths: tenths / 10),
        amp_hours=st.integers(0, 2**31 - 1).map(lambda parts: parts / 10000),
        tachometer=st.integers(-(2**31), 2**31 - 1),
        tachometer_abs=st.integers(-(2**31), 2**31 - 1),
        fault=st.integers(0, 255),
        has_timed_out=st.booleans(),
        is_killed=st.booleans(),
        directional_current_a=st.integers(-(2**31), 2**31 - 1).map(lambda hundredths: hundredths / 100),
        duty=st.integers(-1000, 1000).map(lambda thousandths: thousandths / 1000),
        amp_hours_charged=st.integers(0, 2**31 - 1).map(lambda parts: parts / 10000),
        watt_hours=st.integers(0, 2**31 - 1).map(lambda parts: parts / 10000),
        watt_hours_charged=st.integers(0, 2**31 - 1).map(lambda parts: parts / 10000),
        angle_deg=st.integers(0, 359_999_999).map(lambda millionths: millionths / 1_000_000),
    )
)
def test_values_come_back_as_they_were(values: Values) -> None:
    assert Decoder().feed(to_bytes(reply_payload(values))) == [values]


def test_every_fault_has_words() -> None:
    assert faults(0, 0) == ()
    for number in range(1, 30):
        (fault,) = faults(1, number)
        assert "motor 1" in fault.text
        assert not fault.code.startswith("fault_")
    assert faults(0, 99)[0].code == "fault_99"
