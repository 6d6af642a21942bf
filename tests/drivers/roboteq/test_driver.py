"""What is Roboteq's own; the rest is in the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.roboteq.driver import RoboteqController
from carebot.drivers.roboteq.fake import FakeRoboteq
from carebot.drivers.roboteq.protocol import FaultFlag
from carebot.drivers.roboteq.settings import RoboteqSettings
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError
from tests.drivers.rig import Rig


@dataclass
class Bench(Rig):
    @property
    def roboteq(self) -> FakeRoboteq:
        assert isinstance(self.fake, FakeRoboteq)
        return self.fake

    @property
    def driver(self) -> RoboteqController:
        assert isinstance(self.controller, RoboteqController)
        return self.controller


def _bench(**settings: object) -> Bench:
    chosen = RoboteqSettings.model_validate({"port": "virtual", **settings})
    clock = ManualClock(50.0)
    line = Line(FakeRoboteq(chosen))
    loopback = Loopback(line, clock)
    return Bench(RoboteqController(chosen, clock, loopback.open), clock, line, loopback=loopback)


@pytest.fixture
def bench() -> Bench:
    return _bench()


def test_says_what_it_is(bench: Bench) -> None:
    bench.controller.open()
    identity = bench.controller.identify()
    assert (identity.model, identity.firmware) == ("Roboteq SDC2160", "2.0")


@pytest.mark.parametrize("firmware", ["Kangaroo v1.0", "", "v2.0"])
def test_another_device_is_refused(bench: Bench, firmware: str) -> None:
    bench.roboteq.firmware = firmware
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match="no Roboteq"):
        bench.controller.identify()


def test_a_plug_that_only_echoes_is_refused(bench: Bench) -> None:
    bench.roboteq._replied = lambda line, now_s: b""  # type: ignore[method-assign]
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match="is not Roboteq"):
        bench.controller.identify()


def test_old_firmware_is_refused(bench: Bench) -> None:
    bench.roboteq.firmware = "Roboteq v1.1 RCB100 01/01/2010"
    bench.controller.open()
    with pytest.raises(WrongDeviceError, match=r"firmware 1\.1, which is too old"):
        bench.controller.identify()


def test_a_device_without_a_model_name_is_still_known(bench: Bench) -> None:
    bench.roboteq.model = "\x7f"
    bench.controller.open()
    assert bench.controller.identify().model == "Roboteq"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("is_echoing", [True, False])
def test_drives_whatever_ends_its_lines_and_with_or_without_echo(end: bytes, is_echoing: bool) -> None:
    bench = _bench()
    bench.roboteq.end, bench.roboteq.configured.is_echoing = end, is_echoing
    bench.ready()
    bench.drive([2.0, -2.0], 0.5)
    assert bench.true_speeds() == pytest.approx([2.0, -2.0], rel=0.05)
    assert bench.last.speeds_rad_s == pytest.approx([2.0, -2.0], rel=0.05)


@pytest.mark.parametrize("motors", [1, 3])
def test_drives_as_many_motors_as_there_are(motors: int) -> None:
    bench = _bench(motors=motors)
    bench.ready()
    bench.drive([2.0] * motors, 0.5)
    assert bench.true_speeds() == pytest.approx([2.0] * motors, rel=0.05)


def test_drives_in_open_loop_with_go_commands() -> None:
    bench = _bench(loop="power", full_power_rpm=4000)
    bench.ready()
    sent = bench.drive([2.0, 2.0], 0.5)
    assert sent == pytest.approx([2.0, 2.0], rel=0.02)
    assert bench.true_speeds() == pytest.approx([2.0, 2.0], rel=0.05)


def test_reads_hall_sensors() -> None:
    bench = _bench(feedback="hall", gear_ratio=1.0, counts_per_revolution=90)
    bench.ready()
    bench.drive([2.0, 2.0], 1.0)
    assert bench.last.positions_rad == pytest.approx([1.9, 1.9], abs=0.15)


def test_a_channel_in_another_mode_is_not_armed(bench: Bench) -> None:
    bench.roboteq.configured.modes[1] = 0
    bench.controller.open()
    bench.controller.identify()
    with pytest.raises(
        DeviceError, match="Channel 2 of the Roboteq on virtual is in operating mode 0: set it to Closed"
    ):
        bench.controller.arm()


def test_too_few_channels_are_refused(bench: Bench) -> None:
    bench.roboteq.configured.modes = [1]
    bench.controller.open()
    bench.controller.identify()
    with pytest.raises(WrongDeviceError, match="has 1 channels, but the settings say 2"):
        bench.controller.arm()


def test_arming_sets_the_watchdog(bench: Bench) -> None:
    assert bench.roboteq.configured.watchdog_ms == 1000
    bench.ready()
    assert bench.roboteq.configured.watchdog_ms == bench.controller.settings.watchdog_s * 1000


def test_a_device_that_does_not_keep_the_watchdog_is_not_armed(bench: Bench) -> None:
    bench.roboteq.configured.set = lambda name, arguments: True  # type: ignore[method-assign]
    bench.controller.open()
    bench.controller.identify()
    with pytest.raises(DeviceError, match="watchdog of 1000 ms"):
        bench.controller.arm()


def test_a_pressed_emergency_stop_forbids_arming(bench: Bench) -> None:
    bench.fake.estop = True
    bench.controller.open()
    bench.controller.identify()
    with pytest.raises(DeviceError, match="emergency stop"):
        bench.controller.arm()


def test_its_own_emergency_stop_holds_until_it_is_armed_again(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.3)
    bench.driver.emergency_stop()
    bench.drive(None, 0.2)
    assert bench.last.estop
    assert max(map(abs, bench.true_speeds())) < 0.1
    bench.controller.arm()
    bench.drive([2.0, 2.0], 0.5)
    assert not bench.last.estop
    assert bench.true_speeds() == pytest.approx([2.0, 2.0], rel=0.05)


def test_the_emergency_stop_disarms(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.3)
    bench.fake.estop = True
    bench.drive(None, 0.2)
    bench.fake.estop = False
    with pytest.raises(DeviceError, match="not armed"):
        bench.drive([2.0, 2.0], 0.1)
    assert max(map(abs, bench.true_speeds())) < 0.1


def test_questions_do_not_feed_the_watchdog_and_its_trip_shows(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    assert not bench.last.watchdog_tripped
    bench.drive(None, 0.6)
    assert bench.last.watchdog_tripped
    bench.drive([2.0, 2.0], 0.3)
    assert not bench.last.watchdog_tripped


def test_positions_run_on_where_the_counters_wrap(bench: Bench) -> None:
    per_rad = RoboteqSettings(port="virtual").counts_per_rad
    for motor in bench.fake.motors:
        motor.position_rad = (2**31 - 100) / per_rad
    bench.ready()
    bench.drive([2.0, 2.0], 1.0)
    assert bench.last.positions_rad == pytest.approx([1.93, 1.93], abs=0.1)


def test_a_counter_that_noise_made_jump_moves_nothing(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    before = bench.last.positions_rad
    questions, truth = bench.roboteq._questions, bench.roboteq._questions["C"]
    questions["C"] = lambda: [truth()[0] + 800_000, truth()[1]]
    bench.drive([2.0, 2.0], 0.02)
    questions["C"] = truth
    bench.drive([2.0, 2.0], 0.1)
    assert bench.last.positions_rad == pytest.approx([before[0] + 0.24, before[1] + 0.24], abs=0.06)
    assert bench.controller.counters.bad_frames > 0


def test_a_counter_that_was_set_anew_moves_nothing(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    before = bench.last.positions_rad
    truth = bench.roboteq._questions["C"]
    bench.roboteq._questions["C"] = lambda: [count - 800_000 for count in truth()]
    bench.drive([2.0, 2.0], 0.5)
    assert bench.last.positions_rad == pytest.approx([before[0] + 1.0, before[1] + 1.0], abs=0.15)


def test_one_watchdog_that_noise_made_is_no_restart(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    bench.roboteq.configured.watchdog_ms = 550
    bench.drive([2.0, 2.0], 0.02)
    bench.roboteq.configured.watchdog_ms = 150
    bench.drive([2.0, 2.0], 0.5)
    assert bench.true_speeds() == pytest.approx([2.0, 2.0], rel=0.05)


def test_a_restart_is_noticed_even_when_the_device_was_hardly_away(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    bench.fake.reboot(bench.clock.now_s(), silent_for_s=0.0)
    with pytest.raises(DeviceLostError, match="restarted"):
        bench.drive([2.0, 2.0], 0.1)


def test_telemetry_tells_supply_heat_and_faults(bench: Bench) -> None:
    bench.roboteq.extra_faults = FaultFlag.UNDERVOLTAGE
    bench.ready()
    bench.fake.stall(1)
    bench.drive([2.0, 2.0], 0.5)
    assert bench.last.voltage_v == pytest.approx(24.6)
    assert bench.last.temperature_c == pytest.approx(31.0)
    assert {fault.code for fault in bench.last.faults} == {"under_voltage", "stalled"}


def test_answers_at_the_loops_rate(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 1.0)
    assert len(bench.seen) >= 45


def _lines_written(bench: Bench, do: Callable[[], object]) -> list[str]:
    """The lines that a driver writes while it does something."""
    written: list[bytes] = []
    port = bench.driver._port
    write = port.write
    port.write = lambda data: (written.append(data), write(data))[1]  # type: ignore[method-assign]
    do()
    port.write = write  # type: ignore[method-assign]
    return b"".join(written).decode().split("\r")[:-1]


def test_arming_stops_every_motor_first_so_that_no_speed_of_before_comes_back(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    bench.pause(0.3)
    bench.controller.open()
    bench.controller.identify()
    lines = _lines_written(bench, bench.controller.arm)
    commands = [line for line in lines if line.startswith("!")]
    assert commands[:4] == ["!S 1 0", "!S 2 0", "!MS 1", "!MS 2"]
    assert commands[commands.index("!MG") + 1 :][:2] == ["!S 1 0", "!S 2 0"]
    bench.drive(None, 0.3)
    assert max(map(abs, bench.true_speeds())) < 0.02


def test_arming_stops_channels_that_are_not_used_too(bench: Bench) -> None:
    bench.controller.open()
    bench.controller.identify()
    bench.roboteq.configured.modes = [1, 1, 1]
    assert "!MS 3" in _lines_written(bench, bench.controller.arm)


def test_a_stop_of_which_only_the_first_write_arrives_lets_no_other_motor_run_on(bench: Bench) -> None:
    bench.ready()
    bench.drive([2.0, 2.0], 0.5)
    bench.pause(0.3)
    port = bench.driver._port
    write = port.write

    def write_once(data: bytes) -> None:
        write(data)
        bench.unplug()

    port.write = write_once  # type: ignore[method-assign]
    with pytest.raises(DeviceLostError, match="motors 1 could not"):
        bench.controller.stop()
    for _ in range(10):
        bench.pause(0.02)
        assert max(map(abs, bench.true_speeds())) < 0.02


@pytest.mark.parametrize("left_on", ["?C_# 5_", '/"DH?","?"?A_?C_# 5_'])
def test_what_another_host_had_sent_automatically_is_ended(bench: Bench, left_on: str) -> None:
    bench.roboteq.feed(left_on.encode(), 49.9)
    bench.roboteq.feed(b"", 50.0)
    bench.ready()
    bad_frames = bench.controller.counters.bad_frames
    bench.drive([2.0, 2.0], 0.5)
    assert bench.controller.counters.bad_frames == bad_frames
    assert bench.true_speeds() == pytest.approx([2.0, 2.0], rel=0.05)
