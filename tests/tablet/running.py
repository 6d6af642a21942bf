"""A real server in a process of its own, for tests that talk to it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

SERVE = Path(__file__).with_name("serve.py")


class RunningServer:
    """`serve.py` and its robot; `do` gives it a command."""

    def __init__(self, folder: Path, port: int = 0, access: str = "auto", wheels: bool = False) -> None:
        self.folder, self.access, self.wheels = folder, access, wheels
        command = [sys.executable, str(SERVE), str(port), str(folder), access, "yes" if wheels else "no"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.info = self._line()

    @property
    def url(self) -> str:
        return str(self.info["url"])

    def do(self, what: str, **details: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": what, **details}) + "\n")
        self.process.stdin.flush()
        return self._line()

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
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the server ended: see its output above"
        return dict(json.loads(line))


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
