"""The firmware's C code in this process, behind the interface of the fakes."""

from __future__ import annotations

import ctypes
from pathlib import Path

from carebot.drivers.carebot_mcu.protocol import Decoder, Reply, Report, SetParameter, encode
from carebot.drivers.fake_controller import FakeController
from carebot.drivers.motor_model import MotorModel

ESTOP, HELD, VOLTAGE_MV, COUNTERS, HELD_SPEED, ACCELERATION = range(192, 198)


class FirmwareOnHost(FakeController):
    """One at a time: the library holds one device. Its wheels are the plant's, so `motors` are not used."""

    def __init__(self, library: Path, booted_ms: int = 1000) -> None:
        self.motors: list[MotorModel] = []
        self._library = ctypes.CDLL(str(library))
        self._library.host_take_sent.restype = ctypes.c_uint32
        self._library.host_crc16.restype = ctypes.c_uint16
        self._buffer = ctypes.create_string_buffer(65536)
        self._decoder = Decoder()
        self._time_s: float | None = None
        self._parts_s = 0.0
        self.boot(booted_ms)

    # --- the interface of fakes ---------------------------------------------------------------------------------------

    def feed(self, data: bytes, now_s: float) -> bytes:
        self._time_s = now_s if self._time_s is None else self._time_s
        self._parts_s += now_s - self._time_s
        self._time_s = now_s
        while self._parts_s >= 0.001 - 1e-9:
            self._parts_s -= 0.001
            self._library.host_pass_1ms()
        self._library.host_receive(data, len(data))
        return self._taken()

    def reboot(self, now_s: float, silent_for_s: float = 0.0) -> None:
        self.boot(1)

    def _boot(self) -> None: ...
    def _answer(self, data: bytes, now_s: float) -> bytes:
        raise NotImplementedError

    def _tick(self, now_s: float) -> bytes:
        raise NotImplementedError

    def _targets(self) -> list[float | None]:
        raise NotImplementedError

    # --- for unit tests -----------------------------------------------------------------------------------------------

    def boot(self, at_ms: int) -> None:
        self._library.host_boot(ctypes.c_uint32(at_ms))

    def say(self, data: bytes) -> list[Reply]:
        """Send bytes; returns what the firmware answers at once."""
        self._library.host_receive(data, len(data))
        return self._decoder.feed(self._taken())

    def pass_ms(self, count: int) -> list[Reply]:
        for _ in range(count):
            self._library.host_pass_1ms()
        return self._decoder.feed(self._taken())

    def skip_ms(self, count: int) -> None:
        """Let time pass in which the firmware's loop does not come round."""
        for _ in range(count):
            self._library.host_skip_1ms()

    def report(self) -> Report:
        """The next report."""
        while True:
            reports = [reply for reply in self.pass_ms(1) if isinstance(reply, Report)]
            if reports:
                return reports[-1]

    def set_plant(self, parameter: int, value: int) -> None:
        self.say(encode(SetParameter(parameter, value), 77))

    def crc16(self, data: bytes) -> int:
        return int(self._library.host_crc16(data, len(data)))

    def _taken(self) -> bytes:
        length = self._library.host_take_sent(self._buffer)
        return self._buffer.raw[:length]
