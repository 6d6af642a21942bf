"""A controller on a bench: driven from a loop as the robot's drive room does it, in virtual or in real time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from carebot.clock import Clock, ManualClock
from carebot.drivers.base import ControllerSettings, MotorController
from carebot.drivers.fake_controller import FakeController
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.pty_server import PtyServer
from carebot.drivers.registry import controller_named
from carebot.drivers.telemetry import Telemetry

PERIOD_S = 0.02
CRAWLING: dict[str, dict[str, Any]] = {"vesc": {"slowest_erpm": 0}}
"""What lets a controller drive as slowly as tests do; the minimum ERPM of a real VESC is lowered in VESC Tool first."""


def settings_for(name: str, port: str, **more: Any) -> ControllerSettings:
    return controller_named(name).settings(port=port, **CRAWLING.get(name, {}), **more)


@dataclass
class Rig:
    """`fake`, `line`, `plug` and `unplug` are None with real hardware."""

    controller: MotorController[Any]
    clock: Clock
    line: Line | None = None
    server: PtyServer | None = None
    loopback: Loopback | None = None
    seen: list[Telemetry] = field(default_factory=list)

    @property
    def count(self) -> int:
        return int(self.controller.settings.motor_count)

    @property
    def fake(self) -> FakeController:
        assert self.line is not None
        return self.line.fake

    @property
    def last(self) -> Telemetry:
        return self.seen[-1]

    def ready(self) -> None:
        self.controller.open()
        self.controller.identify()
        self.controller.arm()

    def drive(self, speeds: list[float] | None, seconds: float, valid_for_s: float = 0.2) -> tuple[float, ...]:
        """Loop for `seconds`: command `speeds` (None: say nothing) and poll; returns what was sent last."""
        sent: tuple[float, ...] = ()
        ends_s = self.clock.now_s() + seconds
        while self.clock.now_s() < ends_s:
            if speeds is not None:
                sent = self.controller.send_speeds(speeds, valid_for_s, self.clock.now_s())
            self.pause(PERIOD_S)
            telemetry = self.controller.poll(self.clock.now_s())
            if telemetry is not None:
                self.seen.append(telemetry)
        return sent

    def reach(self, speeds: list[float], rel: float = 0.15) -> None:
        """Drive until the device says that the wheels turn so, and fail where they never do."""
        for _ in range(150):
            self.drive(speeds, 0.2)
            if self.seen and self.last.speeds_rad_s == pytest.approx(speeds, rel=rel):
                return
        assert self.last.speeds_rad_s == pytest.approx(speeds, rel=rel)

    def pause(self, seconds: float) -> None:
        """Let time pass without touching the controller, as a host that hangs does."""
        if not isinstance(self.clock, ManualClock):
            time.sleep(seconds)
            return
        while seconds > 1e-9:
            step_s = min(0.002, seconds)
            seconds -= step_s
            self.clock.advance(step_s)
            if self.line is not None and self.loopback is not None and self.loopback.is_plugged:
                self.loopback.pass_time()
            elif self.line is not None:
                self.line.exchange(b"", self.clock.now_s())

    def true_speeds(self) -> list[float]:
        """What the wheels really do, whatever the controller says."""
        return [motor.speed_rad_s for motor in self.fake.motors]

    def plug(self) -> None:
        self._switch(True)

    def unplug(self) -> None:
        self._switch(False)

    def with_settings(self, **changed: object) -> None:
        """Put the same driver with other settings in the place of this one."""
        settings = self.controller.settings.model_copy(update=changed)
        opener = [] if self.loopback is None else [self.loopback.open]
        self.controller = type(self.controller)(settings, self.clock, *opener)

    def _switch(self, is_plugged: bool) -> None:
        if self.loopback is not None:
            self.loopback.is_plugged = is_plugged
        elif self.server is not None:
            switch: Callable[[], None] = self.server.plug if is_plugged else self.server.unplug
            switch()
