"""A web server that has nothing but the robot's own certificate and one page."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from fastapi import FastAPI

from carebot.tablet.certificate import Certificates
from carebot.tablet.server import TabletServer, bind, url


@contextlib.contextmanager
def served(certificates: Certificates, renew: Callable[[], Certificates] | None = None) -> Iterator[str]:
    """Its address, `https://127.0.0.1:…/`; it answers `health`."""
    app, stopping = FastAPI(), threading.Event()
    app.get("/health")(lambda: {"status": "ok"})
    listening = bind("127.0.0.1", 0)
    address = url(listening, "https")
    thread = threading.Thread(
        target=TabletServer(app, stopping.is_set, certificates, renew).run, kwargs={"sockets": [listening]}
    )
    thread.start()
    yield address
    stopping.set()
    thread.join(timeout=30)
