"""MuJoCo's own window on a simulation that is played, where there is a display."""

from __future__ import annotations

import copy
import os
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import mujoco

from carebot.errors import DeviceError
from carebot.simulation.cutaway import Cutaway
from carebot.simulation.eye import DRAWN_GROUPS
from carebot.simulation.runner import Moment
from carebot.simulation.simulator import Simulator

NO_DISPLAY = (
    "--view needs a display, and this machine has none (DISPLAY and WAYLAND_DISPLAY are not set): use "
    "`carebot sim film` instead."
)
CLOSES_WITHIN_S = 10.0


def check_display(environment: Mapping[str, str], platform: str = sys.platform) -> None:
    """Raises DeviceError where no window can be opened."""
    if platform.startswith("linux") and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        raise DeviceError(NO_DISPLAY)


class Viewer:
    """A context manager; `show` keeps to real time. Closing the window does not end the run.

    The window has a model and a state of its own, so that what is taken away for the onlooker stays for the robot.
    """

    def __init__(self) -> None:
        check_display(os.environ)
        self._window: Any = None
        self._threads: list[threading.Thread] = []
        self._began_s = 0.0

    def show(self, moment: Moment, simulator: Simulator, _picture: object) -> None:
        """The simulation as it is now."""
        if self._window is None:
            self._open(simulator)
        if self._window.is_running():
            self._copy(simulator)
            self._window.sync()
            time.sleep(max(0.0, self._began_s + moment.truth.time_s - time.monotonic()))

    def _open(self, simulator: Simulator) -> None:
        from mujoco import viewer

        self._model = copy.copy(simulator.stage.model)
        self._data = mujoco.MjData(self._model)
        self._copy(simulator)
        Cutaway(self._model, self._data).open(self._model)
        before = set(threading.enumerate())
        try:
            self._window = viewer.launch_passive(self._model, self._data, show_left_ui=False, show_right_ui=False)
        except Exception as error:
            raise DeviceError(f"--view could not open a window ({error}): use `carebot sim film` instead.") from error
        self._threads = [thread for thread in threading.enumerate() if thread not in before]
        with self._window.lock():
            simulator.onlooker.aim(self._window.cam)
            self._window.opt.geomgroup[:] = 0
            self._window.opt.geomgroup[list(DRAWN_GROUPS)] = 1
        self._began_s = time.monotonic()

    def _copy(self, simulator: Simulator) -> None:
        for part in ("qpos", "mocap_pos", "mocap_quat"):
            getattr(self._data, part)[:] = getattr(simulator.data, part)
        self._data.time = simulator.time_s
        mujoco.mj_forward(self._model, self._data)

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._window is not None:
            self._window.close()
            for thread in self._threads:  # they crash the process if they still draw when it ends
                thread.join(CLOSES_WITHIN_S)
