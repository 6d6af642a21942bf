"""MuJoCo's own window on a simulation that is played, where there is a display."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from carebot.errors import DeviceError
from carebot.simulation.runner import Moment
from carebot.simulation.simulator import Simulator

NO_DISPLAY = (
    "--view needs a display, and this machine has none (DISPLAY and WAYLAND_DISPLAY are not set): use "
    "`carebot sim film` instead."
)


def check_display(environment: Mapping[str, str], platform: str = sys.platform) -> None:
    """Raises DeviceError where no window can be opened."""
    if platform.startswith("linux") and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        raise DeviceError(NO_DISPLAY)


class Viewer:
    """A context manager; `show` keeps to real time. Closing the window does not end the run."""

    def __init__(self) -> None:
        check_display(os.environ)
        self._window: Any = None
        self._began_s = 0.0

    def show(self, moment: Moment, simulator: Simulator, _picture: object) -> None:
        """The simulation as it is now."""
        if self._window is None:
            self._open(simulator)
        if self._window.is_running():
            self._window.sync()
            time.sleep(max(0.0, self._began_s + moment.truth.time_s - time.monotonic()))

    def _open(self, simulator: Simulator) -> None:
        from mujoco import viewer

        try:
            self._window = viewer.launch_passive(simulator.stage.model, simulator.data)
        except Exception as error:
            raise DeviceError(f"--view could not open a window ({error}): use `carebot sim film` instead.") from error
        self._began_s = time.monotonic()

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._window is not None:
            self._window.close()
