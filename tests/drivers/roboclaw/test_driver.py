"""What is RoboClaw's own; the rest is in the contract."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.roboclaw.driver import RoboClawController
from carebot.drivers.roboclaw.fake import FakeRoboClaw
from carebot.drivers.roboclaw.protocol import Bit
from carebot.drivers.roboclaw.settings import RoboClawSettings
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError
from tests.drivers.rig import Rig


@dataclass
class Bench(Rig):
    @property
    def claw(self) -> FakeRoboClaw:
        assert isinstance(self.fake, FakeRoboClaw)
        return self.fake


def _bench(**settings: object) -> Bench:
    chosen = RoboClawSettings.model_validate({"port": "virtual", **settings})
    clock = ManualClock(50.0)
    line = Line(FakeRoboClaw(chosen))
    loopback = Loopback(line, clock)
    return Bench(RoboClawController(chosen, clock, loopback.open), clock, line, loopback=loopback)


@pytest.fixture
def bench() -> Bench:
    return _bench()


def test_says_what_it_is(bench: Bench) -> None:
    bench.controller.open()
    identity = bench.controller.identify()
    assert (identity.model, identity.firmware) == ("USB Roboclaw 2x15a", "4.1.34")


@pytest.mark.parametrize("version", ["MCP236 2x30A v1.0.30", "hello", "", "RoboClaw without a number"])
def test_another_device_is_refused(bench: Bench, version: str) -> None:
    bench.claw.version = version
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match="virtual"):
        bench.controller.identify()


def test_something_that_talks_nonsense_is_refused(bench: Bench) -> None:
    bench.claw._reads[21] = lambda: b"\0\0\0"
    assert bench.line is not None
    bench.line.corruption = 1.0
    bench.controller.open()
    with pytest.raises((WrongDeviceError, DeviceLostError)):
        bench.controller.identify()


def test_firmware_before_the_crc_is_refused(bench: Bench) -> None:
    bench.claw.version = "Roboclaw 2x5a v4.0.9"
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match=r"firmware 4\.0\.9, which is too old"):
        bench.controller.identify()


def test_firmware_without_a_serial_time_out_is_refused(bench: Bench) -> None:
    bench.claw.has_timeout = False
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match="too old"):
        bench.controller.identify()


def test_firmware_with_a_short_status_is_refused(bench: Bench) -> None:
    bench.claw._reads[90] = lambda: b"\0\0"
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match="too old"):
        bench.controller.identify()


@pytest.mark.parametrize(("watchdog_s", "steps"), [(0.1, 1), (0.15, 1), (0.2, 2)])
def test_arming_sets_the_watchdog_never_longer_than_asked(watchdog_s: float, steps: int) -> None:
    bench = _bench(watchdog_s=watchdog_s)
    bench.ready()
    assert bench.claw.timeout_steps == steps


@pytest.mark.parametrize("watchdog_s", [0.0, 0.05, 0.3])
def test_watchdogs_that_the_device_cannot_keep_are_refused(watchdog_s: float) -> None:
    with pytest.raises(ValidationError):
        _bench(watchdog_s=watchdog_s)


@pytest.mark.parametrize("address", [0x7F, 0x88])
def test_addresses_that_no_roboclaw_has_are_refused(address: int) -> None:
    with pytest.raises(ValidationError):
        _bench(address=address)


def test_other_addresses_drive_too() -> None:
    bench = _bench(address=0x85)
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    assert bench.true_speeds() == pytest.approx([2.0, 2.0], rel=0.05)


def test_a_device_that_does_not_keep_the_watchdog_is_not_armed(bench: Bench) -> None:
    bench.claw._writes[14] = ((">B", lambda steps: None),)
    bench.controller.open()
    bench.controller.identify()
    with pytest.raises(DeviceError, match="serial time-out"):
        bench.controller.arm()
    assert not bench.controller.is_armed


def test_a_pressed_emergency_stop_forbids_arming(bench: Bench) -> None:
    bench.fake.estop = True
    bench.controller.open()
    bench.controller.identify()
    with pytest.raises(DeviceError, match="emergency stop"):
        bench.controller.arm()
    assert not bench.controller.is_armed


def test_the_emergency_stop_disarms(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.3)
    bench.fake.estop = True
    bench.drive(None, 0.2)
    bench.fake.estop = False
    with pytest.raises(DeviceError, match="not armed"):
        bench.drive([2.0, 2.0], 0.1)
    assert max(map(abs, bench.true_speeds())) < 0.1


def test_polling_alone_does_not_feed_the_watchdog_while_the_wheels_may_turn() -> None:
    bench = _bench(watchdog_s=0.2)
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    bench.controller.send_speeds([2.0, 2.0], 0.2, bench.clock.now_s())
    bench.drive(None, 0.18)
    bench.pause(0.1)  # 0.28 s after the last command, and 0.1 s after the last poll
    assert max(map(abs, bench.true_speeds())) < 0.1


def test_a_stop_that_the_line_swallowed_is_repeated(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    assert bench.line is not None
    bench.line.corruption = 1.0
    bench.controller.stop()
    bench.line.corruption = 0.0
    bench.drive(None, 0.3)
    assert max(map(abs, bench.true_speeds())) < 0.1


def test_positions_run_on_where_the_counters_wrap(bench: Bench) -> None:
    per_rad = RoboClawSettings(port="virtual").counts_per_rad
    for motor in bench.fake.motors:
        motor.position_rad = (2**31 - 100) / per_rad
    bench.ready()
    bench.drive([2.0, 2.0], 1.0)
    assert bench.last.positions_rad == pytest.approx([1.93, 1.93], abs=0.1)


def test_a_restart_is_noticed_at_once_even_when_the_device_was_hardly_away(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    bench.fake.reboot(bench.clock.now_s(), silent_for_s=0.0)
    with pytest.raises(DeviceLostError, match="restarted"):
        bench.drive([2.0, 2.0], 0.1)


def test_telemetry_tells_supply_heat_and_faults(bench: Bench) -> None:
    bench.claw.extra_status = Bit.MAIN_LOW_WARNING
    bench.ready()
    bench.drive([0.0, 0.0], 0.3)
    assert bench.last.voltage_v == pytest.approx(24.6)
    assert bench.last.temperature_c == pytest.approx(31.0)
    assert bench.last.currents_a == pytest.approx((0.0, 0.0), abs=0.1)
    assert [fault.code for fault in bench.last.faults] == ["under_voltage"]


def test_a_main_battery_that_is_too_low_is_a_fault(bench: Bench) -> None:
    bench.claw.extra_status = 0x00004000  # ERROR_MBATLOW of Basicmicro's library
    bench.ready()
    bench.drive([0.0, 0.0], 0.3)
    assert [fault.code for fault in bench.last.faults] == ["under_voltage"]
    assert "main battery" in bench.last.faults[0].text


def test_what_the_vendor_only_warns_of_is_logged_once_and_stops_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.claw.extra_status = 0x40000000  # WARN_OVERREGENM1 of Basicmicro's library
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    assert bench.last.faults == ()
    assert bench.true_speeds() == pytest.approx([2.0, 2.0], rel=0.05)
    assert [record.getMessage() for record in caplog.records if "M1 fed too much" in record.getMessage()] == [
        "RoboClaw: motor M1 fed too much current back; brake more gently or add a voltage clamp"
    ]


def test_serial_pins_are_spoken_to_as_they_leave_the_factory() -> None:
    assert RoboClawSettings(port="virtual").baud == 38400


def test_a_held_wheel_shows_as_over_current(bench: Bench) -> None:
    bench.ready()
    bench.fake.stall(0)
    bench.drive([10.0, 10.0], 1.0)
    assert [fault.code for fault in bench.last.faults] == ["over_current"]
    assert "M1" in bench.last.faults[0].text


def test_answers_at_the_loops_rate(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 1.0)
    assert len(bench.seen) >= 45
