"""The server that carries the app: takes the port before anything starts, and ends without a trace on a signal."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from carebot.errors import ConfigError, SetupError
from carebot.tablet.certificate import Pair

_LOG = logging.getLogger("carebot.tablet")
GOODBYE_S = 2
RENEW_EVERY_S = 86_400.0


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on `host`:`port` (0 lets the system choose).

    Raises:
        SetupError: the port is taken or may not be used.
        ConfigError: the host is no address of this machine, or the port is no port.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"The tablet's port {port} is not between 0 and 65535.")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError):
        raise ConfigError(
            f"The tablet's host {host!r} is no address of this machine: use 127.0.0.1 or 0.0.0.0."
        ) from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise _bind_error(host, port, error) from None
    return listening


def _bind_error(host: str, port: int, error: OSError) -> SetupError | ConfigError:
    if error.errno == errno.EADDRINUSE:
        return SetupError(f"The port {port} on {host} is taken by another program: stop it or choose another port.")
    if error.errno == errno.EACCES:
        return SetupError(f"The port {port} may not be used by this user: choose one above 1023.")
    return ConfigError(f"The tablet cannot listen on {host}:{port} ({error.strerror}): use 127.0.0.1 or 0.0.0.0.")


def is_for_this_machine_alone(listening: socket.socket) -> bool:
    """Whether nobody but this machine can reach it."""
    return ipaddress.ip_address(str(listening.getsockname()[0]).split("%")[0]).is_loopback


def url(listening: socket.socket, scheme: str = "http") -> str:
    """The address to type into a browser on this machine, or on another one where the socket is open to all."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


class TabletServer(uvicorn.Server):
    """uvicorn without its own signal handlers: it ends, within a tenth of a second, when `is_stopping` says so.

    `renew` is asked once a day for the certificates, which hold from then on for whoever connects.
    """

    def __init__(
        self,
        app: FastAPI,
        is_stopping: Callable[[], bool],
        certificates: Pair | None = None,
        renew: Callable[[], Pair | None] | None = None,
    ) -> None:
        self._is_stopping, self._renew = is_stopping, renew
        self._renew_at_s = time.monotonic() + RENEW_EVERY_S
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GOODBYE_S,
            server_header=False,
            ws_max_size=1 << 20,
            ssl_certfile=None if certificates is None else certificates.server,
            ssl_keyfile=None if certificates is None else certificates.key,
        )
        super().__init__(config)

    async def on_tick(self, counter: int) -> bool:
        if self._renew is not None and self.config.ssl is not None and time.monotonic() >= self._renew_at_s:
            self._renew_at_s = time.monotonic() + RENEW_EVERY_S
            try:
                made = await asyncio.to_thread(self._renew)
                if made is not None:
                    self.config.ssl.load_cert_chain(made.server, made.key)
            except (SetupError, OSError) as error:
                _LOG.warning("the certificate stays as it is until tomorrow: %s", error)
        return await super().on_tick(counter) or self._is_stopping()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
