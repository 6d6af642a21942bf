"""One process of a profile: `python -m carebot.ros.process NODE [NODE ...] --ros-args ...`.

Several nodes share one executor. A process started by `carebot up` dies with it, even where that was `kill -9`ed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

from carebot.errors import ConfigError
from carebot.orphans import die_with
from carebot.ros.nodes import NODES

PARENT_VARIABLE = "CAREBOT_PARENT_PID"


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a Ctrl-C during the imports is no traceback
    die_with_parent()
    names = sys.argv[1 : sys.argv.index("--ros-args")] if "--ros-args" in sys.argv else sys.argv[1:]
    try:
        check_names(names)
    except ConfigError as error:
        print(f"process: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    modules = [importlib.import_module(NODES[name].module) for name in names]
    if len(names) == 1:
        modules[0].main()
    else:
        from carebot.ros.run import run

        run(*(getattr(module, NODES[name].class_name) for module, name in zip(modules, names, strict=True)))


def check_names(names: list[str]) -> None:
    """Raises ConfigError for no node, an unknown node, or company for a node that must be alone."""
    if not names:
        raise ConfigError(f"no node is named: name one of {', '.join(NODES)}.")
    for name in names:
        if name not in NODES:
            raise ConfigError(f"the node '{name}' is unknown: use one of {', '.join(NODES)}.")
        if NODES[name].alone and len(names) > 1:
            raise ConfigError(f"the node '{name}' needs a process of its own: give it one.")


def die_with_parent() -> None:
    """End this process when the supervisor that started it is gone, however it went."""
    parent = os.environ.pop(PARENT_VARIABLE, "")
    if parent and not die_with(int(parent)):
        print("process: the kernel refuses to tie this process to its supervisor.", file=sys.stderr)


if __name__ == "__main__":
    main()
