"""Mosquitto, the real broker, on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
WAIT_S = 30.0


@contextmanager
def broker(folder: Path, port: int) -> Iterator[None]:
    """Runs inside the block; without a memory of earlier ones."""
    file = folder / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    with subprocess.Popen([str(MOSQUITTO), "-c", str(file)], stderr=subprocess.DEVNULL) as process:
        try:
            until_s = time.monotonic() + WAIT_S
            while not is_listening(port):
                assert time.monotonic() < until_s, "Mosquitto does not start"
                time.sleep(0.01)
            yield
        finally:
            process.terminate()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
