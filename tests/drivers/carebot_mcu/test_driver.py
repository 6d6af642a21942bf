"""What is particular to this driver; the rest is in the contract."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from carebot.clock import ManualClock
from carebot.drivers.carebot_mcu import FakeMcu, McuController, McuSettings
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.errors import DeviceError, WrongDeviceError
from tests.drivers.rig import Rig


def bench(**settings: object) -> tuple[Rig, FakeMcu]:
    clock = ManualClock(100.0)
    checked = McuSettings.model_validate({"port": "virtual", **settings})
    fake = FakeMcu(checked)
    line = Line(fake)
    loopback = Loopback(line, clock)
    return Rig(McuController(checked, clock, loopback.open), clock, line, loopback=loopback), fake


def test_firmware_that_is_too_old_is_refused_with_what_to_do() -> None:
    rig, fake = bench()
    fake.firmware = (1, 0, 9)
    rig.controller.open()
    with pytest.raises(WrongDeviceError, match=r"firmware 1\.0\.9 of the board on virtual is too old .* flash the one"):
        rig.controller.identify()


@pytest.mark.parametrize(("version", "age"), [(0, "too old"), (2, "too new")])
def test_another_protocol_is_refused(version: int, age: str) -> None:
    rig, fake = bench()
    fake.protocol_version = version
    rig.controller.open()
    with pytest.raises(WrongDeviceError, match=age):
        rig.controller.identify()


def test_a_board_for_another_number_of_motors_is_refused() -> None:
    rig, _ = bench()
    rig.controller.settings = McuSettings(port="virtual", motors=4)
    rig.controller.open()
    with pytest.raises(WrongDeviceError, match="drives 2 motors, but the settings say 4"):
        rig.controller.identify()


def test_four_motors() -> None:
    rig, _ = bench(motors=4)
    rig.ready()
    rig.drive([1.0, 2.0, 3.0, -4.0], 1.0)
    assert rig.last.speeds_rad_s == pytest.approx([1.0, 2.0, 3.0, -4.0], rel=0.1)


def test_an_unknown_parameter_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="torque is no parameter of the board"):
        McuSettings(port="x", parameters={"torque": 1})


def test_the_watchdog_is_not_among_the_free_parameters() -> None:
    with pytest.raises(ValidationError, match="watchdog_ms is no parameter"):
        McuSettings(port="x", parameters={"watchdog_ms": 200})


def test_arming_under_a_pressed_emergency_stop_says_so() -> None:
    rig, fake = bench()
    rig.controller.open()
    rig.controller.identify()
    fake.estop = True
    rig.pause(0.1)
    with pytest.raises(DeviceError, match="emergency stop is pressed; release it"):
        rig.controller.arm()
    assert not rig.controller.is_armed


def test_a_stall_becomes_a_fault_that_names_the_motor_and_disarms() -> None:
    rig, fake = bench()
    rig.ready()
    fake.stall(1)
    with pytest.raises(DeviceError, match="not armed"):
        rig.drive([3.0, 3.0], 3.0)
    assert rig.last.faults[0].code == "encoder"
    assert "motor 1" in rig.last.faults[0].text


def test_a_runaway_becomes_two_faults_that_name_the_motor_and_the_reason() -> None:
    rig, _ = bench(parameters={"encoder_reversed": 0b10})
    rig.ready()
    with pytest.raises(DeviceError, match="not armed"):
        rig.drive([3.0, 3.0], 3.0)
    assert [fault.code for fault in rig.last.faults] == ["encoder", "runaway"]
    assert "motor 1" in rig.last.faults[0].text
    assert "the right way round" in rig.last.faults[1].text


def test_positions_start_at_zero_wherever_the_board_counts_and_survive_its_wrapping() -> None:
    rig, fake = bench()
    fake.motors[0].position_rad = 2**31 / McuSettings(port="x").ticks_per_rad - 1.0
    rig.ready()
    rig.drive([0.0, 0.0], 0.1)
    assert rig.last.positions_rad == pytest.approx([0.0, 0.0], abs=1e-3)
    rig.drive([4.0, 4.0], 1.0)
    assert rig.last.positions_rad[0] == pytest.approx(rig.last.positions_rad[1], abs=0.05)
    assert rig.last.positions_rad[0] > 3.0


def test_device_time_runs_on_beyond_where_it_wraps() -> None:
    rig, fake = bench()
    fake.feed(b"", rig.clock.now_s())
    fake.booted_s = rig.clock.now_s() - 2**32 / 1000 + 0.5
    rig.ready()
    rig.drive([0.0, 0.0], 1.0)
    stamps = [seen.device_stamp_s for seen in rig.seen if seen.device_stamp_s is not None]
    assert stamps == sorted(stamps)
    assert stamps[-1] - stamps[0] == pytest.approx(1.0, abs=0.05)
    assert stamps[-1] > 2**32 / 1000
