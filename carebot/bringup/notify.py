"""What systemd is told about a service of `Type=notify`: ready, alive, stopping.

Source of the protocol: sd_notify(3). Without systemd (`NOTIFY_SOCKET` is not set) nobody is told anything.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


class Notifier:
    """Tells `environment`'s service manager; `alive` is cheap enough for every turn of a loop."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._every_s = _watchdog_s(environment) / 3
        self._told_s: float | None = None

    def tell(self, state: str) -> None:
        """Never raises: a service manager that does not listen must not stop a robot."""
        if not self._address.startswith(("/", "@")):
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
                link.setblocking(False)
                link.sendto(state.encode(), address)
        except OSError:
            return

    def alive(self, now_s: float) -> None:
        """Feed the watchdog, where there is one, three times in its time."""
        if self._every_s and (self._told_s is None or now_s - self._told_s >= self._every_s):
            self._told_s = now_s
            self.tell(ALIVE)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """0 where nobody watches, or where another process is meant."""
    text, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not text.isdecimal() or pid not in ("", str(os.getpid())):
        return 0.0
    return int(text) / 1e6
