"""The fake as other hosts meet it: every question and every way to drive, byte by byte."""

from __future__ import annotations

import math
import struct

import pytest

from carebot.drivers.motor_model import MotorModel
from tests.drivers.vesc.host import GET_VALUES, Host, behind_can, fake, number

DUTY, CURRENT, BRAKE, RPM, POSITION, HANDBRAKE = 5, 6, 7, 8, 9, 10
REBOOT, ALIVE, PPM, SETUP, SELECTIVE, SETUP_SELECTIVE, PING = 29, 30, 31, 47, 50, 51, 62
FULL_SPEED_RAD_S = 24.6 / 0.6


@pytest.fixture
def host() -> Host:
    """One VESC at the port, whose speed control goes down to zero."""
    return Host(fake(can_ids=(None,), slowest_erpm=0))


def speed(host: Host, motor: int = 0) -> float:
    return host.vesc.motors[motor].speed_rad_s


# --- driving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", [1, -1])
def test_a_current_drives_with_its_torque(host: Host, direction: int) -> None:
    host.hold(number(CURRENT, direction * 1000), 0.1)
    assert speed(host) == pytest.approx(direction * 0.6 * 0.1 / 0.02, rel=0.1)
    reading = host.values()
    assert reading.motor_a == pytest.approx(1.0, abs=0.01)  # positive: it draws, whichever way it turns
    assert reading.q_axis_a == pytest.approx(direction * 1.0, abs=0.01)
    assert math.copysign(1, reading.duty) == direction


def test_no_current_lets_the_motor_roll(host: Host) -> None:
    host.hold(number(RPM, 1500), 0.5)
    before = speed(host)
    host.hold(number(CURRENT, 0), 0.2)
    assert 0.7 * before < speed(host) < 0.9 * before
    assert host.values().motor_a == 0.0


def test_a_current_cannot_drive_faster_than_the_battery(host: Host) -> None:
    host.hold(number(CURRENT, 10_000), 3.0)
    assert 0.9 * FULL_SPEED_RAD_S < speed(host) < FULL_SPEED_RAD_S
    assert host.values().duty == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("kind", [BRAKE, HANDBRAKE])
@pytest.mark.parametrize("sign", [1, -1])
def test_brakes_take_as_much_current_as_they_are_given(host: Host, kind: int, sign: int) -> None:
    host.hold(number(RPM, 1500), 0.5)
    before = speed(host)
    host.say(number(kind, sign * 1000), seconds=0.1)
    assert before - speed(host) == pytest.approx(0.1 * (0.6 * 1.0 + 0.02 * before) / 0.02, rel=0.1)
    host.hold(number(kind, sign * 1000), 1.0)
    assert speed(host) == pytest.approx(0.0, abs=0.01)


def test_a_brake_without_current_lets_go(host: Host) -> None:
    host.hold(number(RPM, 1500), 0.5)
    host.say(number(BRAKE, 40), seconds=0.1)
    assert speed(host) > 8.0


def test_a_braking_motor_gives_current_back(host: Host) -> None:
    host.hold(number(RPM, 3000), 1.0)
    host.say(number(BRAKE, 1000), seconds=0.01)
    reading = host.values()
    assert reading.motor_a == pytest.approx(-1.0, abs=0.01)
    assert reading.input_a == pytest.approx(-reading.duty, abs=0.01)


@pytest.mark.parametrize("angle_deg", [90.0, 200.0, 350.0])
def test_a_position_is_gone_to_the_short_way_and_held(angle_deg: float) -> None:
    host = Host(fake(can_ids=(None,), gear_ratio=5.0))
    host.hold(number(POSITION, round(angle_deg * 1e6)), 2.0)
    short_deg = angle_deg if angle_deg <= 180 else angle_deg - 360
    assert host.vesc.motors[0].position_rad * 5.0 == pytest.approx(math.radians(short_deg), abs=0.02)
    assert host.values().angle_deg == pytest.approx(angle_deg, abs=1.0)


def test_a_duty_is_a_part_of_the_batterys_voltage() -> None:
    vesc = fake(can_ids=(None,))
    for tick in range(100):
        vesc.feed(bytes.fromhex("02 05 05 00 00 61 a8 2f ae 03"), tick * 0.02)  # a quarter, as pyvesc sends it
    assert vesc.motors[0].speed_rad_s == pytest.approx(FULL_SPEED_RAD_S / 4, rel=0.05)
    for tick in range(100, 500):
        vesc.feed(b"", tick * 0.02)  # the watchdog of a new VESC: one second, and it lets go
    assert vesc.motors[0].speed_rad_s < 1.0


