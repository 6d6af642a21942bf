"""A real HTTP server on this machine that gives one file, and misbehaves in the way a test asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Behaviour:
    """How the server answers; what it was asked is in `asked` (the headers of each request)."""

    content: bytes
    ranges: bool = True
    etag: str | None = '"one"'
    modified: str | None = None
    cuts: list[int] = field(default_factory=list)
    """How many bytes each of the next answers sends before the connection is cut."""
    claimed_more: int = 0
    """Bytes that Content-Length promises beyond the truth."""
    length: bool = True
    chunked: bool = False
    status: int | None = None
    redirect: str | None = None
    wrong_range: bool = False
    stall: bool = False
    """Send half, then nothing until the test is over."""
    hang_up: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    sent_half: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def do_GET(self) -> None:
        how = self.behaviour
        how.asked.append({key.lower(): value for key, value in self.headers.items()})
        self.close_connection = True
        if how.hang_up:
            return
        if how.redirect is not None and self.path == "/model.onnx":
            self._head(how.status or 302, {"Location": how.redirect, "Content-Length": "0"})
        elif how.status is not None and how.redirect is None:
            self._head(how.status, {"Content-Length": "0"})
        else:
            self._give(how)

    def _give(self, how: Behaviour) -> None:
        start = self._wanted_start(how)
        if start > 0 and start >= len(how.content):
            page = b"<h1>416</h1>"
            self._head(416, {"Content-Range": f"bytes */{len(how.content)}", "Content-Length": str(len(page))})
            self.wfile.write(page)
            return
        body = how.content[start:]
        headers = {"ETag": how.etag, "Last-Modified": how.modified}
        if how.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif how.length:
            headers["Content-Length"] = str(max(0, len(body) + how.claimed_more))
        if start:
            first = start + 1 if how.wrong_range else start
            headers["Content-Range"] = f"bytes {first}-{len(how.content) - 1}/{len(how.content)}"
        self._head(206 if start else 200, headers)
        self._send(how, body)

    def _wanted_start(self, how: Behaviour) -> int:
        wanted = self.headers.get("Range")
        stale = self.headers.get("If-Range") not in (None, how.etag, how.modified)
        if wanted is None or not how.ranges or stale:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _send(self, how: Behaviour, body: bytes) -> None:
        if how.stall:
            self.wfile.write(body[: len(body) // 2])
            how.sent_half.set()
            how.over.wait(60)
            return
        if how.cuts:
            body = body[: how.cuts.pop(0)]
            self.wfile.write(b"%x\r\n" % (len(body) + 99) + body if how.chunked else body)
            return
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if how.chunked else body)

    def _head(self, status: int, headers: dict[str, str | None]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            if value is not None:
                self.send_header(key, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `asked` instead."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """The address of the file while the server runs."""
    handler = type("BoundHandler", (Handler,), {"behaviour": behaviour})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/model.onnx"
    finally:
        behaviour.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
