"""The link and the chassis with a real driver and a fake device, in virtual time."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest

from carebot.chassis.build import load_checked, make_loop
from carebot.chassis.chassis import Chassis, Snapshot
from carebot.chassis.link import MotorLink
from carebot.clock import ManualClock
from carebot.drive.loop import Command
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.registry import controllers
from carebot.errors import PortError
from carebot.geometry import Twist2D
from tests.drivers.rig import settings_for

PERIOD_S = 0.02


@dataclass
class Bench:
    """A chassis on a bench; `drive` commands it anew in every period."""

    name: str
    clock: ManualClock = field(default_factory=lambda: ManualClock(50.0))

    def __post_init__(self) -> None:
        kind = controllers()[self.name]
        settings = settings_for(self.name, "virtual")
        self.line = Line(kind.fake(settings))
        self.loopback = Loopback(self.line, self.clock)
        self.link = MotorLink(kind.driver(settings, self.clock, self.loopback.open))
        self.chassis = Chassis(self.link, make_loop(load_checked("simulated")))
        self.snapshot: Snapshot | None = None

    @property
    def true_speeds(self) -> list[float]:
        return [motor.speed_rad_s for motor in self.line.fake.motors]

    @property
    def stands(self) -> bool:
        return max(map(abs, self.true_speeds)) < 0.05

    def live(self, seconds: float, command: Command | None = None) -> Snapshot:
        ends_s = self.clock.now_s() + seconds
        while self.clock.now_s() < ends_s:
            self.pass_period()
            self.snapshot = self.chassis.tick(command, self.clock.now_s())
        return self.snapshot

    def drive(self, seconds: float, speed_m_s: float = 0.3) -> Snapshot:
        ends_s = self.clock.now_s() + seconds
        while self.clock.now_s() < ends_s:
            self.pass_period()
            command = Command(Twist2D(speed_m_s), self.clock.now_s())
            self.snapshot = self.chassis.tick(command, self.clock.now_s())
        return self.snapshot

    def pass_period(self) -> None:
        for _ in range(10):
            self.clock.advance(PERIOD_S / 10)
            if self.loopback.is_plugged:
                self.loopback.pass_time()
            else:
                self.line.exchange(b"", self.clock.now_s())

    def ready(self) -> None:
        self.link.connect()
        self.link.enable()
        assert self.live(1.0).stop is None, self.snapshot.stop


@pytest.fixture(params=sorted(controllers()))
def bench(request) -> Bench:
    return Bench(request.param)


def test_it_drives_as_commanded(bench: Bench) -> None:
    bench.ready()
    before = bench.line.fake.motors[0].position_rad
    snapshot = bench.drive(3.0)
    assert snapshot.moving
    assert snapshot.order.twist.vx_m_s == pytest.approx(0.3)
    assert snapshot.telemetry.speeds_rad_s == pytest.approx((4.8, 4.8), rel=0.05)
    assert snapshot.sent_rad_s == pytest.approx((4.8, 4.8), rel=0.02)
    bench.live(2.0)
    travelled_m = (bench.line.fake.motors[0].position_rad - before) * 0.0625
    assert bench.snapshot.odometry.pose.x_m == pytest.approx(travelled_m, rel=0.01)
    assert bench.stands


def test_it_is_armed_only_when_that_is_wanted(bench: Bench) -> None:
    bench.link.connect()
    snapshot = bench.drive(1.0)
    assert (snapshot.connected, snapshot.armed, snapshot.stop.code) == (True, False, "not_armed")
    assert bench.stands
    bench.link.enable()
    assert bench.drive(1.0).armed
    bench.link.disable()
    snapshot = bench.drive(1.0)
    assert not snapshot.armed
    assert bench.stands


def test_unplugged_it_says_so_at_once_and_comes_back_without_moving_on(bench: Bench) -> None:
    bench.ready()
    bench.drive(1.0)
    held = Command(Twist2D(0.3), bench.clock.now_s())
    bench.loopback.is_plugged = False
    snapshot = bench.live(PERIOD_S, held)
    assert (snapshot.connected, snapshot.stop.code, snapshot.telemetry) == (False, "lost", None)
    assert not bench.live(2.0, held).connected
    assert bench.stands
    bench.loopback.is_plugged = True
    snapshot = bench.live(5.0)
    assert snapshot.armed
    assert snapshot.stop is None
    assert snapshot.reconnects == 1
    assert bench.stands
    assert bench.drive(1.0).moving


def test_it_waits_longer_from_try_to_try_but_never_long(bench: Bench) -> None:
    bench.ready()
    bench.loopback.is_plugged = False
    tries: list[float] = []
    bench.link._controller._open_port = lambda *_: (tries.append(bench.clock.now_s()), _no_port())
    bench.live(20.0)
    waits = [round(after - before, 6) for before, after in itertools.pairwise(tries)]
    assert len(tries) > 6
    assert waits == sorted(waits)
    assert waits[0] < 0.5
    assert max(waits) < 3.2


def _no_port() -> None:
    raise PortError("There is no port.")


def test_a_cut_cable_is_noticed_by_silence(bench: Bench) -> None:
    bench.ready()
    bench.drive(1.0)
    bench.line.is_cut = True
    since_s = bench.clock.now_s()
    while bench.snapshot.connected:
        bench.drive(PERIOD_S)
        assert bench.clock.now_s() < since_s + 0.3
    bench.drive(0.4)
    assert bench.stands


def test_a_device_that_restarts_is_taken_up_again_and_stands(bench: Bench) -> None:
    bench.ready()
    bench.drive(1.0)
    held = Command(Twist2D(0.3), bench.clock.now_s())
    bench.line.fake.reboot(bench.clock.now_s())
    bench.live(8.0, held)
    assert bench.snapshot.armed
    assert bench.stands
    before = bench.snapshot.odometry.pose.x_m
    bench.drive(1.0)
    bench.live(1.0)
    assert 0.05 < bench.snapshot.odometry.pose.x_m - before < 0.5


def test_the_emergency_stop_is_told_and_released_without_moving(bench: Bench) -> None:
    if not bench.line.fake.has_estop:
        pytest.skip(f"{bench.name} has no emergency-stop input")
    bench.ready()
    bench.drive(1.0)
    bench.line.fake.estop = True
    snapshot = bench.drive(1.0)
    assert snapshot.stop.code == "estop"
    assert bench.stands
    held = Command(Twist2D(0.3), bench.clock.now_s())
    bench.line.fake.estop = False
    snapshot = bench.live(10.0, held)
    assert snapshot.armed
    assert snapshot.stop is None
    assert bench.stands
    assert bench.drive(1.0).moving


def test_noise_on_the_line_does_not_stop_the_robot_for_good(bench: Bench) -> None:
    bench.ready()
    bench.line.corruption = 0.001
    bench.drive(5.0)
    bench.line.corruption = 0.0
    bench.live(6.0)
    assert bench.drive(2.0).moving
