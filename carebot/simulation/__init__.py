"""The embedded simulator: a room, a resident, and the robot's camera."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, MutableMapping


def choose_graphics(environment: MutableMapping[str, str], load: Callable[[str], object] = ctypes.CDLL) -> None:
    """Choose how MuJoCo draws, before it is imported and where nobody has chosen: EGL, or nothing without its library.

    Mesa's software renderer works in the calling thread: two cores are better left to the robot's nodes.
    """
    environment.setdefault("LP_NUM_THREADS", "0")
    if "MUJOCO_GL" in environment:
        return
    try:
        load("libEGL.so.1")
        environment["MUJOCO_GL"] = "egl"
    except OSError:
        environment["MUJOCO_GL"] = "disable"


choose_graphics(os.environ)
