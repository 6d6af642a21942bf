"""One period of driving: what came from the motors, what to do, what was sent, and what is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from carebot.drive.loop import Command, DriveLoop, Stop, WheelSpeeds
from carebot.drive.odometry import Odometry
from carebot.drivers.telemetry import Identity, Telemetry

PERIOD_S = 0.02
MOVES_RAD_S = 0.02


class Link(Protocol):
    """Motors that come and go; `MotorLink` is one, a robot's own ROS base another."""

    @property
    def name(self) -> str: ...
    @property
    def connected(self) -> bool: ...
    @property
    def armed(self) -> bool: ...
    @property
    def problem(self) -> str: ...
    @property
    def identity(self) -> Identity | None: ...
    @property
    def telemetry(self) -> Telemetry | None: ...
    @property
    def connects(self) -> int: ...
    @property
    def arms(self) -> int: ...
    @property
    def bad_frames(self) -> int: ...
    def step(self, now_s: float) -> Telemetry | None: ...
    def send(self, order: WheelSpeeds | Stop, now_s: float) -> tuple[float, ...]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The truth after one period. `is_new` says that telemetry came in it; `sent_rad_s` is empty where nothing was."""

    stamp_s: float
    controller: str
    connected: bool
    armed: bool
    order: WheelSpeeds | Stop
    sent_rad_s: tuple[float, ...]
    telemetry: Telemetry | None
    odometry: Odometry | None
    is_new: bool
    reconnects: int
    refused_commands: int
    jumps: int
    bad_frames: int

    @property
    def moving(self) -> bool:
        """Whether a wheel really turns, as far as is known."""
        return self.telemetry is not None and any(abs(speed) > MOVES_RAD_S for speed in self.telemetry.speeds_rad_s)

    @property
    def stop(self) -> Stop | None:
        return self.order if isinstance(self.order, Stop) else None

    @property
    def situation(self) -> tuple[object, ...]:
        """What others want to hear about at once when it changes."""
        telemetry = self.telemetry
        about = () if telemetry is None else (telemetry.estop, telemetry.faults, telemetry.watchdog_tripped)
        return self.connected, self.armed, self.moving, self.stop and self.stop.code, about


class Chassis:
    """Link and drive core; `tick` it at least every `PERIOD_S` from one thread, and by nothing else."""

    def __init__(self, link: Link, loop: DriveLoop) -> None:
        self.link = link
        self.loop = loop
        self._connects = link.connects
        self._arms = link.arms

    def tick(
        self, command: Command | None, now_s: float, instead: WheelSpeeds | None = None, is_halted: bool = False
    ) -> Snapshot:
        """One period; feeds the controller's watchdog. `command` is the newest, however old.

        `is_halted` says that an emergency stop holds.
        `instead` turns wheels as no twist would, past the core's limits: for trying out single motors.
        """
        telemetry = self.link.step(now_s)
        self._notice_returns(now_s)
        order = self._order(command, telemetry, now_s, is_halted)
        if instead is not None and not isinstance(order, Stop):
            order = instead
        sent = self.link.send(order, now_s)
        if not self.link.connected and not isinstance(order, Stop):
            order = self._lost()  # sending failed
        return self._snapshot(order, sent, telemetry is not None, now_s)

    def _notice_returns(self, now_s: float) -> None:
        if self.link.connects != self._connects:
            self.loop.reconnected(now_s)
        elif self.link.arms != self._arms:
            self.loop.armed(now_s)
        self._connects, self._arms = self.link.connects, self.link.arms

    def _order(
        self, command: Command | None, telemetry: Telemetry | None, now_s: float, is_halted: bool
    ) -> WheelSpeeds | Stop:
        may_move = self.link.connected and self.link.armed
        order = self.loop.step(command if may_move else None, telemetry, now_s, is_halted)
        if not self.link.connected:
            return self._lost()
        if not self.link.armed and not isinstance(order, Stop):
            return Stop("not_armed", self.link.problem or "The motors are not armed.")
        return order

    def _lost(self) -> Stop:
        return Stop("lost", self.link.problem or f"{self.link.name} is not connected.")

    def _snapshot(self, order: WheelSpeeds | Stop, sent: tuple[float, ...], is_new: bool, now_s: float) -> Snapshot:
        link, identity = self.link, self.link.identity
        return Snapshot(
            stamp_s=now_s,
            controller=link.name if identity is None else f"{identity.model}, firmware {identity.firmware}",
            connected=link.connected,
            armed=link.connected and link.armed,
            order=order,
            sent_rad_s=sent,
            telemetry=link.telemetry if link.connected else None,
            odometry=self.loop.odometry,
            is_new=is_new,
            reconnects=max(0, link.connects - 1),
            refused_commands=self.loop.refused_commands,
            jumps=self.loop.jumps,
            bad_frames=link.bad_frames,
        )
