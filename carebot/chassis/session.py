"""Driving from a command: one thread, the same link and core as the node's, until it is done or fails."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from carebot.chassis.build import load_checked, make_fake, make_link, make_loop
from carebot.chassis.chassis import PERIOD_S, Chassis, Snapshot
from carebot.chassis.jog import DeadMan
from carebot.chassis.priority import run_in_real_time
from carebot.clock import MonotonicClock
from carebot.drive.kinematics import kinematics_of
from carebot.drive.loop import Command, WheelSpeeds
from carebot.drivers.registry import controller_named
from carebot.drivers.telemetry import Identity, Telemetry
from carebot.errors import DeviceError, DeviceLostError
from carebot.geometry import Twist2D
from carebot.robot import ControllerChoice, PortChoice, RobotFile

_STILL_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Moved:
    """What odometry and the wheels say of the whole session."""

    x_m: float
    y_m: float
    yaw_rad: float
    wheels_rad: tuple[float, ...]
    fastest_m_s: float


class DriveSession:
    """A robot's motors in this process, which from then on runs before others where this user may ask for that.

    Everything raises DeviceError where the motors do not do it.
    """

    def __init__(self, robot: RobotFile) -> None:
        run_in_real_time()
        self._robot = robot
        self._kinematics = kinematics_of(robot.base)
        self._link = make_link(robot, MonotonicClock())
        self._chassis = Chassis(self._link, make_loop(robot))
        self._snapshot: Snapshot | None = None
        self._first_rad: tuple[float, ...] | None = None
        self._fastest_m_s = 0.0

    def connect(self) -> Identity:
        return self._link.connect()

    def look(self, within_s: float) -> Telemetry:
        """The next telemetry, without arming."""
        ends_s = time.monotonic() + within_s
        while time.monotonic() < ends_s:
            telemetry = self._tick(None).telemetry
            if telemetry is not None:
                return telemetry
        raise DeviceLostError(f"{self._link.name} was there, but tells nothing: check its cable.")

    def arm(self, within_s: float) -> None:
        self._link.enable()
        ends_s = time.monotonic() + within_s
        while not (self._tick(None).armed and self._is_fresh()):
            if time.monotonic() >= ends_s:
                raise DeviceError(self._link.problem or f"{self._link.name} could not be armed in time.")

    def drive(self, twist: Twist2D, dead_man: DeadMan) -> None:
        """Follow `twist` while the switch is held, then stand still."""
        while not dead_man.is_over:
            wanted = twist if dead_man.holds() else Twist2D()
            self._watch(self._tick(Command(wanted, time.monotonic())))
        self._stand_still()

    def turn_wheel(self, wheel: int, rad_s: float, dead_man: DeadMan) -> None:
        """Turn one wheel alone; this bends the path, so it goes past the core's limits of the whole robot."""
        rad_s = max(-self._robot.limits.max_wheel_rad_s, min(rad_s, self._robot.limits.max_wheel_rad_s))
        count = self._robot.base.motor_count
        while not dead_man.is_over:
            speed = rad_s if dead_man.holds() else 0.0
            speeds = tuple(speed if motor == wheel else 0.0 for motor in range(count))
            self._watch(self._tick(None, WheelSpeeds(speeds, self._kinematics.twist(speeds))))
        self._stand_still()

    def report(self) -> Moved:
        snapshot = self._snapshot
        if snapshot is None or snapshot.odometry is None or snapshot.telemetry is None or self._first_rad is None:
            raise DeviceLostError(f"{self._link.name} has told nothing.")
        pose = snapshot.odometry.pose
        now_rad = snapshot.telemetry.positions_rad
        turned = tuple(now - first for now, first in zip(now_rad, self._first_rad, strict=True))
        return Moved(pose.x_m, pose.y_m, pose.yaw_rad, turned, self._fastest_m_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()

    def _tick(self, command: Command | None, instead: WheelSpeeds | None = None) -> Snapshot:
        began_s = time.monotonic()
        snapshot = self._chassis.tick(command, began_s, instead)
        self._snapshot = snapshot
        if snapshot.telemetry is not None:
            self._first_rad = self._first_rad or snapshot.telemetry.positions_rad
            rims = (abs(speed) * self._robot.base.wheel_radius_m for speed in snapshot.telemetry.speeds_rad_s)
            self._fastest_m_s = max(self._fastest_m_s, *rims)
        time.sleep(max(0.0, began_s + PERIOD_S - time.monotonic()))
        return snapshot

    def _watch(self, snapshot: Snapshot) -> None:
        if snapshot.stop is not None:
            raise DeviceError(snapshot.stop.reason)

    def _is_fresh(self) -> bool:
        return self._snapshot is not None and self._snapshot.stop is None

    def _stand_still(self) -> None:
        ends_s = time.monotonic() + _STILL_WITHIN_S
        while True:
            snapshot = self._tick(None)
            is_zero = isinstance(snapshot.order, WheelSpeeds) and not any(snapshot.order.rad_s)
            if is_zero and not snapshot.moving:
                return
            if time.monotonic() >= ends_s:
                raise DeviceError(f"{self._link.name} does not come to a stop: press the emergency stop.")


@contextmanager
def fake_for(robot: str, kind: str) -> Iterator[RobotFile | None]:
    """The robot with a fake controller of this kind, running on a pseudo-terminal; None where `kind` is empty."""
    if not kind:
        yield None
        return
    to_try_out = dict(controller_named(kind).settings.to_try_out)
    file = load_checked(robot)
    with tempfile.TemporaryDirectory(prefix="carebot-fake-") as folder:
        port = Path(folder) / "port"
        settings = file.controller.settings if file.controller.name == kind else to_try_out
        choice = ControllerChoice(name=kind, port=PortChoice(path=str(port)), settings=settings)
        faked = file.model_copy(update={"controller": choice})
        with make_fake(faked, port, MonotonicClock()):
            yield faked
