"""The virtual environment that the user has activated, for programs that are started by another Python than its own."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping
from pathlib import Path


def use_active(environment: Mapping[str, str] = os.environ) -> None:
    """Make the packages of the activated environment importable.

    `ros2 launch` runs with the system's Python whatever is activated, and so finds what ROS brings but not what pip put
    into the environment. Nothing happens where none is activated or where it belongs to another version of Python.
    """
    folder = _site_packages(environment)
    if folder is not None and str(folder) not in sys.path:
        site.addsitedir(str(folder))


def python(environment: Mapping[str, str] = os.environ) -> str:
    """The Python that finds those packages: the activated environment's, else the running one."""
    folder = _site_packages(environment)
    return sys.executable if folder is None else str(Path(environment["VIRTUAL_ENV"]) / "bin" / "python")


def _site_packages(environment: Mapping[str, str]) -> Path | None:
    root = environment.get("VIRTUAL_ENV", "")
    folder = Path(root, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
    return folder if root and folder.is_dir() else None
