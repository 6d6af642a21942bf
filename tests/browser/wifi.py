"""A Wi-Fi between tablet and robot that can swallow everything without ending a connection, and deliver it later."""

from __future__ import annotations

import contextlib
import socket
import threading


class Wifi:
    """Forwards every connection to `port` on this machine; between `swallow` and `deliver` nothing passes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._passes = threading.Event()
        self._passes.set()
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        self._passes.clear()

    def deliver(self) -> None:
        self._passes.set()

    def close(self) -> None:
        self._passes.set()
        for each in (self._listening, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                tablet, _ = self._listening.accept()
                robot = socket.create_connection(("127.0.0.1", self._port))
                self._sockets += [tablet, robot]
                for source, target in ((tablet, robot), (robot, tablet)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                self._passes.wait()
                target.sendall(content)
            self._passes.wait()
            target.shutdown(socket.SHUT_WR)
