"""What the base does for every controller, shown on the smallest possible one."""

from __future__ import annotations

import random

import pytest
from pydantic import ValidationError

from carebot.clock import ManualClock
from carebot.drivers.base import ControllerSettings, MotorController, slowed
from carebot.drivers.carebot_mcu import McuController, McuSettings
from carebot.drivers.fake_controller import FakeController
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.registry import controller_named, controllers
from carebot.drivers.telemetry import Identity, LinkCounters, Telemetry
from carebot.errors import ConfigError, DeviceError, DeviceLostError, WrongDeviceError


class ThreeMotors(ControllerSettings):
    @property
    def motor_count(self) -> int:
        return 3


class Port:
    name = "memory"

    def __init__(self) -> None:
        self.is_closed = False

    def read(self) -> bytes:
        return b""

    def wait(self, timeout_s: float) -> bool:
        return False

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        self.is_closed = True


class Recorder(MotorController[ThreeMotors]):
    """Remembers what it was told; stopping motor `broken` fails."""

    def __init__(self, broken: int | None = None, **settings: object) -> None:
        self.port = Port()
        super().__init__(
            ThreeMotors.model_validate({"port": "memory", **settings}), ManualClock(), lambda name, baud: self.port
        )
        self.broken = broken
        self.stopped: list[int] = []
        self.sent: list[tuple[float, ...]] = []
        self.telemetry: Telemetry | None = None

    @property
    def counters(self) -> LinkCounters:
        return LinkCounters()

    def _forget(self) -> None: ...
    def _arm(self) -> None: ...

    def _identify(self) -> Identity:
        return Identity("recorder", "1")

    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:
        self.sent.append(rad_s)
        return rad_s

    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        return self.telemetry

    def _stop_motor(self, motor: int) -> None:
        if motor == self.broken:
            raise DeviceLostError("the cable of one motor is broken")
        self.stopped.append(motor)


def ready(recorder: Recorder) -> Recorder:
    recorder.open()
    recorder.identify()
    recorder.arm()
    return recorder


def test_a_stop_tries_every_motor_though_one_fails_and_says_which() -> None:
    recorder = ready(Recorder(broken=1))
    with pytest.raises(DeviceLostError, match="motors 1 could not be told to stop"):
        recorder.stop()
    assert recorder.stopped == [0, 2]
    assert not recorder.is_armed


def test_close_gives_the_port_back_though_the_stop_fails() -> None:
    recorder = ready(Recorder(broken=0))
    recorder.close()
    assert recorder.stopped == [1, 2]
    assert recorder.port.is_closed


def test_a_device_that_nobody_identified_hears_nothing_when_it_is_closed() -> None:
    recorder = Recorder()
    recorder.open()
    recorder.close()
    assert recorder.stopped == []
    assert recorder.port.is_closed


def test_a_with_statement_closes_after_an_error() -> None:
    recorder = Recorder()

    def fail() -> None:
        with recorder:
            recorder.identify()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert recorder.stopped == [0, 1, 2]
    assert recorder.port.is_closed


def test_expired_motion_is_ended_once_by_polling() -> None:
    recorder = ready(Recorder())
    recorder.telemetry = Telemetry(0.0, (0.0,) * 3, (0.0,) * 3)
    recorder.send_speeds([1.0, 2.0, 3.0], 0.1, now_s=10.0)
    recorder.poll(10.099)
    assert recorder.sent == [(1.0, 2.0, 3.0)]
    recorder.poll(10.1)
    recorder.poll(10.2)
    assert recorder.sent == [(1.0, 2.0, 3.0), (0.0, 0.0, 0.0)]


def test_validity_is_never_longer_than_the_watchdog() -> None:
    recorder = ready(Recorder(watchdog_s=0.1))
    recorder.telemetry = Telemetry(0.0, (0.0,) * 3, (0.0,) * 3)
    recorder.send_speeds([1.0, 1.0, 1.0], 60.0, now_s=10.0)
    recorder.poll(10.11)
    assert recorder.sent[-1] == (0.0, 0.0, 0.0)