def test_values_tell_the_duty_and_what_the_battery_gives(host: Host) -> None:
    host.hold(number(DUTY, 25_000), 1.5)
    reading = host.values()
    assert reading.duty == 0.25
    assert reading.motor_a > 0.2
    assert reading.input_a == pytest.approx(reading.motor_a * 0.25, abs=0.01)
    assert reading.fields[9] > 0  # ampere hours


@pytest.mark.parametrize(
    "payload",
    [
        number(DUTY, 10_000),
        number(CURRENT, 100),
        number(BRAKE, 1000),
        number(RPM, 500),
        number(POSITION, 0),
        number(HANDBRAKE, 1000),
        bytes((ALIVE,)),
    ],
)
def test_whatever_drives_feeds_the_watchdog(host: Host, payload: bytes) -> None:
    host.say(seconds=1.1)
    assert host.values().fields[-1] == 1
    host.say(payload)
    assert host.values().fields[-1] == 0


def test_questions_do_not_feed_the_watchdog(host: Host) -> None:
    host.hold(GET_VALUES, 1.1)
    assert host.values().fields[-1] == 1


def test_below_the_minimum_erpm_a_running_motor_is_braked_and_another_gets_no_power() -> None:
    host = Host(fake(can_ids=(None,)))  # as it leaves the factory: 900
    host.vesc.motors[0].speed_rad_s = 5.0
    host.hold(number(RPM, 899), 0.1)
    assert speed(host) == pytest.approx(5.0, rel=0.15)
    host.hold(number(RPM, 900), 1.0)
    assert speed(host) == pytest.approx(900 / 143.24, rel=0.02)
    host.hold(number(RPM, 899), 0.5)
    assert speed(host) == pytest.approx(0.0, abs=0.05)


def test_it_moves_whichever_motor_a_simulation_puts_in(host: Host) -> None:
    other = MotorModel()
    host.vesc.motors[:] = [other]
    for payload in (number(RPM, 1000), number(DUTY, 20_000), number(CURRENT, 2000)):
        host.hold(payload, 0.3)
        assert other.speed_rad_s > 5.0
        assert host.values().erpm > 700
        host.hold(number(BRAKE, 5000), 0.5)


# --- questions --------------------------------------------------------------------------------------------------------


def test_tells_its_version_up_to_the_firmwares_name(host: Host) -> None:
    assert host.say(b"\0") == [b"\x00\x06\x0560_MK6\x00" + b"carebot\x00fake" + bytes((0, 0, 0, 0, 1, 0, 0, 0, 0))]


def test_its_application_settings_are_those_of_the_version_it_tells(host: Host) -> None:
    (answer,) = host.say(b"\x11")
    assert int.from_bytes(answer[1:5], "big") == 2099347128


@pytest.mark.parametrize("mask", [1 << 7 | 1 << 8, 1 << 15 | 1 << 17 | 1 << 21, 0, 1 << 31])
def test_values_come_as_selected(host: Host, mask: int) -> None:
    host.hold(number(RPM, 1500), 0.5)
    values, selected = host.say(GET_VALUES, struct.pack(">BI", SELECTIVE, mask))
    starts = [0, 2, 4, 8, 12, 16, 20, 22, 26, 28, 32, 36, 40, 44, 48, 52, 53, 57, 58, 64, 68, 72, 73]
    whole = values[1:]
    expected = b"".join(whole[starts[bit] : starts[bit + 1]] for bit in range(22) if mask >> bit & 1)
    assert selected == struct.pack(">BI", SELECTIVE, mask) + expected


def test_values_of_the_whole_setup_sum_up_the_currents() -> None:
    host = Host(fake(can_ids=(None, 3), slowest_erpm=0))
    for _ in range(20):
        host.say(number(CURRENT, 1000), behind_can(3, number(CURRENT, 1500)))
    values, answer = host.say(GET_VALUES, bytes((SETUP,)))
    fields = struct.unpack(">BhhiihiihhiiiiiiiBBBiII", answer)
    assert fields[0] == SETUP
    assert fields[3] / 100 == pytest.approx(2.5, abs=0.05)
    assert fields[6] == int.from_bytes(values[23:27], "big")
    assert fields[7] / 1000 == pytest.approx(fields[6] / 143.24 * 0.0415, rel=0.01)
    assert fields[8] == 246
    assert fields[17:20] == (0, 0, 2)  # no fault, its own id, how many there are
    assert fields[14] / 1000 == pytest.approx(host.vesc.motors[0].position_rad * 0.0415, rel=0.1)
    assert fields[22] == pytest.approx(1000, abs=150)  # milliseconds since it started


