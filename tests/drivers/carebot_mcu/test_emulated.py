"""The real driver and the real firmware, which runs on an ATmega2560 in QEMU with simulated motors.

Nothing here asserts how fast this computer is: what has to be quick is measured with the firmware's own clock.
"""

from __future__ import annotations

import time

import pytest

from carebot.drivers.carebot_mcu import McuController
from carebot.drivers.carebot_mcu.emulator import Emulator
from carebot.drivers.carebot_mcu.protocol import SetSpeeds, encode
from carebot.drivers.telemetry import Telemetry
from carebot.errors import DeviceError, DeviceLostError, PortError
from tests.drivers.carebot_mcu.firmware_on_host import COUNTERS, ESTOP, HELD, VOLTAGE_MV
from tests.drivers.rig import Rig

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prompt")]

SPEEDS = [4.0, -2.0]


def _listen(rig: Rig, seconds: float) -> list[Telemetry]:
    """Poll without commanding, and without letting the host end the motion: only the device's watchdog acts."""
    rig.controller._moving_until_s = None
    ends_s = rig.clock.now_s() + seconds
    seen: list[Telemetry] = []
    while rig.clock.now_s() < ends_s:
        time.sleep(0.002)
        telemetry = rig.controller.poll(rig.clock.now_s())
        if telemetry is not None:
            seen.append(telemetry)
    return seen


def _reach(rig: Rig, speeds: list[float]) -> None:
    """Drive until the wheels turn as commanded, by the board's clock and counters: a busy computer needs longer."""
    means: list[float] = []
    for _ in range(100):
        rig.drive(speeds, 0.3)
        before = rig.last
        rig.drive(speeds, 0.3)
        means = _mean_speeds(before, rig.last)
        if means == pytest.approx(speeds, rel=0.1):
            return
    assert means == pytest.approx(speeds, rel=0.1)


def _mean_speeds(before: Telemetry, after: Telemetry) -> list[float]:
    assert before.device_stamp_s is not None
    assert after.device_stamp_s is not None
    elapsed_s = after.device_stamp_s - before.device_stamp_s
    return [(to - start) / elapsed_s for start, to in zip(before.positions_rad, after.positions_rad, strict=True)]


def test_handshake(emulated_rig: Rig) -> None:
    emulated_rig.controller.open()
    identity = emulated_rig.controller.identify()
    assert identity.model == "carebot_mcu on mega2560-sim"
    assert identity.firmware == "1.1.0"
    assert identity.serial == "c0c1c2c3c4c5c6c7"


def test_boots_stopped(emulated_rig: Rig) -> None:
    emulated_rig.controller.open()
    emulated_rig.controller.identify()
    seen = _listen(emulated_rig, 0.3)
    assert seen
    assert {telemetry.positions_rad for telemetry in seen} == {(0.0, 0.0)}


def test_drives(emulated_rig: Rig) -> None:
    emulated_rig.ready()
    _reach(emulated_rig, SPEEDS)
    left, right = emulated_rig.last.positions_rad
    assert left == pytest.approx(-2 * right, rel=0.15)
    assert emulated_rig.last.voltage_v == pytest.approx(24.6)
    assert emulated_rig.last.temperature_c == pytest.approx(31.0)
    assert emulated_rig.controller.counters.bad_frames == 0


def test_the_watchdog_stops_the_wheels_in_time(emulated_rig: Rig) -> None:
    """Every time they stand; how soon is asserted of the quickest, because a busy computer adds its own delays."""
    emulated_rig.ready()
    tripped_s, standing_s = [], []
    for _ in range(5):
        _reach(emulated_rig, SPEEDS)
        before = emulated_rig.last
        emulated_rig.controller.send_speeds(SPEEDS, 0.15, emulated_rig.clock.now_s())
        seen = [before, *_listen(emulated_rig, 0.5)]
        while not (seen[-1].watchdog_tripped and seen[-1].speeds_rad_s == (0.0, 0.0)):
            seen += _listen(emulated_rig, 0.5)
        tripped = next(telemetry for telemetry in seen if telemetry.watchdog_tripped)
        end = seen[-1].positions_rad  # an encoder may see one last tick of a wheel that all but stands
        standing = next(one for one in seen if one.positions_rad == pytest.approx(end, abs=0.01))
        assert seen[-1].speeds_rad_s == (0.0, 0.0)
        assert before.device_stamp_s is not None
        tripped_s.append((tripped.device_stamp_s or 0.0) - before.device_stamp_s)
        standing_s.append((standing.device_stamp_s or 0.0) - before.device_stamp_s)
    assert 0.13 < min(tripped_s) <= 0.15 + 0.04  # the command comes up to 20 ms after one report, the next is as late
    assert min(standing_s) <= 0.25


def test_a_command_that_comes_again_and_again_does_not_feed_the_watchdog(emulated_rig: Rig) -> None:
    emulated_rig.ready()
    emulated_rig.drive(SPEEDS, 0.5)
    port = emulated_rig.controller._port
    same = encode(SetSpeeds((1000.0, 1000.0), 0.1), 200)
    for _ in range(40):
        port.write(same)
        time.sleep(0.01)
    assert _listen(emulated_rig, 0.1)[-1].watchdog_tripped