def test_an_armed_device_that_is_silent_is_lost_and_an_idle_one_is_not() -> None:
    recorder = Recorder()
    recorder.open()
    recorder.identify()
    assert recorder.poll(0.0) is None
    assert recorder.poll(100.0) is None
    recorder.arm()
    assert recorder.poll(200.0) is None
    assert recorder.poll(200.24) is None
    with pytest.raises(DeviceLostError, match=r"said nothing for 0\.25 s"):
        recorder.poll(200.25)
    assert not recorder.is_armed


def test_a_loop_that_was_late_does_not_call_a_speaking_device_lost() -> None:
    recorder = ready(Recorder())
    recorder.poll(0.0)
    recorder.telemetry = Telemetry(5.0, (0.0,) * 3, (0.0,) * 3)
    assert recorder.poll(5.0) is not None
    assert recorder.is_armed


def test_directions_are_turned_both_ways() -> None:
    recorder = ready(Recorder(inverted=(True, False, True)))
    assert recorder.send_speeds([1.0, 2.0, -3.0], 0.1, 0.0) == (1.0, 2.0, -3.0)
    assert recorder.sent == [(-1.0, 2.0, 3.0)]
    recorder.telemetry = Telemetry(0.0, (7.0, 8.0, 9.0), (1.0, 2.0, 3.0), currents_a=(0.1, 0.2, 0.3))
    telemetry = recorder.poll(0.0)
    assert telemetry is not None
    assert telemetry.positions_rad == (-7.0, 8.0, -9.0)
    assert telemetry.speeds_rad_s == (-1.0, 2.0, -3.0)
    assert telemetry.currents_a == (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    "settings",
    [
        {"inverted": (True,)},
        {"watchdog_s": 0.3},
        {"watchdog_s": 0.0},
        {"max_speed_rad_s": -1.0},
        {"max_speed_rad_s": float("inf")},
        {"baud": 0},
        {"port": ""},
        {"unknown": 1},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ThreeMotors.model_validate({"port": "memory", **settings})


def test_slowing_keeps_the_shape() -> None:
    assert slowed((4.0, -2.0), 1.0) == (1.0, -0.5)
    assert slowed((0.5, -1.0), 1.0) == (0.5, -1.0)
    assert slowed((0.0, 0.0), 1.0) == (0.0, 0.0)
    assert slowed((), 1.0) == ()


def test_an_unknown_controller_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"There is no controller 'robotclaw': use one of .*carebot_mcu"):
        controller_named("robotclaw")


def test_every_controller_is_called_what_its_folder_is() -> None:
    for name, controller in controllers().items():
        module = controller.driver.__module__
        assert module.split(".")[:3] == ["carebot", "drivers", name]
        assert controller.summary


class Babbler(FakeController):
    """Another kind of device: it answers everything with bytes of its own."""

    def _boot(self) -> None:
        self._random = random.Random(1)

    def _answer(self, data: bytes, now_s: float) -> bytes:
        return self._random.randbytes(len(data))

    def _tick(self, now_s: float) -> bytes:
        return self._random.randbytes(1)

    def _targets(self) -> list[float | None]:
        return []


class Echo(Babbler):
    """A cable with its two ends joined."""

    def _answer(self, data: bytes, now_s: float) -> bytes:
        return data

    def _tick(self, now_s: float) -> bytes:
        return b""


@pytest.mark.parametrize("other", [Babbler(0), Echo(0)])
@pytest.mark.parametrize("name", controllers())
def test_another_kind_of_device_is_refused(other: FakeController, name: str) -> None:
    kind, clock = controller_named(name), ManualClock()
    controller = kind.driver(kind.settings(port="virtual"), clock, Loopback(Line(other), clock).open)
    controller.open()
    with pytest.raises(DeviceError) as caught:
        controller.identify()
    assert "\n" not in str(caught.value)
    with pytest.raises(DeviceError, match="identify"):
        controller.arm()


def test_another_kind_of_device_is_called_so() -> None:
    clock = ManualClock()
    controller = McuController(McuSettings(port="virtual"), clock, Loopback(Line(Babbler(0)), clock).open)
    controller.open()
    with pytest.raises(WrongDeviceError, match="What answers on virtual is not carebot_mcu, or not at 115200 baud"):
        controller.identify()
