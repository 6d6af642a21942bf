"""A RoboClaw in Python: the same bytes on the wire, and as careless about restarts as the real one."""

from __future__ import annotations

import math
import struct
from binascii import crc_hqx
from collections.abc import Callable

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.roboclaw.fake_settings import FakeSettings
from carebot.drivers.roboclaw.protocol import (
    ACKNOWLEDGED,
    FULL_DUTY,
    HIGHEST_ADDRESS,
    LOWEST_ADDRESS,
    PACKET_GAP_S,
    TIMEOUT_STEP_S,
    Bit,
)
from carebot.drivers.roboclaw.settings import RoboClawSettings

_FULL_DUTY_RAD_S = 25.0
"""How fast a wheel runs with full duty."""
_FASTEST_RAMP = 2**32 - 1
_LOGIC_TENTHS_V = 50
_IDLE_BUFFER = 0x80
_SIMPLE = ((0, 0, 1), (1, 0, -1), (4, 1, 1), (5, 1, -1), (6, 0, 0), (7, 1, 0))
"""Command, motor, direction."""


class FakeRoboClaw(FakeController):
    """`version` and `has_timeout` may be changed to play old firmware, `extra_status` to raise status bits.

    Like the device it forgets its serial time-out when it restarts, and then drives whoever commands it, without one.
    It listens to every address, as over USB.
    """

    def __init__(self, settings: RoboClawSettings) -> None:
        self.version = "USB Roboclaw 2x15a v4.1.34"
        self.has_timeout = True
        self.extra_status = 0
        self._counts_per_rad = settings.counts_per_rad
        self._settings = FakeSettings()
        self._writes = self._known_writes()
        self._reads = self._known_reads()
        super().__init__(2)

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._buffer = bytearray()
        self._last_byte_s = -math.inf
        self._is_deaf = False
        self.timeout_steps = 0
        self._fed_s = 0.0
        self._origin_rad = [motor.position_rad for motor in self.motors]
        self._halt()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        if now_s - self._last_byte_s > PACKET_GAP_S:
            self._buffer.clear()
            self._is_deaf = False
        self._last_byte_s = now_s
        self._buffer += data
        answers = bytearray()
        while not self._is_deaf and (answer := self._next_answer(now_s)) is not None:
            answers += answer
        return bytes(answers)

    def _tick(self, now_s: float) -> bytes:
        is_late = self.timeout_steps and now_s - self._fed_s >= self.timeout_steps * TIMEOUT_STEP_S
        if is_late or self.estop:
            self._halt()
        for motor in (0, 1):
            most = self._ramp[motor] * TICK_S
            self._speed[motor] += min(max(self._wanted[motor] - self._speed[motor], -most), most)
        return b""

    def _targets(self) -> list[float | None]:
        return [speed / self._counts_per_rad for speed in self._speed]  # at zero the bridge brakes

    # --- packets ------------------------------------------------------------------------------------------------------

    def _next_answer(self, now_s: float) -> bytes | None:
        """The answer to the packet at the buffer's beginning; None where it is not complete."""
        if len(self._buffer) < 2:
            return None
        address, number = self._buffer[:2]
        if not LOWEST_ADDRESS <= address <= HIGHEST_ADDRESS:
            return self._ignore()
        if number in (14, 15) and not self.has_timeout:
            return self._ignore()
        if number in self._reads:
            del self._buffer[:2]
            self._fed_s = now_s
            return _signed(self._reads[number](), address, number)
        if number in self._writes:
            return self._take(*self._writes[number], now_s)
        return self._ignore()

    def _take(self, layout: str, act: Callable[..., None], now_s: float) -> bytes | None:
        length = 2 + struct.calcsize(layout)
        if len(self._buffer) < length + 2:
            return None
        packet = bytes(self._buffer[: length + 2])
        del self._buffer[: length + 2]
        if crc_hqx(packet[:length], 0) != int.from_bytes(packet[length:], "big"):
            return self._ignore()
        self._fed_s = now_s
        act(*struct.unpack(layout, packet[2:length]))
        return bytes((ACKNOWLEDGED,))

    def _ignore(self) -> bytes:
        """What is no packet makes the device drop everything until the line has rested."""
        self._buffer.clear()
        self._is_deaf = True
        return b""

    def _known_writes(self) -> dict[int, tuple[str, Callable[..., None]]]:
        return {
            **self._settings.writes(),
            **{number: (">B", self._power(motor, way)) for number, motor, way in _SIMPLE},
            14: (">B", self._set_timeout),
            20: (">", self._reset_encoders),
            22: (">I", lambda count: self._set_encoder(0, count)),
            23: (">I", lambda count: self._set_encoder(1, count)),
            32: (">h", lambda duty: self._set_duty(0, duty)),
            33: (">h", lambda duty: self._set_duty(1, duty)),
            34: (">hh", self._set_duties),
            35: (">i", lambda speed: self._drive(0, speed)),
            36: (">i", lambda speed: self._drive(1, speed)),
            37: (">ii", lambda m1, m2: self._drive_both(_FASTEST_RAMP, m1, m2)),
            38: (">Ii", lambda ramp, speed: self._drive(0, speed, ramp)),
            39: (">Ii", lambda ramp, speed: self._drive(1, speed, ramp)),
            40: (">Iii", self._drive_both),
            50: (">IiIi", self._drive_each),
            52: (">hI", lambda duty, ramp: self._set_duty(0, duty, ramp)),
            53: (">hI", lambda duty, ramp: self._set_duty(1, duty, ramp)),
            54: (">hIhI", self._set_duties_slowly),
        }

    def _known_reads(self) -> dict[int, Callable[[], bytes]]:
        reads: dict[int, Callable[[], bytes]] = {
            **self._settings.reads(),
            16: lambda: struct.pack(">IB", self._counter(0), self._is_backward(0) << 1),
            17: lambda: struct.pack(">IB", self._counter(1), self._is_backward(1) << 1),
            18: lambda: struct.pack(">iB", self._counts_per_s(0), self._is_backward(0)),
            19: lambda: struct.pack(">iB", self._counts_per_s(1), self._is_backward(1)),
            21: lambda: self.version.encode("ascii") + b"\n\0",
            24: lambda: struct.pack(">H", round(self.voltage_v * 10)),
            25: lambda: struct.pack(">H", _LOGIC_TENTHS_V),
            30: lambda: struct.pack(">iB", self._counts_per_s(0), self._is_backward(0)),
            31: lambda: struct.pack(">iB", self._counts_per_s(1), self._is_backward(1)),
            47: lambda: bytes((_IDLE_BUFFER, _IDLE_BUFFER)),
            48: lambda: struct.pack(">hh", *(self._duty(motor) for motor in (0, 1))),
            49: lambda: struct.pack(">hh", *(round(motor.current_a * 100) for motor in self.motors)),
            78: lambda: struct.pack(">II", self._counter(0), self._counter(1)),
            79: lambda: struct.pack(">ii", self._counts_per_s(0), self._counts_per_s(1)),
            82: lambda: struct.pack(">h", round(self.temperature_c * 10)),
            83: lambda: struct.pack(">h", round(self.temperature_c * 10)),
            90: lambda: struct.pack(">I", self._status()),
            100: lambda: struct.pack(">HH", round(self.voltage_v * 10), _LOGIC_TENTHS_V),
            101: lambda: struct.pack(">hh", *(round(self.temperature_c * 10),) * 2),
            108: lambda: struct.pack(">ii", self._counts_per_s(0), self._counts_per_s(1)),
            111: lambda: struct.pack(">hh", *(self._speed_error(motor) for motor in (0, 1))),
        }
        return {**reads, 15: lambda: bytes((self.timeout_steps,))}

    # --- what commands do ---------------------------------------------------------------------------------------------

    def _set_timeout(self, steps: int) -> None:
        self.timeout_steps = steps

    def _reset_encoders(self) -> None:
        self._origin_rad = [motor.position_rad for motor in self.motors]

    def _set_encoder(self, motor: int, count: int) -> None:
        self._origin_rad[motor] = self.motors[motor].position_rad - count / self._counts_per_rad

    def _power(self, motor: int, way: int) -> Callable[[int], None]:
        """Compatibility commands: 0 to 127 in one direction or, where `way` is 0, both with a stop at 64."""
        if way:
            return lambda value: self._set_duty(motor, round(way * min(value, 127) / 127 * FULL_DUTY))
        return lambda value: self._set_duty(motor, round(min(max((value - 64) / 63, -1.0), 1.0) * FULL_DUTY))

    def _set_duties(self, m1: int, m2: int) -> None:
        self._set_duty(0, m1)
        self._set_duty(1, m2)

    def _set_duties_slowly(self, m1: int, ramp_1: int, m2: int, ramp_2: int) -> None:
        self._set_duty(0, m1, ramp_1)
        self._set_duty(1, m2, ramp_2)

    def _set_duty(self, motor: int, duty: int, ramp: int = 0) -> None:
        """`ramp` is in duty per second; 0 is at once."""
        per_duty = _FULL_DUTY_RAD_S * self._counts_per_rad / FULL_DUTY
        self._drive(motor, duty * per_duty, round(ramp * per_duty) or _FASTEST_RAMP)

    def _drive_both(self, ramp: int, m1: int, m2: int) -> None:
        self._drive(0, m1, ramp)
        self._drive(1, m2, ramp)

    def _drive_each(self, ramp_1: int, m1: int, ramp_2: int, m2: int) -> None:
        self._drive(0, m1, ramp_1)
        self._drive(1, m2, ramp_2)

    def _drive(self, motor: int, counts_per_s: float, ramp: int = _FASTEST_RAMP) -> None:
        if not self.estop:
            self._wanted[motor] = counts_per_s
            self._ramp[motor] = ramp

    def _halt(self) -> None:
        self._wanted = [0.0, 0.0]
        self._speed = [0.0, 0.0]
        self._ramp = [_FASTEST_RAMP, _FASTEST_RAMP]

    # --- what answers hold --------------------------------------------------------------------------------------------

    def _counter(self, motor: int) -> int:
        turned_rad = self.motors[motor].position_rad - self._origin_rad[motor]
        return round(turned_rad * self._counts_per_rad) & 0xFFFFFFFF

    def _counts_per_s(self, motor: int) -> int:
        return round(self.motors[motor].speed_rad_s * self._counts_per_rad)

    def _duty(self, motor: int) -> int:
        share = self.motors[motor].speed_rad_s / _FULL_DUTY_RAD_S
        return round(min(max(share, -1.0), 1.0) * FULL_DUTY)

    def _speed_error(self, motor: int) -> int:
        return min(max(round(self._speed[motor]) - self._counts_per_s(motor), -(2**15)), 2**15 - 1)

    def _is_backward(self, motor: int) -> bool:
        return self._counts_per_s(motor) < 0

    def _status(self) -> int:
        bits = self.extra_status | (Bit.ESTOP if self.estop else 0)
        for motor, bit in zip(self.motors, (Bit.M1_OVER_CURRENT, Bit.M2_OVER_CURRENT), strict=True):
            bits |= bit if abs(motor.current_a) >= motor.parameters.current_limit_a else 0
        return bits


def _signed(data: bytes, address: int, number: int) -> bytes:
    return data + crc_hqx(bytes((address, number)) + data, 0).to_bytes(2, "big")
