"""What an ODrive needs beyond the contract: its own watchdog, two generations of names, and the refusals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.odrive import FakeODrive, ODriveController, ODriveSettings, dialects, fake_properties
from carebot.drivers.odrive.fake_axis import Axis
from carebot.drivers.odrive.fake_setpoints import AxisConfig
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError
from tests.drivers.rig import Rig


class EchoLine(Line):
    """A cable, or an adapter, that sends everything back too."""

    def exchange(self, data: bytes, now_s: float) -> bytes:
        return data + super().exchange(data, now_s)


class Bench(Rig):
    @property
    def odrive(self) -> FakeODrive:
        assert isinstance(self.fake, FakeODrive)
        return self.fake

    @property
    def axes(self) -> list[Axis]:
        return list(self.odrive.axes.values())


def bench(line: type[Line] = Line, **settings: object) -> Bench:
    checked = ODriveSettings.model_validate({"port": "virtual", **settings})
    clock = ManualClock(100.0)
    made = line(FakeODrive(checked))
    loopback = Loopback(made, clock)
    return Bench(ODriveController(checked, clock, loopback.open), clock, made, loopback=loopback)


@pytest.fixture(params=[(0, 5, 6), (0, 6, 11)], ids=["0.5", "0.6"])
def made(request: pytest.FixtureRequest) -> Iterator[Bench]:
    one = bench()
    one.odrive.firmware = request.param
    yield one
    one.controller.close()


def test_drives_with_the_names_of_both_generations(made: Bench) -> None:
    made.ready()
    assert made.drive([2.0, -1.0], 1.5) == pytest.approx((2.0, -1.0), abs=1e-5)
    assert made.true_speeds() == pytest.approx([2.0, -1.0], rel=0.2)
    assert made.last.speeds_rad_s == pytest.approx([2.0, -1.0], rel=0.2)
    assert len(made.last.currents_a) == 2
    assert made.last.voltage_v == pytest.approx(24.6, abs=0.01)
    assert made.last.temperature_c == pytest.approx(31.0, abs=0.01)
    assert made.last.device_stamp_s == pytest.approx(made.clock.now_s() - 100.0, abs=0.2)
    assert made.last.faults == ()


def test_tells_who_it_is(made: Bench) -> None:
    made.controller.open()
    identity = made.controller.identify()
    assert identity.model == "ODrive v3.6-56V"
    assert identity.firmware == ".".join(map(str, made.odrive.firmware))
    assert identity.serial == ("20793595524B" if made.odrive.firmware >= (0, 6) else "")


def test_sets_and_checks_the_watchdog_and_velocity_control(made: Bench) -> None:
    made.ready()
    for axis in made.axes:
        assert axis.config.watchdog_timeout_s == 0.15
        assert axis.config.is_watched
        assert axis.config.control_mode == dialects.VELOCITY_CONTROL
        assert axis.config.input_mode == dialects.PASSTHROUGH
        assert axis.state == dialects.CLOSED_LOOP_CONTROL


def test_forgets_the_speed_of_before_when_it_arms(made: Bench) -> None:
    made.axes[0].setpoints.input_turns_per_s = 3.0
    made.ready()
    made.pause(0.05)
    assert max(map(abs, made.true_speeds())) < 0.01


def test_refuses_an_odrive_that_does_not_keep_its_watchdog(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = property(lambda _config: 1.0, lambda _config, _value: None)
    monkeypatch.setattr(AxisConfig, "watchdog_timeout_s", stubborn)
    made.controller.open()
    made.controller.identify()
    with pytest.raises(DeviceError, match=r"keeps axis0\.config\.watchdog_timeout at 1 instead of 0\.15"):
        made.controller.arm()
    assert not made.controller.is_armed


def test_refuses_to_arm_an_axis_that_is_not_calibrated(made: Bench) -> None:
    made.axes[1].is_motor_calibrated = False
    made.controller.open()
    made.controller.identify()
    with pytest.raises(DeviceError, match=r"xis 1.* calibrate it with odrivetool"):
        made.controller.arm()
    assert not made.controller.is_armed


def test_asking_does_not_feed_the_watchdog(made: Bench) -> None:
    made.ready()
    made.drive([2.0, 2.0], 0.3)
    made.controller._end_expired_motion = lambda _now_s: None  # type: ignore[method-assign]
    made.drive(None, 0.3)
    assert max(map(abs, made.true_speeds())) < 0.1
    assert made.last.watchdog_tripped
    assert made.last.faults == ()
    assert {axis.state for axis in made.axes} == {dialects.IDLE}


def test_moves_again_when_commanded_after_its_watchdog_ended_a_motion(made: Bench) -> None:
    made.ready()
    made.drive([2.0, 2.0], 0.3)
    made.drive(None, 1.0)
    made.drive([0.0, 0.0], 0.5)
    assert {axis.state for axis in made.axes} == {dialects.IDLE}
    made.drive([2.0, 2.0], 0.8)
    assert made.true_speeds() == pytest.approx([2.0, 2.0], rel=0.1)
    assert not made.last.watchdog_tripped


@pytest.mark.parametrize("firmware", [(0, 4, 12), (0, 5, 1), (0, 5, 2)])
def test_refuses_firmware_that_is_too_old(firmware: tuple[int, int, int]) -> None:
    one = bench()
    one.odrive.firmware = firmware
    one.controller.open()
    with pytest.raises(WrongDeviceError, match=r"too old .*odrivetool dfu"):
        one.controller.identify()


def test_refuses_firmware_that_writes_integers_wrongly() -> None:
    one = bench()
    one.odrive.firmware, one.odrive.has_broken_integers = (0, 5, 3), True
    one.controller.open()
    with pytest.raises(WrongDeviceError, match="too old"):
        one.controller.identify()


def test_refuses_an_axis_that_is_not_there(made: Bench) -> None:
    assert made.line is not None
    other = FakeODrive(ODriveSettings(port="x", axes=(0,)))
    other.firmware, made.line.fake = made.odrive.firmware, other
    made.controller.open()
    with pytest.raises(WrongDeviceError, match="has no axis 1: correct `axes`"):
        made.controller.identify()


def test_refuses_what_speaks_so_but_is_no_odrive(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_properties, "find", lambda _odrive, _path: None)
    made.controller.open()
    with pytest.raises(WrongDeviceError, match="it is no ODrive"):
        made.controller.identify()


def test_refuses_what_speaks_otherwise(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made.odrive, "_answer", lambda data, now_s: b"?" * len(data))
    made.controller.open()
    with pytest.raises(WrongDeviceError, match="is not ODrive"):
        made.controller.identify()


@pytest.mark.parametrize("settings", [{"axes": ()}, {"axes": (0, 0)}, {"axes": (2,)}, {"axes": (-1, 0)}])
def test_refuses_impossible_axes(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="axes"):
        ODriveSettings.model_validate({"port": "x", **settings})


@pytest.mark.parametrize("axes", [(0,), (1,), (1, 0)])
def test_drives_any_choice_of_axes(axes: tuple[int, ...]) -> None:
    one = bench(axes=axes, gear_ratio=8.0)
    one.ready()
    speeds = [float(number + 1) for number in range(len(axes))]
    one.drive(speeds, 1.0)
    assert one.true_speeds() == pytest.approx(speeds, rel=0.1)
    assert one.last.speeds_rad_s == pytest.approx(speeds, rel=0.1)
    one.controller.close()


def test_works_without_checksums() -> None:
    one = bench(checksums=False)
    one.ready()
    one.drive([2.0, 2.0], 0.5)
    assert one.last.speeds_rad_s == pytest.approx([2.0, 2.0], rel=0.1)
    one.controller.close()


def test_works_on_a_line_that_echoes() -> None:
    one = bench(EchoLine)
    one.ready()
    one.drive([2.0, 2.0], 0.5)
    assert one.last.speeds_rad_s == pytest.approx([2.0, 2.0], rel=0.1)
    assert one.controller.counters.bad_frames == 0
    one.controller.close()


def test_a_fault_disarms_and_comes_in_words(made: Bench) -> None:
    made.ready()
    made.drive([2.0, 2.0], 0.5)
    made.axes[1].fail(0x100 if made.odrive.firmware < (0, 6) else 0x1000)
    with pytest.raises(DeviceError, match="not armed"):
        made.drive([2.0, 2.0], 0.5)
    made.drive(None, 0.4)
    assert {fault.code for fault in made.last.faults} == {
        "encoder" if made.odrive.firmware < (0, 6) else "over_current"
    }
    assert "axis 1" in made.last.faults[0].text
    assert max(map(abs, made.true_speeds())) < 0.1
    made.controller.arm()
    made.drive([2.0, 2.0], 0.5)
    assert made.true_speeds() == pytest.approx([2.0, 2.0], rel=0.1)
    assert made.last.faults == ()


def test_an_emergency_stop_disarms_and_shows(made: Bench) -> None:
    made.ready()
    made.drive([2.0, 2.0], 0.5)
    made.axes[0].fail(made.odrive.dialect.estop_bit)
    with pytest.raises(DeviceError, match="not armed"):
        made.drive([2.0, 2.0], 0.5)
    assert made.last.estop
    assert made.last.faults == ()


def test_an_error_that_the_protocol_cuts_off_is_not_misread() -> None:
    one = bench()
    one.ready()
    one.axes[0].details["motor"] = 0x800000000  # 34359738368, of which nine characters come
    one.drive([0.0, 0.0], 1.5)
    assert [fault.code for fault in one.last.faults] == ["motor_error"]
    one.controller.close()


@pytest.mark.parametrize("is_watchdog_saved", [False, True])
def test_one_that_restarts_at_once_is_noticed(made: Bench, is_watchdog_saved: bool) -> None:
    made.ready()
    made.drive([2.0, 2.0], 0.6)
    made.fake.reboot(made.clock.now_s(), silent_for_s=0.01)
    for axis in made.axes:
        axis.config.is_watched = is_watchdog_saved
    with pytest.raises(DeviceLostError, match="has restarted"):
        made.drive([2.0, 2.0], 1.0)
    made.pause(0.2)
    assert max(map(abs, made.true_speeds())) < 0.1


def test_one_that_somebody_else_disarms_is_noticed(made: Bench) -> None:
    made.ready()
    made.drive([2.0, 2.0], 0.6)
    made.axes[0].state = dialects.IDLE
    with pytest.raises(DeviceLostError, match="somebody else disarmed it"):
        made.drive([2.0, 2.0], 1.5)


def test_a_lost_answer_costs_one_round(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made.ready()
    made.drive([2.0, 1.0], 0.5)
    answer, lost = made.odrive._answer, []

    def lose_one(data: bytes, now_s: float) -> bytes:
        sent = answer(data, now_s)
        if sent and not lost:
            lost.append(sent)
            return b"".join(sent.splitlines(keepends=True)[1:])
        return sent

    monkeypatch.setattr(made.odrive, "_answer", lose_one)
    made.seen.clear()
    made.drive([2.0, 1.0], 0.6)
    assert lost
    assert all(seen.speeds_rad_s == pytest.approx([2.0, 1.0], rel=0.1) for seen in made.seen)
    assert len(made.seen) > 15


def test_late_answers_are_not_taken_for_those_of_the_next_round(made: Bench) -> None:
    assert made.line is not None
    made.ready()
    made.controller.stop()
    made.line.delay_s = 0.25
    made.drive(None, 5.0)
    made.line.delay_s = 0.0
    made.drive(None, 2.0)
    assert made.seen
    for seen in made.seen:
        assert seen.voltage_v in (None, pytest.approx(24.6))
        assert seen.temperature_c in (None, pytest.approx(31.0))
        assert seen.currents_a in ((), (0.0, 0.0))


def test_a_host_that_always_looks_seldom_still_learns(made: Bench) -> None:
    made.controller.open()
    made.controller.identify()
    seen = []
    for _ in range(10):
        made.pause(0.5)
        seen.append(made.controller.poll(made.clock.now_s()))
    assert sum(telemetry is not None for telemetry in seen) >= 3
