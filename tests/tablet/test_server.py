"""Taking a port, or saying in one sentence why not."""

from __future__ import annotations

import contextlib
import socket

import pytest

from carebot.errors import ConfigError, SetupError
from carebot.tablet.server import bind, url


def test_a_port_that_is_taken_is_named():
    with contextlib.closing(bind("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(SetupError, match=f"port {port} .* is taken"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_what_is_no_port_is_refused(port: int):
    with pytest.raises(ConfigError, match="not between"):
        bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1", "256.256.256.256", "x" * 300, "\ud800"])
def test_what_is_no_address_of_this_machine_is_refused(host: str):
    with pytest.raises(ConfigError, match=r"use 127\.0\.0\.1"):
        bind(host, 0)


def test_the_address_to_type_into_a_browser():
    with contextlib.closing(bind("127.0.0.1", 0)) as listening:
        assert url(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with contextlib.closing(bind("0.0.0.0", 0)) as listening:
        assert url(listening) == f"http://{socket.gethostname()}:{listening.getsockname()[1]}/"
