"""Copied into the virtual environment where a sourced ROS is used: lets the loader find carebot's ROS messages there.

ROS opens message libraries by name, and the loader reads LD_LIBRARY_PATH only when a process starts; so Python is
started again in its own place, once, as the ROS wheels do it as well.
"""

import os
import sys

_library = os.path.join(sys.prefix, "lib")  # noqa: PTH118 - runs at every start of Python, where pathlib costs time
_paths = [path for path in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if path]
if _library not in _paths:
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([_library, *_paths])
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