def test_values_of_the_setup_come_as_selected(host: Host) -> None:
    mask = 1 << 7 | 1 << 17 | 1 << 18
    (answer,) = host.say(struct.pack(">BI", SETUP_SELECTIVE, mask))
    assert answer == struct.pack(">BIhBB", SETUP_SELECTIVE, mask, 246, 0, 1)


def test_its_servo_input_hears_nothing(host: Host) -> None:
    assert host.say(bytes((PPM,))) == [bytes((PPM,)) + bytes(8)]


def test_a_ping_finds_the_others_and_takes_its_time() -> None:
    host = Host(fake(can_ids=(None, 7, 3)))
    assert host.say(bytes((PING,)), seconds=1.0) == []
    assert host.say(bytes((PING,)), seconds=1.4) == []  # it is still at it
    assert host.say(seconds=2.0) == [bytes((PING, 3, 7))]
    assert host.say(behind_can(7, bytes((PING,))), seconds=2.8) == [bytes((PING, 0, 3))]


def test_nobody_answers_for_an_id_that_is_not_there(host: Host) -> None:
    assert host.say(behind_can(9, GET_VALUES), seconds=0.5) == []


def test_everybody_on_can_obeys_what_is_for_all() -> None:
    host = Host(fake(can_ids=(None, 1, 2), slowest_erpm=0))
    host.hold(behind_can(255, number(RPM, 1000)), 0.5)
    assert [round(speed(host, motor)) for motor in range(3)] == [0, 7, 7]


# --- restarts ---------------------------------------------------------------------------------------------------------


def test_a_reboot_is_silent_and_forgets_the_command() -> None:
    host = Host(fake(can_ids=(None, 1), slowest_erpm=0))
    for _ in range(10):
        host.say(number(RPM, 1000), behind_can(1, number(RPM, 1000)))
    assert host.say(bytes((REBOOT,)), GET_VALUES, behind_can(1, GET_VALUES), seconds=0.3) == []
    assert speed(host, 0) < 0.85 * speed(host, 1)  # one rolls, the other still drives
    host.say(seconds=0.3)
    reading = host.values()
    assert reading.fields[13] < 20  # the tachometer
    assert host.vesc.motors[0].current_a == 0.0


def test_one_behind_can_reboots_alone() -> None:
    host = Host(fake(can_ids=(None, 1)))
    assert host.say(behind_can(1, bytes((REBOOT,))), GET_VALUES, behind_can(1, GET_VALUES), seconds=0.3)[0][0] == 4
    assert host.say(behind_can(1, GET_VALUES), seconds=0.1) == []
    host.say(seconds=0.3)
    assert len(host.say(behind_can(1, GET_VALUES))) == 1


# --- the CAN bus ------------------------------------------------------------------------------------------------------


def test_answers_that_meet_on_can_damage_each_other() -> None:
    host = Host(fake(can_ids=(None, 1, 2, 3)))
    questions = [behind_can(can_id, GET_VALUES) for can_id in (1, 2, 3)]
    together = host.say(GET_VALUES, *questions)
    assert [answer[58] for answer in together[:1]] == [0]  # the one at the port is not concerned
    assert len(together) < 4
    alone = [answer for question in questions for answer in host.say(question, seconds=0.01)]
    assert [answer[58] for answer in alone] == [1, 2, 3]


def test_short_answers_fit_into_one_frame_and_never_meet() -> None:
    host = Host(fake(can_ids=(None, 1, 2)))
    nothing = struct.pack(">BI", SELECTIVE, 0)
    assert host.say(behind_can(1, nothing), behind_can(2, nothing)) == [nothing, nothing]


def test_long_settings_come_whole_over_can() -> None:
    host = Host(fake(can_ids=(None, 1)))
    (answer,) = host.say(behind_can(1, b"\x11"))
    assert answer == b"\x11" + host.vesc.units[1].app_conf.content
