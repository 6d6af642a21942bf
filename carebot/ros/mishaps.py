"""What goes wrong in a simulation that runs live: as the scenario has it, and as somebody orders it meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from carebot.ros.siblings import RobotProcesses
from carebot.simulation.faults import FAULTS, Faults, LidarStale, parse_faults
from carebot.simulation.machine_faults import MachineFaults
from carebot.simulation.robot import Robot
from carebot.strict_yaml import parse_yaml

if TYPE_CHECKING:
    from carebot_interfaces.srv import InjectFault

    from carebot.drivers.pty_server import PtyServer
    from carebot.simulation.single_keys import Entry

__all__ = ["Mishaps", "mujoco"]


class Mishaps:
    """For three threads: the service's, the physics' (`begin`, `step`) and the one that draws (`picture`)."""

    def __init__(self, faults: tuple[Entry, ...], seed: int, namespace: str, motors: PtyServer | None) -> None:
        self._lock = threading.RLock()
        self._scripted, self._seed, self._motors = faults, seed, motors
        self._processes = RobotProcesses(namespace)
        self._machine: MachineFaults | None = None
        self._faults = Faults(faults, seed)
        self._now_s = 0.0
        self.hides_scan = False
        self.clock_off_ns = 0

    def begin(self, robot: Robot) -> None:
        """A simulation begins, and its script's faults with it; what was ordered is over."""
        with self._lock:
            self.close()
            self._faults = Faults(self._scripted, self._seed)
            self._machine = MachineFaults(robot, self._motors, self._processes)
            self._now_s = 0.0

    def close(self) -> None:
        """Nothing goes wrong any more: what outlives the simulation, such as a process that hangs, goes on."""
        with self._lock:
            if self._machine is not None:
                self._machine.step(())
                self._machine = None

    def step(self, now_s: float) -> None:
        """The machine as it must be now; once a tick."""
        with self._lock:
            self._now_s = now_s
            on = self._faults.on(now_s)
            self.hides_scan = any(isinstance(fault, LidarStale) for fault in on)
            self.clock_off_ns = round((self._faults.stamp_s(now_s) - now_s) * 1e9)
            if self._machine is not None:
                self._machine.step(on)

    def picture(self, draw: Callable[[], np.ndarray[Any, Any]]) -> np.ndarray[Any, Any] | None:
        """What comes of the camera's picture; None where none comes."""
        with self._lock:
            return self._faults.picture(draw(), self._now_s)

    def order(self, request: InjectFault.Request) -> tuple[bool, str]:
        """Do what somebody asks for; whether that was possible, and a sentence about it."""
        with self._lock:
            if request.clear:
                return self._clear(request.fault)
            try:
                (fault,) = parse_faults([{request.fault: self._settings(request)}])
            except ValueError as error:
                return False, f"That is no fault ({' '.join(str(error).split())})."
            self._faults.add(fault)
        lasting = f"for {request.for_s:g} s" if request.for_s else "until it is cleared"
        return True, f"{request.fault} {lasting}." if request.fault != "clock_jump" else "The clock has jumped."

    def _settings(self, request: InjectFault.Request) -> dict[str, Any]:
        given = parse_yaml(request.settings or "{}")
        if not isinstance(given, dict):
            raise ValueError(f"the settings must be a mapping such as {{delay_s: 0.2}}, not {request.settings!r}")
        lasting = {"for_s": request.for_s} if request.for_s else {}
        return {"at_s": self._now_s, **lasting, **given}

    def _clear(self, name: str) -> tuple[bool, str]:
        if name and name not in FAULTS:
            return False, f"There is no fault '{name}': use one of {', '.join(FAULTS)}."
        if not self._faults.clear(name):
            return False, f"There is no {name or 'fault'} to be cleared."
        return True, f"{name or 'Every fault'} is over."
