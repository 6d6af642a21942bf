"""What holds for every motor controller, fake or real.

pytest tests/drivers -m hardware --port /dev/ttyACM0 --controller carebot_mcu     (wheels off the floor)
"""

from __future__ import annotations

import math

import pytest

from carebot.clock import ManualClock
from carebot.drivers.base import LONGEST_WATCHDOG_S
from carebot.errors import DeviceError, DeviceLostError, PortError
from tests.drivers.rig import Rig

SLOW_RAD_S = 2.0


@pytest.mark.terminal
def test_says_who_it_is(rig: Rig) -> None:
    rig.controller.open()
    identity = rig.controller.identify()
    assert identity.model
    assert identity.firmware


def test_is_not_armed_before_somebody_asked_who_it_is(rig: Rig) -> None:
    rig.controller.open()
    with pytest.raises(DeviceError, match="identify it before arming"):
        rig.controller.arm()


def test_refuses_to_move_before_it_is_armed(rig: Rig) -> None:
    rig.controller.open()
    rig.controller.identify()
    with pytest.raises(DeviceError, match="not armed"):
        rig.controller.send_speeds([SLOW_RAD_S] * rig.count, 0.2, rig.clock.now_s())


def test_says_that_it_is_not_open(rig: Rig) -> None:
    with pytest.raises(DeviceError, match="not open"):
        rig.controller.poll(rig.clock.now_s())


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_refuses_speeds_that_are_no_numbers(rig: Rig, wrong: float) -> None:
    rig.ready()
    with pytest.raises(ValueError, match="finite"):
        rig.controller.send_speeds([*[SLOW_RAD_S] * (rig.count - 1), wrong], 0.2, rig.clock.now_s())
    rig.drive(None, 0.1)
    assert max(map(abs, rig.last.speeds_rad_s)) < 0.1


def test_refuses_a_wrong_number_of_speeds(rig: Rig) -> None:
    rig.ready()
    with pytest.raises(ValueError, match="motors"):
        rig.controller.send_speeds([SLOW_RAD_S] * (rig.count + 1), 0.2, rig.clock.now_s())


@pytest.mark.parametrize("validity", [0.0, -1.0, math.nan, math.inf])
def test_refuses_a_command_without_an_end(rig: Rig, validity: float) -> None:
    rig.ready()
    with pytest.raises(ValueError, match="valid"):
        rig.controller.send_speeds([SLOW_RAD_S] * rig.count, validity, rig.clock.now_s())


@pytest.mark.terminal
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_turns_the_wheels_as_commanded(rig: Rig, direction: float) -> None:
    rig.ready()
    speeds = [direction * SLOW_RAD_S] * rig.count
    assert rig.drive(speeds, 0.5) == pytest.approx(speeds, rel=0.02)
    rig.reach(speeds)
    before = rig.last
    rig.drive(speeds, 0.5)
    elapsed_s = rig.last.stamp_s - before.stamp_s
    for was, position in zip(before.positions_rad, rig.last.positions_rad, strict=True):
        assert 0.5 * elapsed_s * SLOW_RAD_S < direction * (position - was) < 1.3 * elapsed_s * SLOW_RAD_S


def test_turns_each_wheel_by_itself(rig: Rig) -> None:
    rig.ready()
    for motor in range(rig.count):
        speeds = [0.0] * rig.count
        speeds[motor] = SLOW_RAD_S
        rig.drive(speeds, 1.0)
        assert rig.last.speeds_rad_s == pytest.approx(speeds, abs=0.4)


def test_slows_all_alike_where_one_is_above_the_limit(rig: Rig) -> None:
    rig.ready()
    limit = rig.controller.settings.max_speed_rad_s
    wanted = [10 * limit, *[5 * limit] * (rig.count - 1)]
    sent = rig.controller.send_speeds(wanted, 0.02, rig.clock.now_s())
    assert sent == pytest.approx([limit, *[limit / 2] * (rig.count - 1)], rel=0.02)
    rig.controller.stop()


def test_zero_is_exactly_zero(rig: Rig) -> None:
    rig.ready()
    sent = rig.controller.send_speeds([-0.0] * rig.count, 0.2, rig.clock.now_s())
    assert [math.copysign(1.0, speed) for speed in sent] == [1.0] * rig.count
    assert set(sent) == {0.0}


@pytest.mark.terminal
def test_stop_stops_and_disarms(rig: Rig) -> None:
    rig.ready()
    rig.drive([SLOW_RAD_S] * rig.count, 0.5)
    rig.controller.stop()
    assert not rig.controller.is_armed
    rig.drive(None, 0.5)
    assert max(map(abs, rig.last.speeds_rad_s)) < 0.2
    with pytest.raises(DeviceError, match="not armed"):
        rig.controller.send_speeds([SLOW_RAD_S] * rig.count, 0.2, rig.clock.now_s())


def test_may_be_armed_again_after_a_stop(rig: Rig) -> None:
    rig.ready()
    rig.controller.stop()
    rig.controller.arm()
    rig.drive([SLOW_RAD_S] * rig.count, 1.0)
    assert rig.last.speeds_rad_s == pytest.approx([SLOW_RAD_S] * rig.count, rel=0.15)


def test_ends_motion_that_nobody_commands_anew_while_the_loop_lives(rig: Rig) -> None:
    rig.ready()
    rig.drive([SLOW_RAD_S] * rig.count, 0.5, valid_for_s=0.1)
    rig.drive(None, 0.5)
    assert max(map(abs, rig.last.speeds_rad_s)) < 0.2


