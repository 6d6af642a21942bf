"""A Roboteq in Python: the same lines on the wire, echo included.

Questions are answered as the manual says: ?CR with the counts since the last ?CR (V1.8, page 248), ?BSR in thousandths
of Max RPM (V2.0, page 212), ?DI and ?DO (V2.0, pages 218 and 219), ?DR and, with 0 in open loop, ?E (V1.8, page 251),
?F with what is measured, ?FIN (V2.0, page 224), ?UID (V2.0, page 242). An index of 0 means none, as Roboteq's
library for C++ sends it. The byte 0x05 is answered with 0x06 (V1.8, page 155), other control characters have no effect
(V2.0, page 172).

A watchdog that trips stops the motors but forgets nothing: the next valid command for whatever motor lets all of them
run on as before (V1.8, page 286, ^RWD).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.roboteq.fake_history import QueryHistory, stream_in
from carebot.drivers.roboteq.fake_lines import Understood, understood
from carebot.drivers.roboteq.fake_settings import DELIVERED_WATCHDOG_MS, FakeSettings
from carebot.drivers.roboteq.protocol import FULL_POWER, TENTHS_OF_RPM, FaultFlag, MotorFlag, StatusFlag
from carebot.drivers.roboteq.settings import RoboteqSettings

_DEFAULT_RAMP = 10_000
_LONGEST_LINE = 64
_ARE_YOU_THERE, _HERE = "\x05", b"\x06"
_DIGITAL_INPUTS = 6
_FIRMWARE_IN_NUMBERS = [20, 7, 8, 2019]
_CHIP_IN_NUMBERS = [405, 1043, 2752544, 842416397, 825373493]


class FakeRoboteq(FakeController):
    """`firmware`, `model` and `configured` may be changed to play other devices, `end` to play other line ends.

    `extra_faults` is added to ?FF. As the device does, it forgets its watchdog when it restarts.
    """

    def __init__(self, settings: RoboteqSettings) -> None:
        self.firmware = "Roboteq v2.0 RCB500 07/08/2019"
        self.model = "RCB500:SDC2160"
        self.configured = FakeSettings(settings)
        self.end = b"\r"
        self.extra_faults = 0
        self._settings = settings
        self._count = settings.motors
        self._questions = self._known_questions()
        super().__init__(settings.motors)

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._line = ""
        self._history = QueryHistory(self._asked)
        self._counts_read: dict[str, list[int]] = {}
        self.configured.watchdog_ms = DELIVERED_WATCHDOG_MS
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
            if character < " " and character != "\r":
                sent += _HERE if character == _ARE_YOU_THERE else b""
                continue
            is_end = character in "\r_"
            sent += (self.end if is_end else character.encode("latin-1")) if self.configured.is_echoing else b""
            if not is_end:
                self._line = (self._line + character)[-_LONGEST_LINE:]
                continue
            line, self._line = self._line, ""
            sent += self._replied(line, now_s)
        return bytes(sent)

    def _tick(self, now_s: float) -> bytes:
        watchdog_s = self.configured.watchdog_ms / 1000
        if watchdog_s and now_s - self._fed_s >= watchdog_s:
            self._is_serial = False
        if self.estop or self._is_commanded_to_stop:
            self._halt()
        for motor, desired_rpm in enumerate(self._desired_rpm()):
            is_gaining = abs(desired_rpm) > abs(self._rpm[motor])
            most = (self._gains_rpm_s if is_gaining else self._losses_rpm_s)[motor] * TICK_S
            self._rpm[motor] += min(max(desired_rpm - self._rpm[motor], -most), most)
        return b"".join(line.encode("latin-1") + self.end for line in self._history.due(now_s))

    def _targets(self) -> list[float | None]:
        scale = self._settings.rpm_per_rad_s
        return [rpm / scale / self.configured.loop_ratio(motor) for motor, rpm in enumerate(self._rpm)]

    # --- lines --------------------------------------------------------------------------------------------------------

    def _replied(self, line: str, now_s: float) -> bytes:
        if not line:
            return b""
        answer = self._answered(line, now_s)
        return b"" if answer == "" else ("-" if answer is None else answer).encode("latin-1") + self.end

    def _answered(self, line: str, now_s: float) -> str | None:
        """The answer to a line, empty where it gets none; None where it is refused."""
        if line.startswith("#"):
            return self._history.obey(line, now_s)
        stream, question = stream_in(line)
        found = understood(question)
        if found is None:
            return None
        if found.kind == "?":
            answer = self._told(found)
            if answer is not None:
                self._history.remember(question, stream)
            return answer
        return self._done(found, now_s)

    def _asked(self, question: str) -> str | None:
        found = understood(question)
        return self._told(found) if found else None

    def _done(self, line: Understood, now_s: float) -> str | None:
        if line.kind == "~":
            return _listed(line, self.configured.told(line.name))
        if line.kind == "%":
            return "+" if line.name in ("EESAV", "EELD") else None
        if line.kind == "!":
            return "+" if self._commanded(line.name, line.arguments, now_s) else None
        return "+" if self.configured.set(line.name, line.arguments) else None

    def _told(self, line: Understood) -> str | None:
        if line.name in ("FID", "TRN"):
            return f"{line.called}={self.firmware if line.name == 'FID' else self.model}"
        answer = _listed(line, self._questions[line.name]()) if line.name in self._questions else None
        if answer is not None and line.name in ("CR", "BCR"):
            self._counts_were_read(line)
        return answer

    def _commanded(self, name: str, arguments: list[int], now_s: float) -> bool:
        if name in ("EX", "MG"):
            self._is_commanded_to_stop = name == "EX"
        elif name == "EES":
            pass
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
        elif name in ("C", "CB"):
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

    def _desired_rpm(self) -> list[float]:
        """What was commanded, as long as the watchdog lets it through."""
        return list(self._wanted_rpm) if self._is_serial else [0.0] * self._count

    # --- answers ------------------------------------------------------------------------------------------------------

    def _known_questions(self) -> dict[str, Callable[[], Sequence[int]]]:
        return {
            "A": lambda: [round(abs(motor.current_a) * 10) for motor in self.motors],
            "BA": lambda: [round(abs(motor.current_a) * 10) for motor in self.motors],
            "BCR": lambda: self._counts_since_read("BCR"),
            "BS": self._speeds_rpm,
            "BSR": lambda: self._in_thousandths(self._speeds_rpm()),
            "C": self._counters,
            "CB": self._counters,
            "CR": lambda: self._counts_since_read("CR"),
            "D": lambda: [0],
            "DI": lambda: [0] * _DIGITAL_INPUTS,
            "DO": lambda: [0],
            "DR": lambda: [0] * self._count,
            "E": self._errors_rpm,
            "F": self._measured_rpm,
            "FF": lambda: [self._faults()],
            "FIN": lambda: _FIRMWARE_IN_NUMBERS,
            "FM": lambda: [self._motor_flags(motor) for motor in range(self._count)],
            "FS": lambda: [StatusFlag.SERIAL_MODE if self._is_serial else 0],
            "LK": lambda: [0],
            "M": self._powers,
            "P": self._powers,
            "S": self._encoder_rpm,
            "SR": lambda: self._in_thousandths(self._encoder_rpm()),
            "T": lambda: [round(self.temperature_c), round(self.temperature_c) - 3],
            "UID": lambda: _CHIP_IN_NUMBERS,
            "V": lambda: [120, round(self.voltage_v * 10), 5010],
        }

    def _counters(self) -> list[int]:
        turned = [motor.position_rad - origin for motor, origin in zip(self.motors, self._origin_rad, strict=True)]
        return [(round(rad * self._settings.counts_per_rad) + 2**31) % 2**32 - 2**31 for rad in turned]

    def _speeds_rpm(self) -> list[int]:
        return [round(motor.speed_rad_s * self._settings.rpm_per_rad_s) for motor in self.motors]

    def _encoder_rpm(self) -> list[int]:
        return [round(rpm * self.configured.encoder_ratio(motor)) for motor, rpm in enumerate(self._speeds_rpm())]

    def _measured_rpm(self) -> list[int]:
        return self._encoder_rpm() if self._settings.feedback == "encoder" else self._speeds_rpm()

    def _errors_rpm(self) -> list[int]:
        pairs = enumerate(zip(self._desired_rpm(), self._measured_rpm(), strict=True))
        return [
            0 if self.configured.is_open_loop(motor) else round(desired) - measured
            for motor, (desired, measured) in pairs
        ]

    def _in_thousandths(self, speeds_rpm: list[int]) -> list[int]:
        return [round(rpm * 1000 / most) for rpm, most in zip(speeds_rpm, self.configured.most_rpm, strict=True)]

    def _counts_since_read(self, name: str) -> list[int]:
        before = self._counts_read.get(name, [0] * self._count)
        return [(now - was + 2**31) % 2**32 - 2**31 for now, was in zip(self._counters(), before, strict=True)]

    def _counts_were_read(self, line: Understood) -> None:
        read = self._counts_read.setdefault(line.name, [0] * self._count)
        asked = line.arguments[0] if line.arguments else 0
        for motor, count in enumerate(self._counters(), start=1):
            if asked in (0, motor):
                read[motor - 1] = count

    def _powers(self) -> list[int]:
        full_rpm = self._settings.full_power_rpm
        return [round(min(max(rpm / full_rpm, -1.0), 1.0) * FULL_POWER) for rpm in self._rpm]

    def _faults(self) -> int:
        is_stopped = self.estop or self._is_commanded_to_stop
        return self.extra_faults | (FaultFlag.EMERGENCY_STOP if is_stopped else 0)

    def _motor_flags(self, motor: int) -> int:
        model = self.motors[motor]
        limited = MotorFlag.AMPS_LIMIT if abs(model.current_a) >= model.parameters.current_limit_a else 0
        return limited | (MotorFlag.STALLED if model.is_stalled and self._desired_rpm()[motor] else 0)


def _listed(line: Understood, values: Sequence[int]) -> str | None:
    """All values, or the one that the first argument names, counted from 1."""
    index = line.arguments[0] if line.arguments else 0
    if not values or not 0 <= index <= len(values):
        return None
    chosen = [values[index - 1]] if index else values
    return f"{line.called}={':'.join(str(int(value)) for value in chosen)}"
