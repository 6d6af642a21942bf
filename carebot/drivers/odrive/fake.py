"""An ODrive in Python: the same lines and rules as firmware 0.5.6 or, given such a version, the names of 0.6.

Source: `process_line` of Firmware/communication/ascii_protocol.cpp of firmware 0.5.6; the source of 0.6 is not public,
so its lines are taken to be the same. What stands behind them is in the `fake_` files beside this one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import xor

from carebot.drivers.fake_controller import FakeController
from carebot.drivers.motor_model import MotorModel, MotorParameters
from carebot.drivers.odrive import dialects, fake_properties
from carebot.drivers.odrive.fake_axis import Axis
from carebot.drivers.odrive.fake_commands import COMMANDS, Action, set_count
from carebot.drivers.odrive.protocol import LONGEST_LINE, LONGEST_VALUE
from carebot.drivers.odrive.settings import ODriveSettings

_LIGHT = MotorParameters(inertia_kg_m2=0.005, friction_nm_s=0.2, response_s=0.01)
"""An ODrive without power lets its motors roll; these have little to turn and much friction, and stop soon."""
_LARGEST_FLOAT = 3.4028234e38
_BAD_FORMAT = "invalid command format"
_HELP = (
    "This is a simulated ODrive; its documentation tells more",
    "",
    "Commands, with what may be left out in brackets:",
    "q axis turns [most turns/s] [most torque]",
    "p axis turns [turns/s] [torque]",
    "v axis turns/s [torque]",
    "c axis torque",
    "",
    "A property has a path, for example axis0.current_state",
    "r property",
    "w property value",
    "",
    "ss saves the settings",
    "se erases them",
    "sr restarts",
)
"""As many lines as the firmware has, in other words."""


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
        self.motors = [MotorModel(_LIGHT) for _ in settings.axes]
        self.axes = {
            axis: Axis(motor, settings.turns_per_rad, lambda: self.dialect)
            for axis, motor in zip(settings.axes, self.motors, strict=True)
        }

    @property
    def dialect(self) -> dialects.Dialect:
        return dialects.V0_6 if self.firmware >= (0, 6, 0) else dialects.V0_5

    @property
    def uptime_s(self) -> float:
        return max(0.0, self._time_now_s - (self.booted_s or 0.0))

    @property
    def supply_current_a(self) -> float:
        """What the motors take from the battery, or give back to it."""
        power_w = 0.0
        for motor in self.motors:
            own = motor.parameters
            power_w += motor.current_a * (own.torque_nm_a * motor.speed_rad_s + own.resistance_ohm * motor.current_a)
        return power_w / self.voltage_v

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._line = b""
        for axis in self.axes.values():
            axis.boot()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        self._time_now_s = now_s
        *lines, self._line = re.split(rb"[\r\n!]", self._line + data)
        self._line = self._line[: LONGEST_LINE + 1]
        sent = bytearray()
        for line in lines:
            if len(line) <= LONGEST_LINE:
                sent += self._reply_to(line)
            if now_s < self._booting_until_s:  # this line restarted it, which loses the others
                break
        return bytes(sent)

    def _tick(self, now_s: float) -> bytes:  # noqa: ARG002
        for axis in self.axes.values():
            axis.tick()
        return b""

    def _targets(self) -> list[float | None]:
        return [self.axes[axis].target_rad_s for axis in self._order]

    # --- lines --------------------------------------------------------------------------------------------------------

    def _reply_to(self, line: bytes) -> bytes:
        content, has_checksum, checksum = line.partition(b";")[0].partition(b"*")
        if has_checksum and _checksum(checksum) != reduce(xor, content, 0):
            return b""
        return b"".join(_answered(text, bool(has_checksum)) for text in self._carry_out(content.decode("latin-1")))

    def _carry_out(self, text: str) -> Sequence[str]:
        command, words = text[:1], text[1:].split()
        if command == "i":
            return self._about()
        if command == "h":
            return _HELP
        answer = self._obey(command, text, words)
        return () if answer is None else (answer,)

    def _obey(self, command: str, text: str, words: list[str]) -> str | None:
        if command == "s":
            self._control(text[1:2])
            return None
        if command == "e":
            return self._act(text[3:].split(), set_count, 1) if text[1:3] == "sl" else _BAD_FORMAT
        if command == "r":
            return self._read(words)
        if command == "w":
            return self._write(words)
        if command not in COMMANDS:
            return "unknown command"
        return self._act(words, *COMMANDS[command])

    def _about(self) -> Sequence[str]:
        hardware = "{}.{}-{}V".format(*self.hardware)
        firmware = "{}.{}.{}".format(*self.firmware)
        return f"Hardware version: {hardware}", f"Firmware version: {firmware}", f"Serial number: {self.serial:012X}"

    def _control(self, what: str) -> None:
        axes = self.axes.values()
        if what == "c":
            for axis in axes:
                axis.clear()
        elif what == "s" and not any(axis.is_armed for axis in axes):
            for axis in axes:
                axis.save()
            self.reboot(self._time_now_s)
        elif what == "e":
            for axis in axes:
                axis.erase()
            self.reboot(self._time_now_s)
        elif what == "r":
            self.reboot(self._time_now_s)

    def _act(self, words: list[str], action: Action, least: int) -> str | None:
        """Do this with the axis that the first word names, where at least so many numbers follow."""
        numbers = _leading_numbers(words[1:])
        if not words or not words[0].isdecimal() or len(numbers) < least:
            return _BAD_FORMAT
        axis = self.axes.get(int(words[0]))
        return f"invalid motor {int(words[0])}" if axis is None else action(axis, numbers)

    def _read(self, words: list[str]) -> str:
        if not words:
            return _BAD_FORMAT
        found = fake_properties.find(self, words[0])
        if found is None:
            return "invalid property"
        text = f"{found.get():.6f}" if found.is_float else f"{int(found.get())}{'d' * self.has_broken_integers}"
        return text[:LONGEST_VALUE] if self.firmware < (0, 6, 0) else text

    def _write(self, words: list[str]) -> str | None:
        if not words:
            return _BAD_FORMAT
        found = fake_properties.find(self, words[0])
        if found is None:
            return "invalid property"
        numbers = _leading_numbers(words[1:2])
        if found.put is None or not numbers:
            return "not implemented"
        found.put(numbers[0] if found.is_float else int(numbers[0]))
        return None


# --- words ------------------------------------------------------------------------------------------------------------


def _answered(text: str, has_checksum: bool) -> bytes:
    content = text.encode("ascii")
    return content + (f"*{reduce(xor, content, 0)}".encode() if has_checksum else b"") + b"\r\n"


def _leading_numbers(words: Sequence[str]) -> list[float]:
    """As far as the words are numbers that a float can hold."""
    numbers: list[float] = []
    for word in words:
        try:
            number = float(word)
        except ValueError:
            break
        if not abs(number) <= _LARGEST_FLOAT:
            break
        numbers.append(number)
    return numbers


def _checksum(text: bytes) -> int | None:
    found = re.match(rb" *(\d+)", text)
    return int(found[1]) if found else None
