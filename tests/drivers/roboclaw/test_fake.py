"""The fake, spoken to as Basicmicro's libraries do: bytes that roboclaw_3.py and basicmicro 2.0.10 send and expect."""

from __future__ import annotations

import struct
from binascii import crc_hqx

import pytest

from carebot.drivers.roboclaw.fake import FakeRoboClaw
from carebot.drivers.roboclaw.settings import RoboClawSettings

OLD, NEW = "USB Roboclaw 2x15a v4.1.34", "USB Roboclaw 2x15a v4.3.6"
NOT_ANSWERED = b""
TAKEN = b"\xff"
KEY = 0xE22EAB7A


class Host:
    """Says one thing at a time, with time between; the fake's clock starts at 50 s."""

    def __init__(self, version: str = OLD) -> None:
        self.claw = FakeRoboClaw(RoboClawSettings(port="virtual"))
        self.claw.version = version
        self._now_s = 50.0
        self.claw.feed(b"", self._now_s)

    def say(self, data: bytes) -> bytes:
        self.wait(0.02)
        return self.claw.feed(data, self._now_s)

    def write(self, number: int, layout: str = ">", *values: int) -> bytes:
        packet = bytes((0x80, number)) + struct.pack(layout, *values)
        return self.say(packet + crc_hqx(packet, 0).to_bytes(2, "big"))

    def ask(self, number: int, layout: str) -> tuple[int, ...]:
        """The answer, which has to be of this layout to the byte, with its checksum right."""
        answer = self.say(bytes((0x80, number)))
        assert crc_hqx(bytes((0x80, number)) + answer, 0) == 0
        return struct.unpack(layout, answer[:-2])

    def wait(self, duration_s: float) -> None:
        for _ in range(round(duration_s / 0.01)):
            self._now_s += 0.01
            self.claw.feed(b"", self._now_s)

    def restart(self) -> None:
        self.claw.reboot(self._now_s)
        self.wait(0.2)

    def speeds(self) -> list[int]:
        return list(self.ask(79, ">ii"))

    def positions(self) -> list[int]:
        return list(self.ask(78, ">ii"))


@pytest.fixture
def host() -> Host:
    return Host()


# --- bytes of the vendor's library ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "said", "answer"),
    [
        # What basicmicro 2.0.10 put on the wire, and what it reads in the answer.
        (OLD, "80 19", "00 32"),  # ReadLogicBatteryVoltage: 5.0 V
        (OLD, "80 2f", "80 80"),  # ReadBuffers: both idle
        (OLD, "80 30", "00 00 00 00"),  # ReadPWMs
        (OLD, "80 37", "00 01 00 00 00 00 80 00 00 00 00 00 00 00 ab e0"),  # ReadM1VelocityPID: 1, 0.5, 0, 44000
        (NEW, "80 64", "00 f6 00 32"),  # GetVolts
    ],
)
def test_answers_what_the_vendors_library_asks(version: str, said: str, answer: str) -> None:
    question, content = bytes.fromhex(said), bytes.fromhex(answer)
    signed = content + crc_hqx(question + content, 0).to_bytes(2, "big")
    assert Host(version).say(question) == signed


def test_takes_slow_duties_as_the_vendors_library_sends_them(host: Host) -> None:
    assert host.say(bytes.fromhex("80 34 00 64 00 00 00 05 a5 b5")) == TAKEN  # DutyAccelM1(5, 100)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_keeps_gains_and_counters(host: Host) -> None:
    assert host.write(28, ">IIII", 3, 1, 2, 30000) == TAKEN  # differential first, as the manual has it
    assert host.ask(55, ">IIII") == (1, 2, 3, 30000)
    assert host.write(22, ">I", 1234) == TAKEN
    assert host.ask(16, ">IB") == (1234, 0)


