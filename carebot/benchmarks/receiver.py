"""Caregivers' phones: a real HTTP server on a free port that keeps what it is sent, in Apprise's json:// format."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Letter:
    """What came: to which path, with which words, and when (a monotonic clock's seconds)."""

    path: str
    title: str
    message: str
    at_s: float


@dataclass
class Phones:
    """What has come so far. A `status` other than 200 is what it refuses with, and then nothing is kept."""

    port: int
    letters: list[Letter] = field(default_factory=list)
    status: int = 200

    @property
    def address(self) -> str:
        """As Apprise wants it; whatever path follows is a phone."""
        return f"json://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        """Whose phone rang, in order."""
        return [letter.path for letter in self.letters]


@contextmanager
def phones() -> Iterator[Phones]:
    """A server that runs inside."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at_s = time.monotonic()
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if kept.status == 200:
                kept.letters.append(Letter(self.path, content["title"], content["message"], at_s))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Phones(server.server_address[1])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
