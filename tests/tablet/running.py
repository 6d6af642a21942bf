"""A real server in a process of its own, for tests that talk to it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from carebot.tablet.certificate import Certificates
from tests.tablet.server_process import run

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.tablet.serve"])
"""Servers are forked from a process that has imported all of it: that takes longer than all else that a test does."""


class RunningServer:
    """`serve.py` and its robot; `do` gives it a command."""

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        access: str = "auto",
        wheels: bool = False,
        certificates: Certificates | None = None,
    ) -> None:
        self.folder, self.access, self.wheels = folder, access, wheels
        descriptor, name = tempfile.mkstemp(prefix="carebot-test-server-")
        os.close(descriptor)
        self._printed = Path(name)
        self._commands, its_end = PROCESSES.Pipe()
        arguments = (its_end, self._printed, dict(os.environ), port, folder, access, wheels, certificates)
        self.process = PROCESSES.Process(target=run, args=arguments, daemon=True)
        self.process.start()
        its_end.close()
        self.info = self._answer()

    @property
    def url(self) -> str:
        return str(self.info["url"])

    def do(self, what: str, **details: Any) -> dict[str, Any]:
        self._commands.send({"do": what, **details})
        return self._answer()

    def pin(self) -> str:
        return str(self.do("pin")["pin"])

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def restart(self) -> RunningServer:
        """Another server on the same port and with the same records."""
        return RunningServer(self.folder, self.info["port"], self.access, self.wheels)

    def close(self) -> int:
        """End it as its operator would; its exit code."""
        self._commands.close()
        self.process.join(timeout=60)
        self.process.kill()
        self.process.join()
        self._printed.unlink(missing_ok=True)
        return int(self.process.exitcode or 0)

    def _answer(self) -> dict[str, Any]:
        try:
            return dict(self._commands.recv())
        except (EOFError, ConnectionResetError):
            self.process.join(timeout=60)
            raise AssertionError(f"the server ended ({self.process.exitcode}): {self._printed.read_text()}") from None


@contextlib.contextmanager
def running(folder: Path, access: str = "auto") -> Iterator[RunningServer]:
    server = RunningServer(folder, access=access)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def paired(server: RunningServer, name: str = "Aiko", timeout_s: float = 10.0) -> Iterator[httpx.Client]:
    """A client that paired as a browser does."""
    with httpx.Client(base_url=server.url, timeout=timeout_s, trust_env=False) as client:
        answer = client.post("/api/v1/pair", json={"pin": server.pin(), "name": name})
        assert answer.status_code == 200, answer.text
        yield client


def cookies_of(client: httpx.Client) -> str:
    """A client's cookies as a header, for web sockets, which have no jar."""
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())
