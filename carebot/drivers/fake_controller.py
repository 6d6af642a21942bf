"""What every fake controller is: the device's bytes in, the device's bytes out, with time handed in.

It has no port and reads no clock, so a test can run it in virtual time (`loopback.LoopbackPort`), and a simulation on a
pseudo-terminal (`pty_server.PtyServer`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from carebot.drivers.motor_model import MotorModel

TICK_S = 0.002
"""How finely a fake sees time: its watchdog, its reports and its motors move on in these steps."""

_LONGEST_CATCH_UP_S = 5.0


class FakeController(ABC):
    """A motor controller with its motors; press its buttons and hold its wheels through the public attributes."""

    has_estop = True
    """Whether the device has an emergency-stop input."""

    def __init__(self, motor_count: int) -> None:
        self.motors = [MotorModel() for _ in range(motor_count)]
        self.estop = False
        """Whether the emergency-stop input is pressed."""
        self.voltage_v = 24.6
        self.temperature_c = 31.0
        self.booted_s: float | None = None
        self._time_s: float | None = None
        self._booting_until_s = 0.0
        self._boot()

    # --- what a device fills in ---------------------------------------------------------------------------------------

    @abstractmethod
    def _boot(self) -> None:
        """Power-on: forget commands, arming, half-received frames; the motors keep rolling."""

    @abstractmethod
    def _answer(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the host; returns what the device sends back at once."""

    @abstractmethod
    def _tick(self, now_s: float) -> bytes:
        """`TICK_S` has passed: look at the watchdog and the inputs; returns what the device sends by itself."""

    @abstractmethod
    def _targets(self) -> list[float | None]:
        """The speed that each motor's loop holds now, in rad/s of the wheel; None for a motor without power."""

    # --- what everybody calls -----------------------------------------------------------------------------------------

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Let time pass up to `now_s`, then take `data`; returns everything the device sent meanwhile."""
        sent = bytearray()
        if self._time_s is None or now_s - self._time_s > _LONGEST_CATCH_UP_S:
            self._time_s = now_s
            self.booted_s = now_s if self.booted_s is None else self.booted_s
        while now_s - self._time_s >= TICK_S:
            self._time_s += TICK_S
            sent += self._pass_tick(self._time_s)
        if data and now_s >= self._booting_until_s:
            sent += self._answer(data, now_s)
        return bytes(sent)

    def reboot(self, now_s: float, silent_for_s: float = 0.1) -> None:
        """Lose and regain power: everything is forgotten, and the device is deaf and mute while it boots."""
        self._boot()
        self.booted_s = now_s + silent_for_s
        self._booting_until_s = now_s + silent_for_s

    def stall(self, motor: int, is_stalled: bool = True) -> None:
        self.motors[motor].is_stalled = is_stalled

    def _pass_tick(self, now_s: float) -> bytes:
        booting = now_s < self._booting_until_s
        sent = b"" if booting else self._tick(now_s)
        targets = [None] * len(self.motors) if booting else self._targets()
        for motor, target in zip(self.motors, targets, strict=True):
            motor.step(target, TICK_S, self.voltage_v)
        return sent
