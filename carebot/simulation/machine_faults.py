"""What faults do to wheels, cable, battery and processes of a robot: from when one begins until it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from carebot.drivers.line import Line
from carebot.simulation import faults
from carebot.simulation.robot import Robot


class MotorPort(Protocol):
    """Where the fake motor controller is plugged in."""

    @property
    def line(self) -> Line: ...
    def plug(self) -> None: ...
    def unplug(self) -> None: ...


class Processes(Protocol):
    """The robot's processes, by the names that faults have for them."""

    def kill(self, process: str) -> None: ...
    def hang(self, process: str) -> None: ...
    def go_on(self, process: str) -> None: ...


class MachineFaults:
    """Brings the machine in line with the faults that are on; ask it once a tick. Parts that are not there are left."""

    def __init__(self, robot: Robot, port: MotorPort | None, processes: Processes | None = None) -> None:
        self._robot, self._port, self._processes = robot, port, processes
        self._applied: dict[int, tuple[faults.Fault, Callable[[], None]]] = {}

    def step(self, on: tuple[faults.Fault, ...]) -> None:
        """`on` are the faults of this moment."""
        wanted = {id(fault): fault for fault in on}
        for key in [key for key in self._applied if key not in wanted]:
            self._applied.pop(key)[1]()
        for key, fault in wanted.items():
            if key not in self._applied:
                self._applied[key] = fault, self._apply(fault)

    def _apply(self, fault: faults.Fault) -> Callable[[], None]:
        """Begin it; returns what ends it."""
        if isinstance(fault, faults.WheelSlipping):
            self._robot.slip(True)
            return lambda: self._robot.slip(False)
        if isinstance(fault, faults.ProcessKilled | faults.ProcessStopped | faults.TabletCut):
            return self._halt(fault)
        return _nothing if self._port is None else self._spoil(fault, self._port)

    def _halt(self, fault: faults.ProcessKilled | faults.ProcessStopped | faults.TabletCut) -> Callable[[], None]:
        processes = self._processes
        if processes is None:
            return _nothing
        name = "tablet" if isinstance(fault, faults.TabletCut) else fault.process
        if isinstance(fault, faults.ProcessKilled):
            processes.kill(name)
            return _nothing
        processes.hang(name)
        return lambda: processes.go_on(name)

    def _spoil(self, fault: faults.Fault, port: MotorPort) -> Callable[[], None]:
        line = port.line
        if isinstance(fault, faults.SerialUnplugged):
            port.unplug()
            return port.plug
        if isinstance(fault, faults.SerialCorrupted):
            return _set(line, "corruption", fault.percent / 100)
        if isinstance(fault, faults.SerialSlow):
            return _set(line, "delay_s", fault.delay_s)
        if isinstance(fault, faults.BatteryLow):
            return _set(line.fake, "voltage_v", fault.voltage_v)
        if isinstance(fault, faults.MotorStalled):
            motor = 0 if fault.wheel == "left" else 1
            line.fake.stall(motor)
            return lambda: line.fake.stall(motor, is_stalled=False)
        return _nothing


def _set(target: object, name: str, value: float) -> Callable[[], None]:
    """Change an attribute; returns what puts the old value back."""
    before = getattr(target, name)
    setattr(target, name, value)
    return lambda: setattr(target, name, before)


def _nothing() -> None:
    """Nothing is to be undone."""
