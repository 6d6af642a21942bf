"""A Roboteq in Python: the same lines on the wire, echo included."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.roboteq.protocol import FULL_POWER, TENTHS_OF_RPM, FaultFlag, MotorFlag, StatusFlag
from carebot.drivers.roboteq.settings import RoboteqSettings

_LINE = re.compile(r"([!?^~%])\s*([A-Z]+)((?:[\s,\[]+-?\d+)*)[\s\[\]+]*")
"""Brackets and a plus are passed over: a library in use sends them."""
_DEFAULT_RAMP = 10_000
_LONGEST_LINE = 64


class FakeRoboteq(FakeController):
    """`firmware`, `model` and `modes` may be changed to play other devices, `end` to play other line ends.

    `extra_faults` is added to ?FF. As the device does, it forgets its watchdog when it restarts.
    """

    def __init__(self, settings: RoboteqSettings) -> None:
        self.firmware = "Roboteq v2.0 RCB500 07/08/2019"
        self.model = "RCB500:SDC2160"
        self.modes = [1 if settings.loop == "speed" else 0] * settings.motors
        self.end = b"\r"
        self.is_echoing = True
        self._most_rpm = [round(settings.full_power_rpm)] * settings.motors
        self.extra_faults = 0
        self._settings = settings
        self._count = settings.motors
        self._questions = self._known_questions()
        super().__init__(settings.motors)

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._line = ""
        self.watchdog_ms = 1000
        self._fed_s = 0.0
        self._is_serial = False
        self._is_commanded_to_stop = False
        self._origin_rad = [motor.position_rad for motor in self.motors]
        self._gains_rpm_s = [_DEFAULT_RAMP / TENTHS_OF_RPM] * self._count
        self._losses_rpm_s = list(self._gains_rpm_s)
        self._halt()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        sent = bytearray()
        for character in data.decode("latin-1"):
            is_end = character in "\r\n_"
            sent += (self.end if is_end else character.encode("latin-1")) if self.is_echoing else b""
            if not is_end:
                self._line = (self._line + character)[-_LONGEST_LINE:]
                continue
            line, self._line = self._line, ""
            sent += self._replied(line, now_s)
        return bytes(sent)

    def _tick(self, now_s: float) -> bytes:
        if self._is_serial and self.watchdog_ms and now_s - self._fed_s >= self.watchdog_ms / 1000:
            self._is_serial = False
            self._wanted_rpm = [0.0] * self._count
        if self.estop or self._is_commanded_to_stop:
            self._halt()
        for motor in range(self._count):
            is_gaining = abs(self._wanted_rpm[motor]) > abs(self._rpm[motor])
            most = (self._gains_rpm_s if is_gaining else self._losses_rpm_s)[motor] * TICK_S
            self._rpm[motor] += min(max(self._wanted_rpm[motor] - self._rpm[motor], -most), most)
        return b""

    def _targets(self) -> list[float | None]:
        return [rpm / self._settings.rpm_per_rad_s for rpm in self._rpm]

    # --- lines --------------------------------------------------------------------------------------------------------

    def _replied(self, line: str, now_s: float) -> bytes:
        if not line:
            return b""
        found = _LINE.fullmatch(line.upper())
        answer = self._answered(found[1], found[2], _numbers(found[3]), now_s) if found else None
        return (answer or "-").encode("ascii") + self.end

    def _answered(self, kind: str, name: str, arguments: list[int], now_s: float) -> str | None:
        if kind == "?":
            return self._told(name, arguments)
        if kind == "~":
            return self._told_setting(name, arguments)
        if kind == "%":
            return "+" if name in ("EESAV", "EELD") else None
        done = self._commanded(name, arguments, now_s) if kind == "!" else self._set(name, arguments)
        return "+" if done else None

    def _told(self, name: str, arguments: list[int]) -> str | None:
        if name in ("FID", "TRN"):
            return f"{name}={self.firmware if name == 'FID' else self.model}"
        return _listed(name, self._questions[name](), arguments) if name in self._questions else None

    def _told_setting(self, name: str, arguments: list[int]) -> str | None:
        settings = {
            "RWD": [self.watchdog_ms],
            "MMOD": self.modes,
            "ECHOF": [int(not self.is_echoing)],
            "MXRPM": self._most_rpm,
            "EPPR": [round(self._settings.counts_per_revolution / 4)] * self._count,
        }
        return _listed(name, settings[name], arguments) if name in settings else None

    def _set(self, name: str, arguments: list[int]) -> bool:
        if name == "RWD" and len(arguments) == 1 and 0 <= arguments[0] <= 65000:
            self.watchdog_ms = arguments[0]
        elif name == "ECHOF" and len(arguments) == 1:
            self.is_echoing = not arguments[0]
        elif name == "MMOD" and len(arguments) == 2 and 1 <= arguments[0] <= self._count:
            self.modes[arguments[0] - 1] = arguments[1]
        elif name == "MXRPM" and len(arguments) == 2 and 1 <= arguments[0] <= self._count:
            self._most_rpm[arguments[0] - 1] = arguments[1]
        else:
            return False
        return True

    def _commanded(self, name: str, arguments: list[int], now_s: float) -> bool:
        if name in ("EX", "MG"):
            self._is_commanded_to_stop = name == "EX"
        elif name == "M":
            if len(arguments) != self._count:
                return False
            for channel, power in enumerate(arguments, start=1):
                self._moved("G", channel, power)
        elif not arguments or not 1 <= arguments[0] <= self._count or not self._moved(name, *arguments):
            return False
        self._fed_s = now_s
        self._is_serial = True
        return True

    def _moved(self, name: str, channel: int, *values: int) -> bool:
        motor = channel - 1
        if name == "MS":
            self._wanted_rpm[motor] = 0.0
        elif len(values) != 1:
            return False
        elif name == "S":
            self._wanted_rpm[motor] = float(values[0])
        elif name == "G":
            power = min(max(values[0] / FULL_POWER, -1.0), 1.0)
            self._wanted_rpm[motor] = power * self._settings.full_power_rpm
        elif name == "C":
            turned_rad = self.motors[motor].position_rad
            self._origin_rad[motor] = turned_rad - values[0] / self._settings.counts_per_rad
        elif name in ("AC", "DC"):
            (self._gains_rpm_s if name == "AC" else self._losses_rpm_s)[motor] = values[0] / TENTHS_OF_RPM
        else:
            return False
        return True

    def _halt(self) -> None:
        self._wanted_rpm = [0.0] * self._count
        self._rpm = [0.0] * self._count

    # --- answers ------------------------------------------------------------------------------------------------------

    def _known_questions(self) -> dict[str, Callable[[], Sequence[int]]]:
        return {
            "A": lambda: [round(abs(motor.current_a) * 10) for motor in self.motors],
            "BA": lambda: [round(abs(motor.current_a) * 10) for motor in self.motors],
            "BS": self._speeds_rpm,
            "C": self._counters,
            "CB": self._counters,
            "E": lambda: [
                round(wanted) - now for wanted, now in zip(self._wanted_rpm, self._speeds_rpm(), strict=True)
            ],
            "F": lambda: [round(wanted) for wanted in self._wanted_rpm],
            "FF": lambda: [self._faults()],
            "FM": lambda: [self._motor_flags(motor) for motor in range(self._count)],
            "FS": lambda: [StatusFlag.SERIAL_MODE if self._is_serial else 0],
            "LK": lambda: [0],
            "M": self._powers,
            "P": self._powers,
            "S": self._speeds_rpm,
            "SR": lambda: [
                round(rpm * 1000 / most) for rpm, most in zip(self._speeds_rpm(), self._most_rpm, strict=True)
            ],
            "T": lambda: [round(self.temperature_c), round(self.temperature_c) - 3],
            "V": lambda: [120, round(self.voltage_v * 10), 5010],
        }

    def _counters(self) -> list[int]:
        turned = [motor.position_rad - origin for motor, origin in zip(self.motors, self._origin_rad, strict=True)]
        return [(round(rad * self._settings.counts_per_rad) + 2**31) % 2**32 - 2**31 for rad in turned]

    def _speeds_rpm(self) -> list[int]:
        return [round(motor.speed_rad_s * self._settings.rpm_per_rad_s) for motor in self.motors]

    def _powers(self) -> list[int]:
        full_rpm = self._settings.full_power_rpm
        return [round(min(max(rpm / full_rpm, -1.0), 1.0) * FULL_POWER) for rpm in self._rpm]

    def _faults(self) -> int:
        is_stopped = self.estop or self._is_commanded_to_stop
        return self.extra_faults | (FaultFlag.EMERGENCY_STOP if is_stopped else 0)

    def _motor_flags(self, motor: int) -> int:
        model = self.motors[motor]
        limited = MotorFlag.AMPS_LIMIT if abs(model.current_a) >= model.parameters.current_limit_a else 0
        return limited | (MotorFlag.STALLED if model.is_stalled and self._wanted_rpm[motor] else 0)


def _numbers(arguments: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", arguments)]


def _listed(name: str, values: Sequence[int], arguments: list[int]) -> str | None:
    """All values, or the one that the first argument names, counted from 1."""
    if arguments and not 1 <= arguments[0] <= len(values):
        return None
    chosen = [values[arguments[0] - 1]] if arguments else values
    return f"{name}={':'.join(str(int(value)) for value in chosen)}"
