"""A RoboClaw in Python: the same bytes on the wire, and as careless about restarts as the real one.

Sources: manual, pages 58 to 101, which is of the firmware that it claims; what is different since 4.3 is said in
fake_settings.py. Packets that Basicmicro's old and new library write differently are taken both ways.
"""

from __future__ import annotations

import math
import struct
from binascii import crc_hqx
from collections.abc import Callable
from functools import partial

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.roboclaw.fake_motion import FakeMotion
from carebot.drivers.roboclaw.fake_settings import FakeSettings, Forms, is_new
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
_LOGIC_TENTHS_V = 50
_GONE_SINCE_4_3 = frozenset({*range(14), 26, 27})
"""One-byte commands for compatibility (nasa-jpl/osr-rover-code, issue 211); Basicmicro's new library sends none."""
_NEW_SINCE_4_3 = frozenset({100, 101})
"""Volts and temperatures; on the boards of the manual that have them, these are about control outputs."""


class FakeRoboClaw(FakeController):
    """`version` and `has_timeout` may be changed to play other firmware, `extra_status` to raise status bits.

    Like the device it forgets its serial time-out when it restarts, and then drives whoever commands it, without one.
    It listens to every address, as over USB.
    """

    def __init__(self, settings: RoboClawSettings) -> None:
        self.version = "USB Roboclaw 2x15a v4.1.34"
        self.has_timeout = True
        self.extra_status = 0
        self._counts_per_rad = settings.counts_per_rad
        self._settings = FakeSettings()
        self._motion = FakeMotion(self._settings, _FULL_DUTY_RAD_S * self._counts_per_rad)
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
        self._settings.load()
        self._motion.halt()

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
            self._motion.halt()
        for motor, channel in enumerate(self._motion.channels):
            channel.step(self._position(motor), TICK_S)
        return b""

    def _targets(self) -> list[float | None]:
        # At zero the bridge brakes.
        return [channel.speed / self._counts_per_rad for channel in self._motion.channels]

    # --- packets ------------------------------------------------------------------------------------------------------

    def _next_answer(self, now_s: float) -> bytes | None:
        """The answer to the packet at the buffer's beginning; None where it is not complete."""
        if len(self._buffer) < 2:
            return None
        address, number = self._buffer[:2]
        if not LOWEST_ADDRESS <= address <= HIGHEST_ADDRESS:
            return self._ignore()
        if not self._knows(number):
            return self._ignore()
        if number in self._reads:
            del self._buffer[:2]
            self._fed_s = now_s
            return _signed(self._reads[number](), address, number)
        return self._take(self._writes[number], now_s)

    def _knows(self, number: int) -> bool:
        if number in (14, 15) and not self.has_timeout:
            return False
        if number in (_GONE_SINCE_4_3 if is_new(self.version) else _NEW_SINCE_4_3):
            return False
        return number in self._reads or number in self._writes

    def _take(self, forms: Forms, now_s: float) -> bytes | None:
        for layout, act in forms:
            length = 2 + struct.calcsize(layout)
            packet = bytes(self._buffer[: length + 2])
            if len(packet) < length + 2:
                return None
            if crc_hqx(packet[:length], 0) == int.from_bytes(packet[length:], "big"):
                del self._buffer[: length + 2]
                self._fed_s = now_s
                act(*struct.unpack(layout, packet[2:length]))
                return bytes((ACKNOWLEDGED,))
        return self._ignore()

    def _ignore(self) -> bytes:
        """What is no packet makes the device drop everything until the line has rested."""
        self._buffer.clear()
        self._is_deaf = True
        return b""

    def _known_writes(self) -> dict[int, Forms]:
        moves = self._motion.commands()
        return {
            **self._settings.commands(),
            **{number: tuple((layout, self._unless_stopped(act)) for layout, act in moves[number]) for number in moves},
            14: ((">B", self._set_timeout),),
            20: ((">", self._reset_encoders),),
            22: ((">I", partial(self._set_encoder, 0)),),
            23: ((">I", partial(self._set_encoder, 1)),),
        }

    def _unless_stopped(self, act: Callable[..., None]) -> Callable[..., None]:
        """A pressed emergency stop leaves the acknowledgement, but nothing moves."""
        return lambda *values: None if self.estop else act(*values)

    def _known_reads(self) -> dict[int, Callable[[], bytes]]:
        reads: dict[int, Callable[[], bytes]] = {
            **self._settings.answers(lambda: self.version),
            16: lambda: struct.pack(">IB", self._counter(0), self._is_backward(0) << 1),
            17: lambda: struct.pack(">IB", self._counter(1), self._is_backward(1) << 1),
            18: lambda: struct.pack(">iB", self._counts_per_s(0), self._is_backward(0)),
            19: lambda: struct.pack(">iB", self._counts_per_s(1), self._is_backward(1)),
            21: lambda: self.version.encode("ascii") + b"\n\0",
            24: lambda: struct.pack(">H", round(self.voltage_v * 10)),
            25: lambda: struct.pack(">H", _LOGIC_TENTHS_V),
            30: lambda: struct.pack(">iB", self._counts_per_s(0), self._is_backward(0)),
            31: lambda: struct.pack(">iB", self._counts_per_s(1), self._is_backward(1)),
            47: lambda: bytes(channel.buffered for channel in self._motion.channels),
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
            111: lambda: self._errors(self._speed_error),
            114: lambda: self._errors(self._position_error),
        }
        return {**reads, 15: lambda: bytes((self.timeout_steps,))}

    # --- what commands do ---------------------------------------------------------------------------------------------

    def _set_timeout(self, steps: int) -> None:
        self.timeout_steps = steps

    def _reset_encoders(self) -> None:
        self._origin_rad = [motor.position_rad for motor in self.motors]

    def _set_encoder(self, motor: int, count: int) -> None:
        self._origin_rad[motor] = self.motors[motor].position_rad - count / self._counts_per_rad

    # --- what answers hold --------------------------------------------------------------------------------------------

    def _position(self, motor: int) -> float:
        """In counts."""
        return (self.motors[motor].position_rad - self._origin_rad[motor]) * self._counts_per_rad

    def _counter(self, motor: int) -> int:
        return round(self._position(motor)) & 0xFFFFFFFF

    def _counts_per_s(self, motor: int) -> int:
        return round(self.motors[motor].speed_rad_s * self._counts_per_rad)

    def _duty(self, motor: int) -> int:
        share = self.motors[motor].speed_rad_s / _FULL_DUTY_RAD_S
        return round(min(max(share, -1.0), 1.0) * FULL_DUTY)

    def _errors(self, of: Callable[[int], float]) -> bytes:
        """Two bytes each since 4.3, four before."""
        most = 2**15 - 1 if is_new(self.version) else 2**31 - 1
        return struct.pack(
            ">hh" if is_new(self.version) else ">ii", *(round(min(max(of(motor), -most), most)) for motor in (0, 1))
        )

    def _speed_error(self, motor: int) -> float:
        return self._motion.channels[motor].speed - self._counts_per_s(motor)

    def _position_error(self, motor: int) -> float:
        return self._motion.channels[motor].position_error(self._position(motor))

    def _is_backward(self, motor: int) -> bool:
        return self._counts_per_s(motor) < 0

    def _status(self) -> int:
        bits = self.extra_status | (Bit.ESTOP if self.estop else 0)
        for motor, bit in zip(self.motors, (Bit.M1_OVER_CURRENT, Bit.M2_OVER_CURRENT), strict=True):
            bits |= bit if abs(motor.current_a) >= motor.parameters.current_limit_a else 0
        return bits


def _signed(data: bytes, address: int, number: int) -> bytes:
    return data + crc_hqx(bytes((address, number)) + data, 0).to_bytes(2, "big")