@pytest.mark.parametrize(
    ("write", "layout", "read", "values", "answer"),
    [
        (57, ">HH", 59, (110, 140), (110, 140)),
        (57, ">HHB", 59, (110, 140, 1), (110, 140)),
        (2, ">B", 59, (25,), (110, 340)),  # (11 V - 6 V) × 5
        (3, ">B", 59, (123,), (60, 240)),  # 24 V × 5.12
        (26, ">B", 60, (10,), (80, 60)),
        (27, ">B", 60, (62,), (45, 121)),
        (61, ">IIIIIii", 63, (3, 1, 2, 4, 5, -600, 600), (1, 2, 3, 4, 5, -600, 600)),
        (62, ">IIIIIii", 64, (3, 1, 2, 4, 5, -600, 600), (1, 2, 3, 4, 5, -600, 600)),
        (68, ">I", 81, (1000,), (1000, 655359)),
        (68, ">II", 81, (1000, 2000), (1000, 655359)),
        (69, ">I", 81, (1000,), (655359, 1000)),
        (69, ">II", 81, (1000, 2000), (655359, 1000)),
        (70, ">H", 72, (9000,), (9000, 32767)),
        (71, ">H", 72, (9000,), (32767, 9000)),
        (74, ">BBB", 75, (1, 0x81, 4), (1, 0x81, 4)),
        (74, ">BBBBB", 75, (1, 0x81, 4, 0, 0), (1, 0x81, 4)),
        (76, ">BB", 77, (30, 40), (30, 40)),
        (76, ">BBHHHHHBBHHHHH", 77, (30, 40, 1, 2, 3, 4, 5, 31, 41, 6, 7, 8, 9, 10), (30, 40)),
        (109, ">II", 110, (70000, 3), (70000, 3)),
        (109, ">HH", 110, (700, 3), (700, 3)),
        (112, ">II", 113, (70000, 3), (70000, 3)),
        (112, ">HH", 113, (700, 3), (700, 3)),
        (115, ">bb", 116, (-10, 10), (-10, 10)),
        (117, ">HH", 118, (100, 6554), (100, 6554)),
        (148, ">B", 149, (1,), (1,)),
        (148, ">BB", 149, (1, 1), (1,)),
    ],
)
def test_firmware_of_the_manual_takes_both_lengths_and_answers_as_the_manual_says(
    host: Host, write: int, layout: str, read: int, values: tuple[int, ...], answer: tuple[int, ...]
) -> None:
    form = {59: ">HH", 60: ">HH", 63: ">IIIIIii", 64: ">IIIIIii", 72: ">HH", 75: ">BBB", 77: ">BB", 81: ">II"}
    form |= {110: ">II", 113: ">II", 116: ">bb", 118: ">HH", 149: ">B"}
    assert host.write(write, layout, *values) == TAKEN
    assert host.ask(read, form[read]) == answer


