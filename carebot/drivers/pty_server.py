"""A fake controller on a pseudo-terminal, so that the real driver opens a real port."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty
from pathlib import Path
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from carebot.clock import Clock

_PERIOD_S = 0.002
_MOST_BYTES_AT_ONCE = 4096


class Exchange(Protocol):
    """A `Line` to a fake, or whatever else takes bytes for a device and returns those that it has sent by then."""

    def exchange(self, data: bytes, now_s: float) -> bytes: ...


class PtyServer:
    """Serves `line` behind the file `path` until it is closed.

    `path` is a link to the pseudo-terminal, as udev's names are links to ports; it goes away while unplugged. The
    line and its fake may be changed while it runs, under `lock`.
    """

    def __init__(self, line: Exchange, path: Path, clock: Clock) -> None:
        self.line = line
        self.path = path
        self.lock = threading.Lock()
        self._clock = clock
        self._master: int | None = None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"fake on {path}", daemon=True)

    def start(self) -> None:
        self.plug()
        self._thread.start()

    def close(self) -> None:
        """Unplug, and wait for the thread."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join()
        self.unplug()

    def plug(self) -> None:
        with self.lock:
            if self._master is None:
                self._master = self._open()

    def unplug(self) -> None:
        """The port vanishes as when a USB cable is pulled; the fake keeps running."""
        with self.lock:
            if self._master is not None:
                os.close(self._master)
                self._master = None
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> int:
        master, slave = os.openpty()
        tty.setraw(slave)
        name = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(master, False)
        draft = self.path.with_name(f"{self.path.name}.new")
        draft.symlink_to(name)
        draft.replace(self.path)
        return master

    def _serve(self) -> None:
        while not self._ends.is_set():
            if not self._wait():
                self._ends.wait(_PERIOD_S)
            with self.lock:
                self._exchange()

    def _wait(self) -> bool:
        """Wait for bytes; False where that was not possible, because nobody has opened the port or it is unplugged."""
        master = self._master
        if master is None:
            return False
        poll = select.poll()
        poll.register(master, select.POLLIN)
        events = poll.poll(_PERIOD_S * 1000)
        return not any(event & ~select.POLLIN for _, event in events)

    def _exchange(self) -> None:
        sent = self.line.exchange(self._read(), self._clock.now_s())
        if sent and self._master is not None:
            with contextlib.suppress(OSError):  # a host that does not read loses bytes, as on a real line
                os.write(self._master, sent)

    def _read(self) -> bytes:
        if self._master is None:
            return b""
        try:
            return os.read(self._master, _MOST_BYTES_AT_ONCE)
        except OSError:
            return b""
