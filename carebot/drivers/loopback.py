"""A port in memory: a driver talks to a fake in virtual time, exactly and without waiting."""

from __future__ import annotations

from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.errors import DeviceLostError, PortError

_STEP_S = 0.001


class Loopback:
    """Stands for the place where ports are plugged in; its `open` is what a driver takes in place of `SerialPort`."""

    def __init__(self, line: Line, clock: ManualClock) -> None:
        self.line = line
        self.is_plugged = True
        self._clock = clock
        self._port: LoopbackPort | None = None

    def open(self, name: str, _baud: int) -> LoopbackPort:
        if not self.is_plugged:
            raise PortError(f"There is no port {name}: plug the device in, or name another port.")
        self._port = LoopbackPort(name, self, self._clock)
        return self._port

    def pass_time(self) -> None:
        """Let the fake live up to the clock's time while the driver does nothing; what it sends waits in the port."""
        if self._port is not None:
            self._port.collect()
        else:
            self.line.exchange(b"", self._clock.now_s())


class LoopbackPort:
    """One opened port of a `Loopback`; waiting on it turns the clock on."""

    def __init__(self, name: str, loopback: Loopback, clock: ManualClock) -> None:
        self.name = name
        self._loopback = loopback
        self._clock = clock
        self._arrived = bytearray()
        self._loopback.line.exchange(b"", clock.now_s())

    def read(self) -> bytes:
        self._exchange(b"")
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def wait(self, timeout_s: float) -> bool:
        ends_s = self._clock.now_s() + timeout_s
        self._exchange(b"")
        while not self._arrived and self._clock.now_s() < ends_s:
            self._clock.advance(min(_STEP_S, ends_s - self._clock.now_s()))
            self._exchange(b"")
        return bool(self._arrived)

    def write(self, data: bytes) -> None:
        self._exchange(data)

    def close(self) -> None:
        self._arrived.clear()

    def collect(self) -> None:
        """Take what the device has sent by now, for the next `read`."""
        self._exchange(b"")

    def _exchange(self, data: bytes) -> None:
        if not self._loopback.is_plugged:
            raise DeviceLostError(f"{self.name} is gone: check the cable and the device's power.")
        self._arrived += self._loopback.line.exchange(data, self._clock.now_s())