def test_damaged_frames_are_counted_by_the_board_and_move_nothing(emulated_rig: Rig) -> None:
    emulated_rig.ready()
    port = emulated_rig.controller._port
    good = encode(SetSpeeds((1000.0, 1000.0), 0.1), 100)
    for bit in range(8 * (len(good) - 1)):
        damaged = bytearray(good)
        damaged[bit // 8] ^= 1 << bit % 8
        port.write(bytes(damaged))
    port.write(good[:9] + b"\0")
    seen = _listen(emulated_rig, 0.3)
    assert {telemetry.positions_rad for telemetry in seen} == {(0.0, 0.0)}
    _reach(emulated_rig, SPEEDS)


def test_a_reset_while_driving_is_noticed_and_nothing_moves_until_armed_and_commanded(
    emulated_rig: Rig, emulator: Emulator
) -> None:
    emulated_rig.ready()
    emulated_rig.drive(SPEEDS, 0.5)
    emulator.reset()
    with pytest.raises(DeviceLostError, match="restarted"):
        emulated_rig.drive(SPEEDS, 60.0)
    assert not emulated_rig.controller.is_armed
    emulated_rig.controller.close()
    emulated_rig.seen.clear()
    emulated_rig.controller.open()
    emulated_rig.controller.identify()
    assert {one.positions_rad for one in _listen(emulated_rig, 0.3)} == {(0.0, 0.0)}
    emulated_rig.controller.arm()
    _reach(emulated_rig, SPEEDS)


def test_a_board_without_power_is_lost(emulated_rig: Rig, emulator: Emulator) -> None:
    emulated_rig.ready()
    emulated_rig.drive(SPEEDS, 0.3)
    emulator.close()
    with pytest.raises(DeviceLostError):
        emulated_rig.drive(SPEEDS, 60.0)
    emulated_rig.controller.close()
    with pytest.raises(PortError, match="There is no port"):
        emulated_rig.controller.open()


def test_a_frozen_board_is_lost(emulated_rig: Rig, emulator: Emulator) -> None:
    emulated_rig.with_settings(silence_timeout_s=1.0)
    emulated_rig.ready()
    emulated_rig.drive(SPEEDS, 0.3)
    emulator.freeze()
    with pytest.raises(DeviceLostError, match="said nothing"):
        emulated_rig.drive(SPEEDS, 60.0)


def test_the_emergency_stop_input_disarms_and_arming_waits_for_its_release(emulated_rig: Rig) -> None:
    controller = emulated_rig.controller
    assert isinstance(controller, McuController)
    emulated_rig.ready()
    emulated_rig.drive(SPEEDS, 0.5)
    controller.set_parameter(ESTOP, 1)
    emulated_rig.drive(None, 0.4)
    pressed = emulated_rig.last
    assert pressed.estop
    assert emulated_rig.last.speeds_rad_s == (0.0, 0.0)
    assert not controller.is_armed
    with pytest.raises(DeviceError, match="emergency stop is pressed"):
        controller.arm()
    controller.set_parameter(ESTOP, 0)
    emulated_rig.drive(None, 0.3)
    released = emulated_rig.last
    assert not released.estop
    assert emulated_rig.last.speeds_rad_s == (0.0, 0.0)
    controller.arm()
    _reach(emulated_rig, SPEEDS)


def test_a_held_wheel_ends_in_a_fault_that_names_the_motor(emulated_rig: Rig) -> None:
    emulated_rig.with_settings(parameters={"stall_ms": 200})
    controller = emulated_rig.controller
    assert isinstance(controller, McuController)
    emulated_rig.ready()
    controller.set_parameter(HELD, 0b10)
    with pytest.raises(DeviceError, match="not armed"):
        emulated_rig.drive([3.0, 3.0], 60.0)
    assert [fault.code for fault in emulated_rig.last.faults if fault.code != "loop_too_slow"] == ["encoder"]
    assert "motor 1" in " ".join(fault.text for fault in emulated_rig.last.faults)


def test_a_wheel_that_runs_away_ends_in_a_fault_that_says_so(emulated_rig: Rig) -> None:
    emulated_rig.with_settings(parameters={"encoder_reversed": 0b10})
    emulated_rig.ready()
    with pytest.raises(DeviceError, match="not armed"):
        emulated_rig.drive([3.0, 3.0], 60.0)
    faults = [fault for fault in emulated_rig.last.faults if fault.code != "loop_too_slow"]
    assert [fault.code for fault in faults] == ["encoder", "runaway"]
    assert "motor 1" in faults[0].text


def test_an_empty_battery_disarms(emulated_rig: Rig) -> None:
    emulated_rig.with_settings(parameters={"lowest_voltage_mv": 20000})
    controller = emulated_rig.controller
    assert isinstance(controller, McuController)
    emulated_rig.ready()
    emulated_rig.drive(SPEEDS, 0.3)
    controller.set_parameter(VOLTAGE_MV, 19000)
    with pytest.raises(DeviceError, match="not armed"):
        emulated_rig.drive(SPEEDS, 60.0)
    assert "under_voltage" in [fault.code for fault in emulated_rig.last.faults]


def test_positions_run_on_where_the_boards_counters_wrap(emulated_rig: Rig) -> None:
    controller = emulated_rig.controller
    assert isinstance(controller, McuController)
    emulated_rig.ready()
    controller.set_parameter(COUNTERS, 2**31 - 500)
    emulated_rig.drive([0.0, 0.0], 0.2)
    _reach(emulated_rig, [4.0, 4.0])
    assert emulated_rig.last.speeds_rad_s == pytest.approx([4.0, 4.0], abs=1.5)