@pytest.mark.parametrize(
    ("write", "layout", "read", "form", "values", "answer"),
    [
        (57, ">HHB", 59, ">HHB", (110, 140, 1), (110, 140, 1)),
        (68, ">II", 81, ">IIII", (1000, 2000), (1000, 2000, 655359, 655359)),
        (69, ">II", 81, ">IIII", (1000, 2000), (655359, 655359, 1000, 2000)),
        (74, ">BBBBB", 75, ">BBBBB", (1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        (76, ">BBHHHHHBBHHHHH", 77, ">BBHHHHHBBHHHHH", tuple(range(14)), tuple(range(14))),
        (109, ">HH", 110, ">HH", (700, 3), (700, 3)),
        (109, ">II", 110, ">HH", (70000, 3), (0xFFFF, 3)),
        (112, ">HH", 113, ">HH", (700, 3), (700, 3)),
        (148, ">BB", 149, ">BB", (1, 0), (1, 0)),
    ],
)
def test_new_firmware_answers_as_the_vendors_new_library_reads(
    write: int, layout: str, read: int, form: str, values: tuple[int, ...], answer: tuple[int, ...]
) -> None:
    host = Host(NEW)
    assert host.write(write, layout, *values) == TAKEN
    assert host.ask(read, form) == answer


@pytest.mark.parametrize(("version", "layout"), [(OLD, ">ii"), (NEW, ">hh")])
@pytest.mark.parametrize("number", [111, 114])
def test_tells_errors_in_the_firmwares_length(version: str, layout: str, number: int) -> None:
    assert Host(version).ask(number, layout) == (0, 0)


@pytest.mark.parametrize("number", [*range(14), 26, 27])
def test_new_firmware_has_forgotten_the_commands_of_one_byte(number: int) -> None:
    assert Host(OLD).write(number, ">B", 70) == TAKEN
    assert Host(NEW).write(number, ">B", 70) == NOT_ANSWERED


@pytest.mark.parametrize("number", [100, 101])
def test_old_firmware_does_not_tell_volts_and_temperatures_in_one(number: int) -> None:
    assert Host(OLD).say(bytes((0x80, number))) == NOT_ANSWERED


def test_a_damaged_packet_of_either_length_is_not_taken(host: Host) -> None:
    short, long = struct.pack(">BBI", 0x80, 68, 1000), struct.pack(">BBII", 0x80, 68, 1000, 2000)
    for packet in (short, long):
        signed = bytearray(packet + crc_hqx(packet, 0).to_bytes(2, "big"))
        signed[4] ^= 1
        assert host.say(bytes(signed)) == NOT_ANSWERED
    assert host.ask(81, ">II") == (655359, 655359)


def test_a_packet_may_come_byte_by_byte(host: Host) -> None:
    packet = struct.pack(">BBII", 0x80, 68, 1000, 2000)
    signed = packet + crc_hqx(packet, 0).to_bytes(2, "big")
    assert b"".join(host.claw.feed(bytes((byte,)), 50.1) for byte in signed) == TAKEN


@pytest.mark.parametrize(("layout", "key"), [(">", ()), (">I", (KEY,))])
def test_goes_back_to_how_it_left_the_factory(host: Host, layout: str, key: tuple[int, ...]) -> None:
    host.write(70, ">H", 5)
    assert host.write(80, layout, *key) == TAKEN
    assert host.ask(72, ">HH") == (32767, 32767)


def test_only_settings_that_were_written_to_memory_outlive_a_restart(host: Host) -> None:
    host.write(70, ">H", 5)
    assert host.write(94, ">I", KEY) == TAKEN
    host.write(71, ">H", 6)
    host.restart()
    assert host.ask(72, ">HH") == (5, 32767)
    host.write(70, ">H", 7)
    assert host.write(95) == TAKEN
    assert host.ask(72, ">HH") == (5, 32767)


# --- mixed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drive", "turn", "shares"),
    [
        ((8, 127), (10, 0), (1.0, 1.0)),
        ((9, 127), (10, 0), (-1.0, -1.0)),
        ((8, 0), (10, 127), (1.0, -1.0)),  # M1 is on the left
        ((8, 0), (11, 127), (-1.0, 1.0)),
        ((8, 127), (10, 64), (1.0, 0.5)),
        ((8, 127), (11, 64), (0.5, 1.0)),
        ((9, 127), (10, 64), (-0.5, -1.0)),
        ((9, 127), (11, 64), (-1.0, -0.5)),
        ((8, 64), (10, 127), (1.0, -0.5)),
        ((12, 127), (13, 64), (1.0, 1.0)),
        ((12, 0), (13, 64), (-1.0, -1.0)),
        ((12, 64), (13, 127), (1.0, -1.0)),
        ((12, 64), (13, 64), (0.0, 0.0)),
    ],
)
def test_mixes_drive_and_turn(
    host: Host, drive: tuple[int, int], turn: tuple[int, int], shares: tuple[float, float]
) -> None:
    assert host.write(drive[0], ">B", drive[1]) == TAKEN
    assert host.write(turn[0], ">B", turn[1]) == TAKEN
    host.wait(0.8)
    full = 25.0 * RoboClawSettings(port="virtual").counts_per_rad
    assert host.speeds() == pytest.approx([share * full for share in shares], abs=0.03 * full)


def test_nothing_moves_before_drive_and_turn_were_told(host: Host) -> None:
    host.write(8, ">B", 127)
    host.wait(0.3)
    assert host.speeds() == [0, 0]
    host.write(10, ">B", 0)
    host.wait(0.3)
    assert min(host.speeds()) > 3000


def test_after_a_stop_by_time_out_one_of_both_does_not_move_it(host: Host) -> None:
    host.write(14, ">B", 2)
    host.write(8, ">B", 127)
    host.write(10, ">B", 0)
    host.wait(0.5)
    assert host.speeds() == [0, 0]
    host.write(10, ">B", 0)
    host.wait(0.1)
    assert host.speeds() == [0, 0]


# --- distances --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "layout", "values", "moved"),
    [
        (41, ">iIB", (2000, 3000, 1), (4000, 0)),  # 3000, and 1000 while it slows down within a second
        (42, ">iIB", (-2000, 3000, 1), (0, -4000)),
        (43, ">iIiIB", (2000, 3000, -2000, 1000, 1), (4000, -2000)),
        (44, ">IiIB", (2000, 2000, 3000, 1), (4000, 0)),
        (45, ">IiIB", (4000, 2000, 3000, 1), (0, 3500)),
        (46, ">IiIiIB", (4000, 2000, 3000, -2000, 3000, 1), (3500, -3500)),
        (51, ">IiIIiIB", (4000, 2000, 3000, 2000, -2000, 3000, 1), (3500, -4000)),
    ],
)
def test_runs_for_a_distance_then_slows_down(
    host: Host, number: int, layout: str, values: tuple[int, ...], moved: tuple[int, int]
) -> None:
    assert host.write(number, layout, *values) == TAKEN
    assert 0 in host.ask(47, ">BB")
    host.wait(4.0)
    assert host.ask(47, ">BB") == (0x80, 0x80)
    assert host.speeds() == pytest.approx([0, 0], abs=2)
    assert host.positions() == pytest.approx(moved, abs=60)


