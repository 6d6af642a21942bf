"""A web server that has nothing but the robot's own certificate and one page."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fastapi import FastAPI

from carebot.tablet import certificate
from carebot.tablet.certificate import Certificates, Pair
from carebot.tablet.server import TabletServer, bind, url


def certify(certificates: Certificates, *names: str) -> None:
    """The authority's key signs the server's certificate for those names, as a thief would."""
    folder = certificates.authority.parent
    authority = x509.load_pem_x509_certificate(certificates.authority.read_bytes())
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    certificate._make_server(folder, authority, key, names, datetime.now(timezone.utc))


@contextlib.contextmanager
def served(certificates: Pair, renew: Callable[[], Pair | None] | None = None) -> Iterator[str]:
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
