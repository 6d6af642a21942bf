"""An ODrive in Python: the same lines and rules as firmware 0.5.6 or, given such a version, the names of 0.6."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from operator import xor

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.motor_model import MotorModel, MotorParameters
from carebot.drivers.odrive import dialects
from carebot.drivers.odrive.protocol import LONGEST_LINE, LONGEST_VALUE
from carebot.drivers.odrive.settings import ODriveSettings

_INVALID_STATE = 0x1
_GEARED = MotorParameters(friction_nm_s=0.8)
"""An ODrive without power lets its motors roll; these drive through gears that stop them soon."""
_NEARLY_NOTHING_S = 1e-9


@dataclass
class Property:
    """One entry of the tree that `r` and `w` reach."""

    get: Callable[[], float]
    put: Callable[[float], None] | None = None
    is_float: bool = False


class Axis:
    """One axis: its states as far as velocity control needs them, and its watchdog."""

    def __init__(self, motor: MotorModel, turns_per_rad: float) -> None:
        self.motor = motor
        self.is_calibrated = True
        self._turns_per_rad = turns_per_rad
        self.boot()

    def boot(self) -> None:
        self.state = dialects.IDLE
        self.error = 0
        self.disarm_reason = 0
        self.details = {"motor": 0, "encoder": 0, "controller": 0}
        self.control_mode = 3.0  # position control, as ODrives start
        self.input_mode = 1.0
        self.watchdog_timeout_s = 0.0
        self.is_watched = False
        self.input_turns_per_s = 0.0
        self._left_s = 0.0
        self._origin_rad = self.motor.position_rad

    @property
    def turns(self) -> float:
        return (self.motor.position_rad - self._origin_rad) * self._turns_per_rad

    @property
    def turns_per_s(self) -> float:
        return self.motor.speed_rad_s * self._turns_per_rad

    @property
    def target_rad_s(self) -> float | None:
        runs = self.state == dialects.CLOSED_LOOP_CONTROL
        return self.input_turns_per_s / self._turns_per_rad if runs else None

    def feed(self) -> None:
        self._left_s = self.watchdog_timeout_s

    def request(self, state: float) -> None:
        if state != dialects.CLOSED_LOOP_CONTROL:
            self.state = dialects.IDLE
        elif not self.error and self.is_calibrated and self.control_mode == dialects.VELOCITY_CONTROL:
            self.state, self.disarm_reason = dialects.CLOSED_LOOP_CONTROL, 0
        else:
            self.fail(_INVALID_STATE)

    def fail(self, bits: int) -> None:
        self.error |= bits
        if self.state != dialects.IDLE:
            self.disarm_reason |= bits
        self.state = dialects.IDLE

    def clear(self, watchdog_bit: int) -> None:
        """The watchdog of one that was not fed first fails again before the next line is read."""
        self.disarm_reason = 0
        self.error = watchdog_bit if self.is_watched and self._left_s < _NEARLY_NOTHING_S else 0
        self.details = dict.fromkeys(self.details, 0)

    def tick(self, watchdog_bit: int) -> None:
        if not self.is_watched:
            return
        self._left_s -= TICK_S
        if self._left_s < _NEARLY_NOTHING_S:
            self.fail(watchdog_bit)


class FakeODrive(FakeController):
    """`firmware` may be changed to play another; 0.6 has its own names for some properties."""

    has_estop = False

    def __init__(self, settings: ODriveSettings) -> None:
        self.firmware = (0, 5, 6)
        self.hardware = (3, 6, 56)
        self.serial = 0x20793595524B
        self.has_broken_integers = False
        """Firmware 0.5.2 and 0.5.3 read integers out as `0d`."""
        self.axes: dict[int, Axis] = {}
        self._order = settings.axes
        self._time_now_s = 0.0
        super().__init__(settings.motor_count)
        self.motors = [MotorModel(_GEARED) for _ in settings.axes]
        self.axes = {
            axis: Axis(motor, settings.turns_per_rad) for axis, motor in zip(settings.axes, self.motors, strict=True)
        }

    @property
    def dialect(self) -> dialects.Dialect:
        return dialects.V0_6 if self.firmware >= (0, 6, 0) else dialects.V0_5

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._line = b""
        for axis in self.axes.values():
            axis.boot()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        self._time_now_s = now_s
        *lines, self._line = re.split(rb"[\r\n!]", self._line + data)
        self._line = self._line[: LONGEST_LINE + 1]
        return b"".join(self._reply_to(line) for line in lines if len(line) <= LONGEST_LINE)

    def _tick(self, now_s: float) -> bytes:  # noqa: ARG002
        for axis in self.axes.values():
            axis.tick(self.dialect.watchdog_bit)
        return b""

    def _targets(self) -> list[float | None]:
        return [self.axes[axis].target_rad_s for axis in self._order]

    # --- lines --------------------------------------------------------------------------------------------------------

    def _reply_to(self, line: bytes) -> bytes:
        content, found, checksum = line.partition(b";")[0].partition(b"*")
        if found and _number(checksum) != reduce(xor, content, 0):
            return b""
        answer = self._carry_out(content.decode("latin-1"))
        if answer is None:
            return b""
        text = answer.encode("ascii")
        return text + (f"*{reduce(xor, text, 0)}".encode() if found else b"") + b"\r\n"

    def _carry_out(self, text: str) -> str | None:
        words = text.split()
        if text[:1] == "i":
            return self._about()
        if text[:2] == "sc":
            for one in self.axes.values():
                one.clear(self.dialect.watchdog_bit)
            return None
        commands = {"v": self._set_velocity, "f": self._feedback, "u": self._feed, "r": self._read, "w": self._write}
        if text[:1] not in commands:
            return None if text[:1] == "s" else "unknown command"
        return commands[text[0]](words[1:])

    def _about(self) -> str:
        hardware = "{}.{}-{}V".format(*self.hardware)
        firmware = "{}.{}.{}".format(*self.firmware)
        return f"Hardware version: {hardware}\r\nFirmware version: {firmware}\r\nSerial number: {self.serial:X}"

    def _set_velocity(self, words: list[str]) -> str | None:
        if len(words) < 2 or not isfinite(speed := _float(words[1])):
            return "invalid command format"
        axis = self._axis(words)
        if isinstance(axis, Axis):
            axis.control_mode = dialects.VELOCITY_CONTROL
            axis.input_turns_per_s = speed
            axis.feed()
            return None
        return axis

    def _feedback(self, words: list[str]) -> str | None:
        axis = self._axis(words)
        return f"{axis.turns:.6f} {axis.turns_per_s:.6f}" if isinstance(axis, Axis) else axis

    def _feed(self, words: list[str]) -> str | None:
        axis = self._axis(words)
        if isinstance(axis, Axis):
            axis.feed()
            return None
        return axis

    def _axis(self, words: list[str]) -> Axis | str:
        if not words or not words[0].isdecimal():
            return "invalid command format"
        return self.axes.get(int(words[0]), f"invalid motor {int(words[0])}")

    def _read(self, words: list[str]) -> str:
        if not words:
            return "invalid command format"
        found = self._tree().get(words[0])
        if found is None:
            return "invalid property"
        text = f"{found.get():.6f}" if found.is_float else f"{int(found.get())}{'d' * self.has_broken_integers}"
        return text[:LONGEST_VALUE] if self.firmware < (0, 6, 0) else text

    def _write(self, words: list[str]) -> str | None:
        found = self._tree().get(words[0]) if words else None
        if not words or found is None:
            return "invalid property" if words else "invalid command format"
        value = _float(words[1]) if len(words) > 1 else float("nan")
        if found.put is None or not isfinite(value):
            return "not implemented"
        found.put(value)
        return None

    # --- properties ---------------------------------------------------------------------------------------------------

    def _tree(self) -> dict[str, Property]:
        tree = {path: _constant(value) for path, value in zip(dialects.FIRMWARE, self.firmware, strict=True)}
        tree |= {path: _constant(value) for path, value in zip(dialects.HARDWARE, self.hardware, strict=True)}
        tree[dialects.SERIAL] = _constant(self.serial)
        tree[dialects.VOLTAGE] = Property(lambda: self.voltage_v, is_float=True)
        tree[dialects.UPTIME] = Property(lambda: max(0.0, (self._time_now_s - (self.booted_s or 0.0)) * 1000))
        if self.dialect is dialects.V0_5:
            tree["error"] = _constant(0)
        for number, axis in self.axes.items():
            tree |= {dialects.of_axis(path, number): found for path, found in self._of_axis(axis).items()}
        return tree

    def _of_axis(self, axis: Axis) -> dict[str, Property]:
        tree = {
            dialects.STATE: Property(lambda: axis.state),
            dialects.REQUESTED_STATE: Property(lambda: 0, axis.request),
            dialects.CONTROL_MODE: _stored(axis, "control_mode"),
            dialects.INPUT_MODE: _stored(axis, "input_mode"),
            dialects.WATCHDOG_TIMEOUT: _stored(axis, "watchdog_timeout_s", is_float=True),
            dialects.ENABLE_WATCHDOG: _stored(axis, "is_watched"),
            dialects.TEMPERATURE: Property(lambda: self.temperature_c, is_float=True),
            self.dialect.current: Property(lambda: axis.motor.current_a, is_float=True),
        }
        if self.dialect is dialects.V0_6:
            tree["{axis}.active_errors"] = Property(lambda: axis.error)
            tree["{axis}.disarm_reason"] = Property(lambda: axis.disarm_reason)
            return tree
        tree["{axis}.error"] = Property(lambda: axis.error)
        for name in axis.details:
            tree[f"{{axis}}.{name}.error"] = Property(lambda name=name: axis.details[name])  # type: ignore[misc]
        return tree


def _constant(value: float) -> Property:
    return Property(lambda: value)


def _stored(axis: Axis, attribute: str, is_float: bool = False) -> Property:
    return Property(lambda: getattr(axis, attribute), lambda value: setattr(axis, attribute, value), is_float)


def _float(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _number(text: bytes) -> int | None:
    found = re.match(rb" *(\d+)", text)
    return int(found[1]) if found else None