def test_moves_wait_in_the_buffer_and_a_flag_clears_it(host: Host) -> None:
    """A chain as in the vendor's example of speed and distance: there, back, and an end at speed zero."""
    host.write(41, ">iIB", 2000, 2000, 1)
    host.write(41, ">iIB", -2000, 2000, 0)
    host.write(41, ">iIB", 0, 48000, 0)
    assert host.ask(47, ">BB") == (2, 0x80)
    host.wait(0.6)
    assert host.positions()[0] > 1000
    host.wait(0.7)
    assert host.ask(47, ">BB") == (1, 0x80)
    assert host.speeds()[0] < -1900
    host.wait(1.0)
    assert host.ask(47, ">BB") == (0x80, 0x80)
    assert host.speeds()[0] == pytest.approx(0, abs=2)
    host.write(41, ">iIB", 2000, 20000, 0)
    host.write(41, ">iIB", 2000, 20000, 0)
    host.write(41, ">iIB", -2000, 20000, 1)
    assert host.ask(47, ">BB") == (0, 0x80)
    host.wait(0.3)
    assert host.speeds()[0] < -1900


def test_a_speed_clears_the_buffer(host: Host) -> None:
    host.write(41, ">iIB", 2000, 20000, 0)
    host.write(35, ">i", -1000)
    host.wait(0.3)
    assert host.ask(47, ">BB") == (0x80, 0x80)
    assert host.speeds()[0] == pytest.approx(-1000, abs=10)


def test_the_buffer_holds_64_moves(host: Host) -> None:
    for _ in range(70):
        host.write(41, ">iIB", 10, 20000, 0)
    assert host.ask(47, ">BB") == (63, 0x80)


