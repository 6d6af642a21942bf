"""A test's server in a process that was forked for it."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from carebot.tablet.certificate import Certificates


def run(
    commands: Connection[Any, Any],
    printed: Path,
    environment: dict[str, str],
    port: int,
    folder: Path,
    access: str,
    wheels: bool,
    certificates: Certificates | None,
) -> None:
    """Serve until `commands` is closed; what it prints goes into the file `printed`."""
    with printed.open("ab", buffering=0) as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    from tests.tablet.serve import serve

    serve(commands, port, folder, access, wheels, certificates)  # type: ignore[arg-type]
