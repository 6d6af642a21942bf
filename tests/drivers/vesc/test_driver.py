"""What a VESC needs beyond the contract: its own watchdog, several over CAN, and the refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.vesc import FakeVesc, VescController, VescSettings
from carebot.drivers.vesc.messages import AppConf
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError
from tests.drivers.rig import Rig


class Bench(Rig):
    @property
    def vesc(self) -> FakeVesc:
        assert isinstance(self.fake, FakeVesc)
        return self.fake


def bench(**settings: object) -> Bench:
    checked = VescSettings.model_validate({"port": "virtual", "slowest_erpm": 0, **settings})
    clock = ManualClock(100.0)
    line = Line(FakeVesc(checked))
    loopback = Loopback(line, clock)
    return Bench(VescController(checked, clock, loopback.open), clock, line, loopback=loopback)


@pytest.fixture
def pair() -> Iterator[Bench]:
    made = bench()
    yield made
    made.controller.close()


def test_sets_the_watchdog_of_every_vesc_for_good(pair: Bench) -> None:
    before = [unit.app_conf.content for unit in pair.vesc.units]
    pair.ready()
    for unit, content in zip(pair.vesc.units, before, strict=True):
        assert unit.app_conf.timeout_ms == 140
        assert unit.app_conf.brake_current_a == 5.0
        assert unit.app_conf.content[13:] == content[13:]
    pair.fake.reboot(pair.clock.now_s())
    assert [unit.app_conf.timeout_ms for unit in pair.vesc.units] == [140, 140]


def test_leaves_a_watchdog_that_is_right_alone(pair: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.ready()
    written: list[object] = []
    for unit in pair.vesc.units:
        monkeypatch.setattr(unit, "keep", written.append)
    pair.controller.arm()
    assert not written


@pytest.mark.parametrize("watchdog_s", [0.02, 0.1, 0.2])
def test_the_watchdog_is_never_longer_than_asked_for(watchdog_s: float) -> None:
    made = bench(watchdog_s=watchdog_s)
    made.ready()
    assert made.vesc.units[0].app_conf.timeout_ms + 10 <= 1000 * watchdog_s + 1e-6
    made.controller.close()


def test_refuses_a_vesc_that_does_not_keep_its_watchdog(pair: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppConf, "with_timeout", lambda conf, _timeout, _brake: conf)
    pair.controller.open()
    pair.controller.identify()
    with pytest.raises(DeviceError, match="does not keep a watchdog of 140 ms"):
        pair.controller.arm()
    assert not pair.controller.is_armed


def test_refuses_application_settings_that_look_otherwise(pair: Bench) -> None:
    unit = pair.vesc.units[0]
    unit.app_conf = AppConf(unit.app_conf.content[:4] + b"\xaa" + unit.app_conf.content[4:])
    pair.controller.open()
    pair.controller.identify()
    with pytest.raises(DeviceError, match="in a way that carebot does not know"):
        pair.controller.arm()


@pytest.mark.parametrize("motor", [0, 1])
def test_refuses_firmware_that_is_too_old(pair: Bench, motor: int) -> None:
    pair.vesc.units[motor].firmware = (3, 40)
    pair.controller.open()
    with pytest.raises(WrongDeviceError, match=r"firmware 3\.40, which is too old"):
        pair.controller.identify()


def test_refuses_what_is_no_vesc(pair: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair.vesc, "_answer", lambda data, now_s: b"login: \r\n")
    pair.controller.open()
    with pytest.raises(WrongDeviceError, match="is not VESC, or not at 115200 baud"):
        pair.controller.identify()


def test_tells_who_it_is(pair: Bench) -> None:
    pair.controller.open()
    identity = pair.controller.identify()
    assert (identity.model, identity.firmware) == ("VESC 60_MK6", "6.05")
    assert len(identity.serial) == 24


def test_names_the_vesc_that_can_does_not_reach() -> None:
    made = bench(can_ids=[None, 1])
    made.vesc._can_ids = (None, 5)  # somebody gave it another id
    made.controller.open()
    with pytest.raises(DeviceLostError, match="CAN id 1 behind virtual does not answer: check the CAN cable"):
        made.controller.identify()


def test_refuses_two_vescs_with_one_id(pair: Bench) -> None:
    pair.vesc.units[0].controller_id = 2
    pair.vesc.units[1].controller_id = 2
    pair.controller.open()
    with pytest.raises(WrongDeviceError, match="give every VESC an id of its own"):
        pair.controller.identify()


@pytest.mark.parametrize("can_ids", [(None,), (3, None), (4, 9), (None, 1, 2, 3)])
def test_drives_any_wiring(can_ids: tuple[int | None, ...]) -> None:
    made = bench(can_ids=can_ids, gear_ratio=2.0, pole_pairs=7)
    made.ready()
    speeds = [float(motor + 1) for motor in range(len(can_ids))]
    made.drive(speeds, 1.0)
    assert made.true_speeds() == pytest.approx(speeds, rel=0.1)
    assert made.last.speeds_rad_s == pytest.approx(speeds, rel=0.1)
    assert made.last.positions_rad == pytest.approx([0.96 * speed for speed in speeds], rel=0.1)
    made.controller.close()


@pytest.mark.parametrize("can_ids", [(), (None, None), (1, 1), (254,), (-1,), (None, 1, 2, 3, 4)])
def test_refuses_impossible_wirings(can_ids: tuple[int | None, ...]) -> None:
    with pytest.raises(ValueError, match="can_ids"):
        VescSettings(port="x", can_ids=can_ids)


def test_asking_does_not_feed_the_watchdog(pair: Bench) -> None:
    pair.ready()
    pair.drive([2.0, 2.0], 0.3)
    pair.controller._end_expired_motion = lambda _now_s: None  # type: ignore[method-assign]
    pair.drive(None, 0.25)
    assert max(map(abs, pair.true_speeds())) < 0.1
    assert pair.last.watchdog_tripped


def test_brakes_all_where_one_would_be_slower_than_it_can_turn() -> None:
    """In a curve, the inner wheel alone would turn the robot more sharply than it was told to."""
    made = bench(slowest_erpm=100)
    made.ready()
    assert made.drive([1.0, 2.0], 0.3) == pytest.approx((1.0, 2.0), rel=0.01)
    assert made.drive([0.5, 2.0], 0.3) == (0.0, 0.0)
    assert max(map(abs, made.true_speeds())) < 0.1
    assert made.drive([0.0, 2.0], 0.3) == pytest.approx((0.0, 2.0), rel=0.01)
    made.controller.close()


def test_faults_come_in_words_and_with_the_motor(pair: Bench) -> None:
    pair.ready()
    pair.vesc.units[1].fault = 5
    pair.drive(None, 0.1)
    assert [(fault.code, "motor 1" in fault.text) for fault in pair.last.faults] == [("over_temperature", True)]


def test_refuses_to_arm_while_the_kill_switch_is_active(pair: Bench) -> None:
    pair.controller.open()
    pair.controller.identify()
    pair.fake.estop = True
    pair.pause(0.01)
    with pytest.raises(DeviceError, match="has its kill switch active"):
        pair.controller.arm()


def test_the_kill_switch_disarms(pair: Bench) -> None:
    pair.ready()
    pair.drive([2.0, 2.0], 0.3)
    pair.fake.estop = True
    with pytest.raises(DeviceError, match="not armed"):
        pair.drive([2.0, 2.0], 0.3)
    pair.fake.estop = False
    pair.drive(None, 0.2)
    assert max(map(abs, pair.true_speeds())) < 0.1


@pytest.mark.parametrize("motor", [0, 1])
def test_a_vesc_that_restarts_while_driving_does_not_move_again(pair: Bench, motor: int) -> None:
    pair.ready()
    pair.drive([2.0, 2.0], 0.5)
    pair.vesc.units[motor].boot()
    with pytest.raises(DeviceLostError, match="has restarted"):
        pair.drive([2.0, 2.0], 0.5)
    assert not pair.controller.is_armed


def test_a_silent_vesc_gets_no_speed_when_it_comes_back(pair: Bench) -> None:
    pair.ready()
    pair.drive([2.0, 2.0], 0.5)
    pair.fake.reboot(pair.clock.now_s(), silent_for_s=0.12)
    for motor in pair.fake.motors:
        motor.speed_rad_s = 0.0
    with pytest.raises(DeviceLostError, match="has restarted"):
        pair.drive([2.0, 2.0], 0.5)
    assert max(map(abs, pair.true_speeds())) < 0.1


def test_positions_run_on_beyond_the_tachometers_end(pair: Bench) -> None:
    near_the_end_rad = (2**31 - 20) / pair.controller.settings.steps_per_rad
    for unit in pair.vesc.units:
        unit._origin_rad = -near_the_end_rad
    pair.ready()
    pair.drive([2.0, 2.0], 1.0)
    assert pair.last.positions_rad == pytest.approx([1.9, 1.9], abs=0.2)


def test_a_host_that_always_looks_seldom_still_learns(pair: Bench) -> None:
    pair.controller.open()
    pair.controller.identify()
    seen = []
    for _ in range(10):
        pair.pause(0.5)
        seen.append(pair.controller.poll(pair.clock.now_s()))
    assert sum(telemetry is not None for telemetry in seen) >= 4


# --- several behind CAN -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("can_ids", "hz"), [((None,), 50), ((None, 1), 50), ((1, 2), 25), ((None, 1, 2), 25), ((None, 1, 2, 3), 16)]
)
def test_telemetry_comes_as_often_as_can_lets_it(can_ids: tuple[int | None, ...], hz: int) -> None:
    made = bench(can_ids=can_ids)
    made.ready()
    made.drive([2.0] * len(can_ids), 0.2)
    before = len(made.seen)
    made.drive([2.0] * len(can_ids), 1.0)
    assert len(made.seen) - before >= hz - 1
    assert made.last.speeds_rad_s == pytest.approx([2.0] * len(can_ids), rel=0.1)
    made.controller.close()


def test_one_that_is_slow_to_answer_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench(can_ids=(None, 1, 2))
    made.ready()
    made.drive([2.0] * 3, 0.2)
    answer, lost = made.vesc._answer_of, []

    def forgetful(address: int | None, *rest: Any) -> bytes:
        given = answer(address, *rest)
        if address == 1 and given and len(lost) < 1:
            lost.append(given)
            return b""
        return given

    monkeypatch.setattr(made.vesc, "_answer_of", forgetful)
    before = len(made.seen)
    made.drive([2.0] * 3, 0.16)
    assert lost
    assert len(made.seen) - before >= 2
    assert made.controller.is_armed
    made.controller.close()


@pytest.mark.parametrize("motor", [1, 2, 3])
def test_any_of_several_that_restarts_does_not_move_again(motor: int) -> None:
    made = bench(can_ids=(None, 1, 2, 3))
    made.ready()
    made.drive([2.0] * 4, 0.5)
    made.vesc.units[motor].boot()
    made.vesc.units[motor]._boots_until_s = made.clock.now_s() + 0.15
    with pytest.raises(DeviceLostError, match="has restarted"):
        made.drive([2.0] * 4, 0.5)
    assert not made.controller.is_armed
    made.pause(0.3)
    assert max(map(abs, made.true_speeds())) < 0.1
    made.controller.close()


# --- crawling ---------------------------------------------------------------------------------------------------------


def test_a_vesc_as_it_leaves_the_factory_is_not_said_to_crawl() -> None:
    made = bench(slowest_erpm=VescSettings(port="x").slowest_erpm)
    assert made.controller.settings.slowest_erpm == 900
    made.ready()
    assert made.drive([3.0, -6.2], 0.5) == (0.0, 0.0)
    assert made.last.speeds_rad_s == (0.0, 0.0)
    assert made.drive([6.5, -6.5], 0.5) == pytest.approx((6.5, -6.5), rel=0.01)
    made.drive([6.2, -6.2], 0.3)
    assert max(map(abs, made.true_speeds())) < 0.1
    made.controller.close()