# --- positions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "layout", "values", "reached"),
    [
        (65, ">IIIiB", (4000, 2000, 4000, 1500, 1), (1500, 0)),
        (66, ">IIIiB", (4000, 2000, 4000, -1500, 1), (0, -1500)),
        (67, ">IIIiIIIiB", (4000, 2000, 4000, 1500, 4000, 2000, 4000, -900, 1), (1500, -900)),
        (65, ">IIIiB", (0, 0, 0, 25, 1), (25, 0)),  # all zeros is no limit
        (119, ">iB", (1500, 1), (1500, 0)),
        (120, ">iB", (-1500, 1), (0, -1500)),
        (121, ">iiB", (1500, -900, 1), (1500, -900)),
        (122, ">IiB", (2000, 1500, 1), (1500, 0)),
        (123, ">IiB", (2000, -1500, 1), (0, -1500)),
        (124, ">IiIiB", (2000, 1500, 1000, -900, 1), (1500, -900)),
    ],
)
def test_goes_to_a_position_and_holds_it(
    host: Host, number: int, layout: str, values: tuple[int, ...], reached: tuple[int, int]
) -> None:
    assert host.write(number, layout, *values) == TAKEN
    assert 0 in host.ask(47, ">BB")
    assert any(host.ask(114, ">ii"))
    host.wait(2.5)
    assert host.ask(47, ">BB") == (0x80, 0x80)
    assert host.positions() == pytest.approx(reached, abs=4)
    assert host.ask(114, ">ii") == pytest.approx((0, 0), abs=4)
    host.claw.motors[0].position_rad += 0.5  # somebody turns the wheel
    host.wait(1.5)
    assert host.positions()[1] == pytest.approx(reached[1], abs=4)
    assert host.positions()[0] == pytest.approx(reached[0] if reached[0] else 153, abs=4)


def test_goes_no_faster_than_said(host: Host) -> None:
    host.write(65, ">IIIiB", 20000, 2000, 20000, 4000, 1)
    host.wait(1.0)
    assert host.speeds()[0] == pytest.approx(2000, abs=20)


def test_the_default_speed_holds_for_positions(host: Host) -> None:
    host.write(70, ">H", 1489)  # of 32767, at 44000 counts/s
    host.write(119, ">iB", 4000, 1)
    host.wait(1.0)
    assert host.speeds()[0] == pytest.approx(2000, abs=20)


@pytest.mark.parametrize(
    ("number", "layout", "shares", "reached"),
    [
        (125, ">hB", (32767,), (1000, 0)),
        (125, ">hB", (-32767,), (-600, 0)),
        (126, ">hB", (0,), (0, 200)),
        (127, ">hhB", (32767, -32767), (1000, -600)),
    ],
)
def test_goes_to_a_share_of_its_range(
    host: Host, number: int, layout: str, shares: tuple[int, ...], reached: tuple[int, int]
) -> None:
    for command in (61, 62):
        host.write(command, ">IIIIIii", 0, 1024, 0, 0, 0, -600, 1000)
    assert host.write(number, layout, *shares, 1) == TAKEN
    host.wait(2.0)
    assert host.positions() == pytest.approx(reached, abs=4)


# --- what ends a move -------------------------------------------------------------------------------------------------

MOVES = [(35, ">i", (2000,)), (41, ">iIB", (2000, 90000, 1)), (65, ">IIIiB", (9000, 2000, 9000, 90000, 1))]


@pytest.mark.parametrize(("number", "layout", "values"), MOVES)
def test_silence_ends_every_move_for_good(host: Host, number: int, layout: str, values: tuple[int, ...]) -> None:
    host.write(14, ">B", 2)
    host.write(number, layout, *values)
    host.wait(0.15)
    assert host.speeds()[0] > 500
    host.wait(0.5)
    for _ in range(20):  # now it is spoken to again
        host.wait(0.05)
        assert host.speeds()[0] == pytest.approx(0, abs=2)
    assert host.ask(47, ">BB") == (0x80, 0x80)


@pytest.mark.parametrize(("number", "layout", "values"), MOVES)
def test_a_pressed_emergency_stop_ends_every_move_and_begins_none(
    host: Host, number: int, layout: str, values: tuple[int, ...]
) -> None:
    host.write(number, layout, *values)
    host.wait(0.3)
    host.claw.estop = True
    assert host.write(number, layout, *values) == TAKEN
    host.wait(0.5)
    host.claw.estop = False
    host.wait(0.5)
    assert host.speeds()[0] == pytest.approx(0, abs=2)


@pytest.mark.parametrize(("number", "layout", "values"), MOVES)
def test_a_restart_ends_every_move(host: Host, number: int, layout: str, values: tuple[int, ...]) -> None:
    host.write(number, layout, *values)
    host.wait(0.3)
    host.restart()
    host.wait(1.0)
    assert host.speeds()[0] == pytest.approx(0, abs=2)
