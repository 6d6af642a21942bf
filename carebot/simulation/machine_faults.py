"""What faults do to wheels, cable, battery and processes of a robot: from when one begins until it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

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


@dataclass(frozen=True, slots=True)
class _Setting:
    """A number of cable or controller that faults of a kind change; of several that are on, the `worst` counts."""

    kind: type[faults.Fault]
    of: Callable[[Line], object]
    name: str
    value: Callable[[Any], float]
    worst: Callable[[Iterable[float]], float]


_SETTINGS = (
    _Setting(faults.SerialCorrupted, lambda line: line, "corruption", lambda fault: fault.percent / 100, max),
    _Setting(faults.SerialSlow, lambda line: line, "delay_s", lambda fault: fault.delay_s, max),
    _Setting(faults.BatteryLow, lambda line: line.fake, "voltage_v", lambda fault: fault.voltage_v, min),
)
_MOTORS = {"left": 0, "right": 1}


class MachineFaults:
    """Brings the machine in line with the faults that are on; ask it once a tick. Parts that are not there are left.

    Faults of one kind may overlap: what is broken follows from all that are on, never from the order in which they end,
    and the sound values are kept apart.
    """

    def __init__(self, robot: Robot, port: MotorPort | None, processes: Processes | None = None) -> None:
        self._robot, self._port, self._processes = robot, port, processes
        self._on: dict[int, faults.Fault] = {}
        self._sound: dict[str, float] = {}
        self._held: set[str] = set()
        self._hanging: set[str] = set()
        self._is_unplugged = False

    def step(self, on: tuple[faults.Fault, ...]) -> None:
        """`on` are the faults of this moment; none of them where everything is to be sound again."""
        before, self._on = self._on, {id(fault): fault for fault in on}
        if before.keys() == self._on.keys():
            return
        self._robot.slip(bool(self._of(faults.WheelSlipping)))
        if self._port is not None:
            self._spoil(self._port)
        if self._processes is not None:
            self._halt(self._processes, [fault for key, fault in self._on.items() if key not in before])

    def _of(self, kind: type[faults.Fault]) -> list[Any]:
        return [fault for fault in self._on.values() if isinstance(fault, kind)]

    def _spoil(self, port: MotorPort) -> None:
        for setting in _SETTINGS:
            values = [setting.value(fault) for fault in self._of(setting.kind)]
            self._set(setting, setting.of(port.line), setting.worst(values) if values else None)
        held = {fault.wheel for fault in self._of(faults.MotorStalled)}
        for wheel in held ^ self._held:
            port.line.fake.stall(_MOTORS[wheel], is_stalled=wheel in held)
        self._held = held
        is_unplugged = bool(self._of(faults.SerialUnplugged))
        if is_unplugged != self._is_unplugged:
            self._is_unplugged = is_unplugged
            (port.unplug if is_unplugged else port.plug)()

    def _set(self, setting: _Setting, target: object, value: float | None) -> None:
        """Make it `value`, or sound again."""
        if value is not None:
            self._sound.setdefault(setting.name, getattr(target, setting.name))
            setattr(target, setting.name, value)
        elif setting.name in self._sound:
            setattr(target, setting.name, self._sound.pop(setting.name))

    def _halt(self, processes: Processes, begun: list[faults.Fault]) -> None:
        for fault in begun:
            if isinstance(fault, faults.ProcessKilled):
                processes.kill(fault.process)
        hanging = {fault.process for fault in self._of(faults.ProcessStopped)}
        hanging |= {"tablet" for _ in self._of(faults.TabletCut)}
        for process in sorted(hanging - self._hanging):
            processes.hang(process)
        for process in sorted(self._hanging - hanging):
            processes.go_on(process)
        self._hanging = hanging