@pytest.mark.terminal
def test_a_host_that_hangs_leaves_the_wheels_standing(rig: Rig) -> None:
    rig.ready()
    rig.drive([SLOW_RAD_S] * rig.count, 0.5)
    rig.pause(LONGEST_WATCHDOG_S + 0.3)
    telemetry = rig.controller.poll(rig.clock.now_s())
    while telemetry is None:
        rig.pause(0.01)
        telemetry = rig.controller.poll(rig.clock.now_s())
    assert max(map(abs, telemetry.speeds_rad_s)) < 0.2


@pytest.mark.terminal
def test_close_may_be_called_twice_and_gives_the_port_back(rig: Rig) -> None:
    rig.ready()
    rig.controller.close()
    rig.controller.close()
    rig.ready()
    rig.drive([0.0] * rig.count, 0.1)


# --- what is done only to fakes ---------------------------------------------------------------------------------------


def test_the_true_wheels_stop_when_the_host_hangs(fake_rig: Rig) -> None:
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.5)
    assert min(fake_rig.true_speeds()) > SLOW_RAD_S / 2
    fake_rig.pause(0.25)
    assert max(map(abs, fake_rig.true_speeds())) < 0.1


def test_closing_stops_the_true_wheels(fake_rig: Rig) -> None:
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.5)
    fake_rig.controller.close()
    fake_rig.pause(0.3)
    assert max(map(abs, fake_rig.true_speeds())) < 0.1


def test_inverted_motors_turn_the_other_way_and_report_the_robots_way(fake_rig: Rig) -> None:
    fake_rig.with_settings(inverted=(True, *[False] * (fake_rig.count - 1)))
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.6)
    assert fake_rig.true_speeds()[0] == pytest.approx(-SLOW_RAD_S, rel=0.15)
    assert fake_rig.last.speeds_rad_s == pytest.approx([SLOW_RAD_S] * fake_rig.count, rel=0.15)
    assert min(fake_rig.last.positions_rad) > 0


@pytest.mark.terminal
def test_unplugged_while_driving_is_lost_and_needs_arming_when_it_is_back(fake_rig: Rig) -> None:
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.3)
    fake_rig.unplug()
    with pytest.raises(DeviceLostError):
        fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 30.0)
    assert not fake_rig.controller.is_armed
    fake_rig.controller.close()
    with pytest.raises(PortError, match="There is no port"):
        fake_rig.controller.open()
    fake_rig.plug()
    fake_rig.ready()
    fake_rig.drive(None, 0.3)
    assert max(map(abs, fake_rig.true_speeds())) < 0.1
    fake_rig.reach([SLOW_RAD_S] * fake_rig.count)


@pytest.mark.terminal
def test_a_cut_cable_is_noticed(fake_rig: Rig) -> None:
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.3)
    assert fake_rig.line is not None
    fake_rig.line.is_cut = True
    began_s = fake_rig.clock.now_s()
    with pytest.raises(DeviceLostError, match="said nothing"):
        fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 30.0)
    if isinstance(fake_rig.clock, ManualClock):
        assert fake_rig.clock.now_s() - began_s < 0.3
    assert not fake_rig.controller.is_armed


@pytest.mark.terminal
def test_nothing_moves_after_a_reboot_until_it_is_armed_and_commanded(fake_rig: Rig) -> None:
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.3)
    fake_rig.fake.reboot(fake_rig.clock.now_s())
    with pytest.raises(DeviceLostError):
        fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 30.0)
    assert not fake_rig.controller.is_armed
    fake_rig.pause(0.5)
    assert max(map(abs, fake_rig.true_speeds())) < 0.1
    fake_rig.controller.close()
    fake_rig.ready()
    fake_rig.reach([SLOW_RAD_S] * fake_rig.count)


def test_a_stalled_wheel_shows(fake_rig: Rig) -> None:
    fake_rig.ready()
    fake_rig.fake.stall(0)
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.4)
    assert abs(fake_rig.last.speeds_rad_s[0]) < 0.1
    if fake_rig.last.currents_a:
        assert abs(fake_rig.last.currents_a[0]) > 1.0


def test_the_emergency_stop_input_stops_the_wheels_and_shows(fake_rig: Rig) -> None:
    if not fake_rig.fake.has_estop:
        pytest.skip("this controller has no emergency-stop input")
    fake_rig.ready()
    fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 0.3)
    fake_rig.fake.estop = True
    fake_rig.drive(None, 0.3)
    pressed = fake_rig.last
    assert pressed.estop
    assert max(map(abs, fake_rig.true_speeds())) < 0.1
    fake_rig.fake.estop = False
    fake_rig.drive(None, 0.1)
    released = fake_rig.last
    assert not released.estop
    assert max(map(abs, fake_rig.true_speeds())) < 0.1


@pytest.mark.terminal
def test_a_slow_line_still_drives(fake_rig: Rig) -> None:
    assert fake_rig.line is not None
    fake_rig.line.delay_s = 0.05
    fake_rig.ready()
    fake_rig.reach([SLOW_RAD_S] * fake_rig.count)


def test_noise_is_counted_and_never_more_than_a_lost_device(fake_rig: Rig) -> None:
    fake_rig.ready()
    assert fake_rig.line is not None
    fake_rig.line.corruption = 0.01
    try:
        fake_rig.drive([SLOW_RAD_S] * fake_rig.count, 1.5)
    except DeviceLostError:
        assert not fake_rig.controller.is_armed
    assert all(math.isfinite(value) for seen in fake_rig.seen for value in (*seen.speeds_rad_s, *seen.positions_rad))
    counters = fake_rig.controller.counters
    assert counters.bad_frames > 0
    assert counters.dropped_bytes > 0


def test_a_device_that_says_nothing_is_not_there(fake_rig: Rig) -> None:
    assert fake_rig.line is not None
    fake_rig.line.is_cut = True
    fake_rig.controller.open()
    with pytest.raises(DeviceLostError, match="does not answer"):
        fake_rig.controller.identify()
