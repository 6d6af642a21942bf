"""Where carebot's own files are: models, launch files and profiles; and where this machine's data is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from carebot.errors import ConfigError


def share_dir() -> Path:
    """The folder that holds `models/` and `launch/`: the source tree, else an installed `share/carebot`."""
    source_tree = Path(__file__).resolve().parent.parent
    if (source_tree / "models" / "registry.toml").is_file():
        return source_tree
    prefixes = [*os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep), sys.prefix]
    candidates = [Path(prefix) / "share" / "carebot" for prefix in prefixes if prefix]
    return next((path for path in candidates if (path / "models").is_dir()), candidates[-1])


def models_dir() -> Path:
    """The models that carebot ships."""
    return share_dir() / "models"


def profiles_dir() -> Path:
    """The profiles that `carebot up` and `ros2 launch` share."""
    return share_dir() / "launch" / "profiles"


def data_dir() -> Path:
    """This user's records and pulled models: `$CAREBOT_DATA_DIR`, else `$XDG_DATA_HOME/carebot`."""
    if chosen := os.environ.get("CAREBOT_DATA_DIR"):
        return expanded(chosen)
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return expanded(base) / "carebot"


def memory_dir() -> Path:
    """This user's files that need no disk and end with the machine: in `$XDG_RUNTIME_DIR`, else in shared memory."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "carebot" if base else Path("/dev/shm") / f"carebot-{os.getuid()}"


def expanded(name: str | Path) -> Path:
    """The path `name`, in which ~ and ~USER are home folders; raises ConfigError where nobody knows that folder."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise ConfigError(f"{name}: there is no home folder of that user here: write the whole path.") from None
