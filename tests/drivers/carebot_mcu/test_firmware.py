"""The firmware's C code, compiled for this computer and run in virtual time, millisecond by millisecond."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carebot.drivers.carebot_mcu.framing import Frame, to_bytes
from carebot.drivers.carebot_mcu.protocol import (
    Arm,
    Command,
    Done,
    Flag,
    GetParameter,
    Hello,
    Kind,
    Parameter,
    ParameterValue,
    Reason,
    Refused,
    Report,
    SetParameter,
    SetSpeeds,
    Stop,
    Trouble,
    Welcome,
    encode,
)
from carebot.errors import DeviceError, DeviceLostError
from tests.drivers.carebot_mcu.firmware_on_host import (
    ACCELERATION,
    COUNTERS,
    ESTOP,
    HELD,
    HELD_SPEED,
    VOLTAGE_MV,
    FirmwareOnHost,
)
from tests.drivers.carebot_mcu.test_protocol import GOLDEN_COMMANDS
from tests.drivers.rig import Rig

SPEEDS = (1500.0, -800.0)


def arm(firmware: FirmwareOnHost, watchdog_s: float = 0.2) -> None:
    firmware.say(encode(Hello(), 1))
    assert firmware.say(encode(Arm(watchdog_s), 2)) == [Done(Kind.ARM, 2)]


def drive(firmware: FirmwareOnHost, speeds: tuple[float, float], steps: int, start: int = 10) -> None:
    """Command anew every 20 ms."""
    for step in range(steps):
        assert firmware.say(encode(SetSpeeds(speeds, 0.1), start + step)) == []
        firmware.pass_ms(20)


def is_standing(firmware: FirmwareOnHost) -> bool:
    before = firmware.report().motors
    firmware.pass_ms(100)
    return [motor.ticks for motor in before] == [motor.ticks for motor in firmware.report().motors]


# --- frames -----------------------------------------------------------------------------------------------------------


def test_the_crc_is_the_documented_one(firmware: FirmwareOnHost) -> None:
    assert firmware.crc16(b"123456789") == 0x29B1
    assert firmware.crc16(b"") == 0xFFFF


@pytest.mark.parametrize(("command", "sequence", "golden"), GOLDEN_COMMANDS)
def test_understands_the_golden_bytes(firmware: FirmwareOnHost, command: Command, sequence: int, golden: str) -> None:
    firmware.say(bytes.fromhex(golden))
    assert firmware.report().bad_frames == 0


def test_every_flipped_bit_is_counted_and_nothing_moves(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    good = encode(SetSpeeds(SPEEDS, 0.2), 9)
    for bit in range(8 * (len(good) - 1)):
        damaged = bytearray(good)
        damaged[bit // 8] ^= 1 << bit % 8
        assert firmware.say(bytes(damaged)) == []
    report = firmware.report()
    assert report.bad_frames >= 8 * (len(good) - 1)
    assert report.last_sequence == 0
    assert is_standing(firmware)


def test_every_split_point(firmware: FirmwareOnHost) -> None:
    data = encode(GetParameter(Parameter.WATCHDOG_MS), 3)
    firmware.say(encode(Hello(), 1))
    for cut in range(len(data)):
        assert firmware.say(data[:cut]) == []
        firmware.pass_ms(1)
        assert firmware.say(data[cut:]) == [ParameterValue(Parameter.WATCHDOG_MS, 200)]


@pytest.mark.parametrize("length", [65, 66, 67, 255, 256, 257, 1000])
def test_a_frame_that_is_too_long_is_dropped_and_the_next_one_found(firmware: FirmwareOnHost, length: int) -> None:
    assert firmware.say(b"\x02" * length + b"\0" + encode(Hello(), 1))[0] == Welcome(
        1, 2, (1, 1, 0), "host", "c0c1c2c3c4c5c6c7"
    )
    assert firmware.report().bad_frames == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80), st.binary(max_size=60).map(lambda b: to_bytes(Frame(b[0] if b else 1, 1, b[1:])))
        ),
        max_size=10,
    )
)
def test_no_bytes_move_a_board_that_was_not_armed(firmware: FirmwareOnHost, portions: list[bytes]) -> None:
    firmware.boot(0)
    for portion in portions:
        firmware.say(portion)
        if firmware.report().flags & Flag.ARMED:
            return  # hypothesis found the right words
        assert all(motor.ticks_per_s == 0 for motor in firmware.report().motors)
    firmware.say(b"\0")
    assert isinstance(firmware.say(encode(Hello(), 1))[0], Welcome)


# --- commands ---------------------------------------------------------------------------------------------------------


def test_boots_stopped_and_not_greeted(firmware: FirmwareOnHost) -> None:
    report = firmware.report()
    assert report.flags == 0
    assert [motor.ticks for motor in report.motors] == [0, 0]


@pytest.mark.parametrize("command", [Arm(0.2), SetSpeeds(SPEEDS, 0.1), GetParameter(1), SetParameter(1, 100)])
def test_refuses_everything_before_it_is_greeted(firmware: FirmwareOnHost, command: Command) -> None:
    (reply,) = firmware.say(encode(command, 5))
    assert reply == Refused(encode_kind(command), 5, Reason.NOT_GREETED)


def encode_kind(command: Command) -> int:
    return {
        Arm: Kind.ARM,
        SetSpeeds: Kind.SET_SPEEDS,
        GetParameter: Kind.GET_PARAMETER,
        SetParameter: Kind.SET_PARAMETER,
    }[type(command)]


def test_takes_a_stop_from_anybody(firmware: FirmwareOnHost) -> None:
    assert firmware.say(encode(Stop(3), 5)) == [Done(Kind.STOP, 5)]


def test_a_host_with_another_protocol_is_not_greeted(firmware: FirmwareOnHost) -> None:
    assert isinstance(firmware.say(encode(Hello(version=2), 1))[0], Welcome)
    assert firmware.say(encode(Arm(0.2), 2)) == [Refused(Kind.ARM, 2, Reason.NOT_GREETED)]


def test_refuses_speeds_before_it_is_armed(firmware: FirmwareOnHost) -> None:
    firmware.say(encode(Hello(), 1))
    assert firmware.say(encode(SetSpeeds(SPEEDS, 0.1), 2)) == [Refused(Kind.SET_SPEEDS, 2, Reason.NOT_ARMED)]


@pytest.mark.parametrize("watchdog_s", [0.019, 0.201, 1.0])
def test_refuses_a_watchdog_that_is_too_slow_or_too_quick(firmware: FirmwareOnHost, watchdog_s: float) -> None:
    firmware.say(encode(Hello(), 1))
    assert firmware.say(encode(Arm(watchdog_s), 2)) == [Refused(Kind.ARM, 2, Reason.BAD_VALUE)]


def test_refuses_speeds_that_outlive_the_watchdog(firmware: FirmwareOnHost) -> None:
    arm(firmware, 0.1)
    assert firmware.say(encode(SetSpeeds(SPEEDS, 0.101), 3)) == [Refused(Kind.SET_SPEEDS, 3, Reason.BAD_VALUE)]
    assert is_standing(firmware)


@pytest.mark.parametrize("speeds", [(1.0,), (1.0, 1.0, 1.0)])
def test_refuses_speeds_for_another_number_of_motors(firmware: FirmwareOnHost, speeds: tuple[float, ...]) -> None:
    arm(firmware)
    assert firmware.say(encode(SetSpeeds(speeds, 0.1), 3)) == [Refused(Kind.SET_SPEEDS, 3, Reason.BAD_LENGTH)]


def test_refuses_what_it_does_not_know(firmware: FirmwareOnHost) -> None:
    firmware.say(encode(Hello(), 1))
    assert firmware.say(to_bytes(Frame(0x40, 8, b"x"))) == [Refused(0x40, 8, Reason.UNKNOWN)]
    for parameter in (0, 12, 191, 198, 255):
        assert firmware.say(encode(GetParameter(parameter), 8)) == [Refused(Kind.GET_PARAMETER, 8, Reason.UNKNOWN)]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [(1, 19), (1, 201), (2, 9), (2, 1001), (3, 0), (4, -1), (7, 99), (8, -1), (9, 60001), (10, 16), (11, -1)],
)
def test_refuses_values_out_of_range_and_keeps_the_old(firmware: FirmwareOnHost, parameter: int, value: int) -> None:
    firmware.say(encode(Hello(), 1))
    (before,) = firmware.say(encode(GetParameter(parameter), 2))
    assert firmware.say(encode(SetParameter(parameter, value), 3)) == [Refused(Kind.SET_PARAMETER, 3, Reason.BAD_VALUE)]
    assert firmware.say(encode(GetParameter(parameter), 4)) == [before]


def test_parameters_last_until_the_next_boot(firmware: FirmwareOnHost) -> None:
    firmware.say(encode(Hello(), 1))
    assert firmware.say(encode(SetParameter(Parameter.ACCELERATION, 777), 2)) == [ParameterValue(3, 777)]
    firmware.boot(5)
    firmware.say(encode(Hello(), 1))
    assert firmware.say(encode(GetParameter(Parameter.ACCELERATION), 2)) == [ParameterValue(3, 20000)]


# --- motion -----------------------------------------------------------------------------------------------------------


def test_reaches_the_commanded_speeds_and_counts(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    drive(firmware, SPEEDS, 100)
    report = firmware.report()
    assert [motor.ticks_per_s for motor in report.motors] == pytest.approx(SPEEDS, abs=60)
    assert report.motors[0].ticks == pytest.approx(1500 * 2.0, rel=0.1)
    assert report.last_sequence == 109


def test_holds_speed_within_what_the_encoder_resolves(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    drive(firmware, (3000.0, 3000.0), 50)
    before = firmware.report()
    drive(firmware, (3000.0, 3000.0), 100, start=70)
    after = firmware.report()
    seconds = (after.stamp_ms - before.stamp_ms) / 1000
    assert (after.motors[0].ticks - before.motors[0].ticks) / seconds == pytest.approx(3000.0, rel=0.005)


@pytest.mark.parametrize("acceleration", [2000, 5000])
def test_accelerates_no_faster_than_allowed(firmware: FirmwareOnHost, acceleration: int) -> None:
    arm(firmware)
    firmware.say(encode(SetParameter(Parameter.ACCELERATION, acceleration), 3))
    speeds = []
    for step in range(30):
        firmware.say(encode(SetSpeeds((3000.0, 3000.0), 0.1), 10 + step))
        firmware.pass_ms(20)
        speeds.append(firmware.report().motors[0].ticks_per_s)
    assert max(after - before for before, after in zip(speeds[:-2], speeds[2:], strict=True)) < acceleration * 0.08 * 2
    reached_s = (
        next(index for index, speed in enumerate(speeds) if speed > 0.5 * 3000 * min(1, acceleration / 5000)) * 0.04
    )
    assert reached_s > 0.1


@pytest.mark.parametrize("watchdog_ms", [20, 100, 200])
def test_the_watchdog_stops_both_motors_on_the_millisecond(firmware: FirmwareOnHost, watchdog_ms: int) -> None:
    arm(firmware, watchdog_ms / 1000)
    for step in range(100):
        firmware.say(encode(SetSpeeds(SPEEDS, watchdog_ms / 1000), step))
        firmware.pass_ms(10)
    firmware.say(encode(SetParameter(Parameter.TELEMETRY_PERIOD_MS, 10), 1))
    firmware.say(encode(SetSpeeds(SPEEDS, watchdog_ms / 1000), 150))
    firmware.pass_ms(watchdog_ms - 1)
    moving = firmware.say(encode(GetParameter(1), 1))  # a question is no command: it must not feed the watchdog
    assert moving == [ParameterValue(1, watchdog_ms)]
    reports = [reply for reply in firmware.pass_ms(11) if isinstance(reply, Report)]
    assert reports[-1].flags & Flag.WATCHDOG_TRIPPED
    assert reports[-1].flags & Flag.ARMED
    firmware.pass_ms(150)
    assert is_standing(firmware)


@pytest.mark.parametrize("silence", [b"", encode(GetParameter(1), 5), b"\x55\0", encode(SetSpeeds(SPEEDS, 0.1), 99)])
def test_nothing_but_a_new_valid_command_feeds_the_watchdog(firmware: FirmwareOnHost, silence: bytes) -> None:
    arm(firmware)
    drive(firmware, SPEEDS, 20, start=80)  # its last sequence number is 99
    for _ in range(40):
        firmware.say(silence)
        firmware.pass_ms(10)
    assert firmware.report().flags & Flag.WATCHDOG_TRIPPED
    assert is_standing(firmware)


def test_a_zero_command_feeds_the_watchdog(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    drive(firmware, (0.0, 0.0), 50)
    assert not firmware.report().flags & Flag.WATCHDOG_TRIPPED


def test_zero_for_every_motor_brakes_at_once_whatever_the_acceleration(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    firmware.say(encode(SetParameter(Parameter.ACCELERATION, 20000), 3))
    drive(firmware, SPEEDS, 50)
    firmware.say(encode(SetParameter(Parameter.ACCELERATION, 1), 4))
    drive(firmware, (0.0, 0.0), 20, start=100)
    assert is_standing(firmware)
    drive(firmware, SPEEDS, 1, start=200)
    assert not firmware.report().flags & Flag.WATCHDOG_TRIPPED


def test_a_command_ends_with_its_validity(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    drive(firmware, SPEEDS, 50)
    firmware.say(encode(SetSpeeds(SPEEDS, 0.03), 200))
    firmware.pass_ms(30 + 80)
    report = firmware.report()
    assert not report.flags & Flag.WATCHDOG_TRIPPED
    assert is_standing(firmware)


def test_motion_goes_on_with_the_next_command_after_the_watchdog(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    drive(firmware, SPEEDS, 20)
    firmware.pass_ms(1000)
    assert is_standing(firmware)
    drive(firmware, SPEEDS, 50, start=100)
    assert firmware.report().motors[0].ticks_per_s == pytest.approx(SPEEDS[0], abs=60)


@pytest.mark.parametrize("booted_ms", [2**32 - 150, 2**32 - 1, 2**31 - 100])
def test_the_watchdog_works_where_the_clock_wraps(firmware: FirmwareOnHost, booted_ms: int) -> None:
    firmware.boot(booted_ms)
    arm(firmware)
    drive(firmware, SPEEDS, 5)
    assert not firmware.report().flags & Flag.WATCHDOG_TRIPPED
    firmware.pass_ms(400)
    assert firmware.report().flags & Flag.WATCHDOG_TRIPPED
    assert is_standing(firmware)
    firmware.pass_ms(2000)
    assert firmware.report().flags & Flag.WATCHDOG_TRIPPED


@pytest.mark.parametrize("command", [Stop(1), Stop(3), Hello()])
def test_a_stop_and_a_greeting_disarm_at_once(firmware: FirmwareOnHost, command: Command) -> None:
    arm(firmware)
    drive(firmware, SPEEDS, 50)
    firmware.say(encode(command, 250))
    assert not firmware.report().flags & Flag.ARMED
    firmware.pass_ms(100)
    assert is_standing(firmware)


def test_reversed_encoder_counts_the_other_way_and_reversed_motor_turns_the_other_way(firmware: FirmwareOnHost) -> None:
    firmware.say(encode(Hello(), 1))
    firmware.say(encode(SetParameter(Parameter.MOTOR_REVERSED, 0b11), 2))
    firmware.say(encode(SetParameter(Parameter.ENCODER_REVERSED, 0b11), 3))
    arm(firmware)
    drive(firmware, SPEEDS, 60)
    assert [motor.ticks_per_s for motor in firmware.report().motors] == pytest.approx(SPEEDS, abs=60)


def test_counters_wrap_without_a_jump_in_speed(firmware: FirmwareOnHost) -> None:
    firmware.set_plant(COUNTERS, 0)
    firmware.say(encode(Hello(), 1))
    firmware.set_plant(COUNTERS, 2**31 - 300)
    firmware.pass_ms(100)
    arm(firmware)
    drive(firmware, (2000.0, 2000.0), 60)
    assert firmware.report().motors[0].ticks_per_s == pytest.approx(2000, abs=60)


def test_a_loop_that_comes_round_late_is_reported(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    firmware.pass_ms(50)
    assert not firmware.report().faults & Trouble.LOOP_TOO_SLOW
    firmware.skip_ms(30)
    assert firmware.report().faults & Trouble.LOOP_TOO_SLOW


# --- what disarms -----------------------------------------------------------------------------------------------------


def test_the_emergency_stop_disarms_and_needs_a_new_arming(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    drive(firmware, SPEEDS, 50)
    firmware.set_plant(ESTOP, 1)
    firmware.pass_ms(1)
    assert firmware.say(encode(SetSpeeds(SPEEDS, 0.1), 200)) == [Refused(Kind.SET_SPEEDS, 200, Reason.NOT_ARMED)]
    assert firmware.say(encode(Arm(0.2), 201)) == [Refused(Kind.ARM, 201, Reason.ESTOP_PRESSED)]
    assert firmware.report().flags & Flag.ESTOP
    firmware.pass_ms(100)
    assert is_standing(firmware)
    firmware.set_plant(ESTOP, 0)
    firmware.pass_ms(49)
    assert firmware.say(encode(Arm(0.2), 202)) == [Refused(Kind.ARM, 202, Reason.ESTOP_PRESSED)]
    firmware.pass_ms(2)
    assert firmware.say(encode(SetSpeeds(SPEEDS, 0.1), 203)) == [Refused(Kind.SET_SPEEDS, 203, Reason.NOT_ARMED)]
    assert firmware.say(encode(Arm(0.2), 204)) == [Done(Kind.ARM, 204)]


def test_over_current_disarms_and_names_the_motor(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    firmware.say(encode(SetParameter(Parameter.CURRENT_LIMIT_MA, 3000), 3))
    firmware.set_plant(HELD, 0b01)
    for step in range(60):
        firmware.say(encode(SetSpeeds((3000.0, 0.0), 0.1), 10 + step))
        firmware.pass_ms(20)
    report = firmware.report()
    assert report.faults & 0x000F == Trouble.OVER_CURRENT << 0
    assert not report.flags & Flag.ARMED


def test_a_held_wheel_disarms_after_its_time_and_arming_clears_it(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    firmware.set_plant(HELD, 0b10)
    disarmed_after = 0
    for step in range(200):
        if firmware.say(encode(SetSpeeds((3000.0, 3000.0), 0.1), step)):
            disarmed_after = step
            break
        firmware.pass_ms(20)
    assert 50 <= disarmed_after <= 100
    assert firmware.report().faults & 0x0F00 == Trouble.ENCODER << 1
    firmware.set_plant(HELD, 0)
    arm(firmware)
    assert firmware.report().faults == 0


def test_a_low_supply_disarms(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    firmware.say(encode(SetParameter(Parameter.LOWEST_VOLTAGE_MV, 20000), 3))
    firmware.pass_ms(50)
    assert firmware.report().flags & Flag.ARMED
    firmware.set_plant(VOLTAGE_MV, 19999)
    firmware.pass_ms(20)
    report = firmware.report()
    assert report.faults & Trouble.UNDER_VOLTAGE
    assert not report.flags & Flag.ARMED


# --- a wheel that runs away -------------------------------------------------------------------------------------------


def let_currents_be(firmware: FirmwareOnHost) -> None:
    """As on a board that measures none: one that does notices most of what follows by them first."""
    firmware.say(encode(SetParameter(Parameter.CURRENT_LIMIT_MA, 30000), 3))


def ends_after_s(firmware: FirmwareOnHost, speeds: tuple[float, float], for_s: float = 2.0) -> float | None:
    """Command anew every 20 ms; when the board disarmed itself."""
    for step in range(round(for_s / 0.02)):
        if firmware.say(encode(SetSpeeds(speeds, 0.1), step)):
            return step * 0.02
        firmware.pass_ms(20)
    return None


@pytest.mark.parametrize("reversed_", [Parameter.ENCODER_REVERSED, Parameter.MOTOR_REVERSED])
@pytest.mark.parametrize("speed", [3000.0, 1000.0, 100.0, -100.0, -3000.0])
def test_a_wheel_that_runs_away_is_stopped_and_named(
    firmware: FirmwareOnHost, reversed_: Parameter, speed: float
) -> None:
    firmware.say(encode(Hello(), 1))
    firmware.say(encode(SetParameter(reversed_, 0b10), 2))
    arm(firmware)
    ended_s = ends_after_s(firmware, (speed, speed))
    assert ended_s is not None
    assert 0.1 < ended_s <= (0.3 if abs(speed) >= 1000 else 0.7)
    report = firmware.report()
    assert report.faults == Trouble.ENCODER << 1 | Trouble.RUNAWAY
    assert not report.flags & Flag.ARMED
    assert abs(report.motors[1].ticks) < 1400
    firmware.pass_ms(100)
    assert is_standing(firmware)
    arm(firmware)
    assert firmware.report().faults == 0


def test_a_wheel_that_was_to_stand_runs_away_too(firmware: FirmwareOnHost) -> None:
    firmware.say(encode(Hello(), 1))
    firmware.say(encode(SetParameter(Parameter.ENCODER_REVERSED, 0b10), 2))
    arm(firmware)
    firmware.set_plant(HELD_SPEED, 200)
    firmware.set_plant(HELD, 0b10)
    drive(firmware, (500.0, 0.0), 3)
    firmware.set_plant(HELD, 0)
    assert ends_after_s(firmware, (500.0, 0.0)) is not None
    assert firmware.report().faults & Trouble.RUNAWAY


def test_an_unknown_fastest_speed_does_not_hide_a_runaway(firmware: FirmwareOnHost) -> None:
    firmware.say(encode(Hello(), 1))
    firmware.say(encode(SetParameter(Parameter.FEED_FORWARD, 0), 2))
    firmware.say(encode(SetParameter(Parameter.ENCODER_REVERSED, 0b01), 3))
    arm(firmware)
    assert ends_after_s(firmware, (1000.0, 1000.0)) is not None
    assert firmware.report().faults == Trouble.ENCODER << 0 | Trouble.RUNAWAY


@pytest.mark.parametrize(("pulled_at", "is_fault"), [(-500, False), (-1500, False), (-2900, False), (-3300, True)])
def test_a_robot_that_is_pulled_back_goes_on_pushing_unless_at_more_than_half_its_fastest_speed(
    firmware: FirmwareOnHost, pulled_at: int, is_fault: bool
) -> None:
    arm(firmware)
    let_currents_be(firmware)
    drive(firmware, (1000.0, 1000.0), 30)
    firmware.set_plant(HELD_SPEED, pulled_at)
    firmware.set_plant(HELD, 0b11)
    ended_s = ends_after_s(firmware, (1000.0, 1000.0), 3.0)
    assert (ended_s is not None) is is_fault
    firmware.set_plant(HELD, 0)
    assert bool(firmware.report().faults & Trouble.RUNAWAY) is is_fault


def test_a_shove_back_is_no_fault(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    let_currents_be(firmware)
    drive(firmware, (1000.0, 1000.0), 30)
    firmware.set_plant(HELD_SPEED, -5000)
    for _ in range(5):
        firmware.set_plant(HELD, 0b11)
        assert ends_after_s(firmware, (1000.0, 1000.0), 0.14) is None
        firmware.set_plant(HELD, 0)
        assert ends_after_s(firmware, (1000.0, 1000.0), 0.4) is None


@pytest.mark.parametrize("acceleration", [0, 20000, 5000, 2500])
@pytest.mark.parametrize("ramp", [5000, 20000, 10_000_000])
def test_a_change_of_direction_is_no_fault_however_heavy_the_robot(
    firmware: FirmwareOnHost, acceleration: int, ramp: int
) -> None:
    firmware.say(encode(Hello(), 1))
    firmware.set_plant(ACCELERATION, acceleration)
    firmware.say(encode(SetParameter(Parameter.ACCELERATION, ramp), 2))
    arm(firmware)
    let_currents_be(firmware)
    for speed in (5500.0, -5500.0, 5500.0):
        assert ends_after_s(firmware, (speed, -speed), 5.0) is None
    assert firmware.report().motors[0].ticks_per_s > 5000


def test_a_robot_that_rolls_faster_than_commanded_is_no_fault(firmware: FirmwareOnHost) -> None:
    arm(firmware)
    let_currents_be(firmware)
    firmware.set_plant(HELD_SPEED, 5000)
    firmware.set_plant(HELD, 0b11)
    assert ends_after_s(firmware, (1000.0, 1000.0), 3.0) is None
    assert firmware.report().faults == 0


# --- with the real driver ---------------------------------------------------------------------------------------------


def test_the_driver_drives_it(firmware_rig: Rig) -> None:
    firmware_rig.ready()
    firmware_rig.drive([4.0, -2.0], 2.0)
    assert firmware_rig.last.speeds_rad_s == pytest.approx([4.0, -2.0], abs=0.3)
    assert firmware_rig.controller.counters.bad_frames == 0


def test_the_driver_drives_it_through_noise(firmware_rig: Rig) -> None:
    firmware_rig.ready()
    assert firmware_rig.line is not None
    firmware_rig.line.corruption = 0.002
    firmware_rig.drive([4.0, -2.0], 3.0)
    assert firmware_rig.last.speeds_rad_s == pytest.approx([4.0, -2.0], abs=0.4)
    assert firmware_rig.controller.counters.bad_frames > 0


def test_the_driver_notices_its_restart(firmware_rig: Rig) -> None:
    firmware_rig.ready()
    firmware_rig.drive([4.0, -2.0], 0.5)
    firmware_rig.fake.reboot(0.0)
    with pytest.raises(DeviceLostError, match="restarted"):
        firmware_rig.drive([4.0, -2.0], 0.5)


def test_the_driver_says_what_it_refuses(firmware_rig: Rig) -> None:
    firmware_rig.with_settings(parameters={"current_limit_ma": 5})
    firmware_rig.controller.open()
    firmware_rig.controller.identify()
    with pytest.raises(DeviceError, match="refuses: the value is out of its range"):
        firmware_rig.controller.arm()
