"""MuJoCo, imported once with a sentence for when its graphics cannot be used.

Import this before anything else that imports mujoco, which looks for its graphics then, and raises what it likes.
"""

from __future__ import annotations

import os

from carebot.errors import DeviceError

try:
    import mujoco
except (AttributeError, RuntimeError, OSError) as error:
    backend = os.environ.get("MUJOCO_GL", "")
    raise DeviceError(
        f"The simulation's graphics cannot be used (MUJOCO_GL={backend}: {error}): install the Debian packages libegl1 "
        "and libgl1-mesa-dri, and leave MUJOCO_GL unset."
    ) from error

__all__ = ["mujoco"]
