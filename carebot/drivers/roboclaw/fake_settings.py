"""What a RoboClaw lets one set and read back; most of it the fake only keeps.

Sources: manual, pages 63 to 64 (commands 2 and 3), 68 to 79 (26 to 149), 98 and 99 (position settings), which is of
firmware 4.1.34; Basicmicro's library of today (`basicmicro` 2.0.10) for newer firmware. Where their answers differ, the
fake's version decides; what is written is taken in both ways, as the checksum tells them apart. Basicmicro does not say
with which version the change came: 4.2.8 still behaves as the manual says, and 4.3.6 does not (nasa-jpl/osr-rover-code,
issue 211).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

FIRST_NEW_FIRMWARE = (4, 3)
Forms = tuple[tuple[str, Callable[..., None]], ...]
"""The layouts in which a command may come, from the shortest, each with what it does."""

_VERSION = re.compile(r"v(\d+)\.(\d+)")
_FULL_SPEED = 32767
_MOST = {"b": 127, "B": 0xFF, "H": 0xFFFF, "i": 2**31 - 1, "I": 0xFFFFFFFF}
_CONTROL = "reverse_deadband_{0} forward_deadband_{0} reverse_limit_{0} forward_limit_{0} center_{0} least_{0} most_{0}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Some settings as they lie in a packet."""

    form: str
    names: tuple[str, ...]

    def packed(self, values: dict[str, int]) -> bytes:
        """What does not fit is told as the most that does."""
        pairs = zip(self.form[1:], self.names, strict=True)
        return struct.pack(self.form, *(min(values[name], _MOST[kind]) for kind, name in pairs))


def _layout(form: str, names: str) -> Layout:
    return Layout(form, tuple(names.split()))


def _both(form: str, name: str) -> Layout:
    return _layout(form, f"{name}_1 {name}_2")


_PINS = (_layout(">BBB", "s3 s4 s5"), _layout(">BBBBB", "s3 s4 s5 d1 d2"))
_DEADBANDS = (
    _layout(">BB", "reverse_deadband_1 forward_deadband_1"),
    _layout(">BBHHHHHBBHHHHH", f"{_CONTROL.format(1)} {_CONTROL.format(2)}"),
)
_MAIN = (_layout(">HH", "main_lowest main_highest"), _layout(">HHB", "main_lowest main_highest main_is_automatic"))
_SPEED_LIMITS = (_both(">II", "speed_error"), _both(">HH", "speed_error"))
_POSITION_LIMITS = (_both(">II", "position_error"), _both(">HH", "position_error"))
_PWM_MODES = (_layout(">B", "pwm_mode_1"), _both(">BB", "pwm_mode"))

_ANSWERS: dict[int, tuple[Layout, ...]] = {
    55: (_layout(">IIII", "p_1 i_1 d_1 qpps_1"),),
    56: (_layout(">IIII", "p_2 i_2 d_2 qpps_2"),),
    59: _MAIN,
    60: (_layout(">HH", "logic_lowest logic_highest"),),
    63: (
        _layout(">IIIIIii", "position_p_1 position_i_1 position_d_1 position_most_i_1 dead_zone_1 lowest_1 highest_1"),
    ),
    64: (
        _layout(">IIIIIii", "position_p_2 position_i_2 position_d_2 position_most_i_2 dead_zone_2 lowest_2 highest_2"),
    ),
    72: (_both(">HH", "default_speed"),),
    75: _PINS,
    77: _DEADBANDS,
    81: (_both(">II", "acceleration"), _layout(">IIII", "acceleration_1 deceleration_1 acceleration_2 deceleration_2")),
    91: (_both(">BB", "encoder_mode"),),
    99: (_layout(">H", "config"),),
    110: _SPEED_LIMITS,
    113: _POSITION_LIMITS,
    116: (_layout(">bb", "main_offset logic_offset"),),
    118: (_both(">HH", "blanking"),),
    135: (_layout(">II", "most_current_1 least_current_1"),),
    136: (_layout(">II", "most_current_2 least_current_2"),),
    149: _PWM_MODES,
}
"""By the number of the question: the answer of the manual's firmware, and that of newer firmware where it differs."""

_COMMANDS: dict[int, tuple[Layout, ...]] = {
    28: (_layout(">IIII", "d_1 p_1 i_1 qpps_1"),),
    29: (_layout(">IIII", "d_2 p_2 i_2 qpps_2"),),
    57: _MAIN,
    58: (_layout(">HH", "logic_lowest logic_highest"),),
    61: (
        _layout(">IIIIIii", "position_d_1 position_p_1 position_i_1 position_most_i_1 dead_zone_1 lowest_1 highest_1"),
    ),
    62: (
        _layout(">IIIIIii", "position_d_2 position_p_2 position_i_2 position_most_i_2 dead_zone_2 lowest_2 highest_2"),
    ),
    70: (_layout(">H", "default_speed_1"),),
    71: (_layout(">H", "default_speed_2"),),
    74: _PINS,
    76: _DEADBANDS,
    92: (_layout(">B", "encoder_mode_1"),),
    93: (_layout(">B", "encoder_mode_2"),),
    98: (_layout(">H", "config"),),
    109: tuple(reversed(_SPEED_LIMITS)),
    112: tuple(reversed(_POSITION_LIMITS)),
    115: (_layout(">bb", "main_offset logic_offset"),),
    117: (_both(">HH", "blanking"),),
    133: (_layout(">II", "most_current_1 least_current_1"),),
    134: (_layout(">II", "most_current_2 least_current_2"),),
    148: _PWM_MODES,
}
_OLD_VOLTAGES: dict[int, tuple[str, Callable[[int], int]]] = {
    2: ("main_lowest", lambda value: 60 + 2 * value),
    3: ("main_highest", lambda value: round(value / 5.12 * 10)),
    26: ("logic_lowest", lambda value: 60 + 2 * value),
    27: ("logic_highest", lambda value: round(value / 5.12 * 10)),
}
"""From the byte of an old command to tenths of a volt."""

_FACTORY_OF_EACH = {
    "p": 65536,
    "i": 32768,
    "qpps": 44000,
    "acceleration": 655359,
    "deceleration": 655359,
    "default_speed": _FULL_SPEED,
    "reverse_deadband": 25,
    "forward_deadband": 25,
    "most_current": 1500,
}
_FACTORY = {
    **{name: 0 for layouts in _ANSWERS.values() for layout in layouts for name in layout.names},
    **{"main_lowest": 60, "main_highest": 340, "logic_lowest": 45, "logic_highest": 60, "config": 0x8000},
    **{f"{name}_{which}": value for name, value in _FACTORY_OF_EACH.items() for which in (1, 2)},
}


class FakeSettings:
    """What was not written to the device's memory (command 94) is gone after a restart."""

    def __init__(self) -> None:
        self._written = dict(_FACTORY)
        self.load()

    def load(self) -> None:
        """What was written last is in force."""
        self._values = dict(self._written)

    def answers(self, version: Callable[[], str]) -> dict[int, Callable[[], bytes]]:
        """By the number of the question: the answer without its checksum, as firmware of that version gives it."""

        def answer(layouts: tuple[Layout, ...]) -> bytes:
            return layouts[-1 if is_new(version()) else 0].packed(self._values)

        return {number: lambda layouts=layouts: answer(layouts) for number, layouts in _ANSWERS.items()}  # type: ignore[misc]

    def commands(self) -> dict[int, Forms]:
        """By the number of the command: the layouts of what may come with it, and what it does."""
        return {
            **{number: ((">B", self._old_voltage(*kept)),) for number, kept in _OLD_VOLTAGES.items()},
            **{
                number: tuple((layout.form, self._keeper(layout)) for layout in layouts)
                for number, layouts in _COMMANDS.items()
            },
            68: ((">I", partial(self._set_ramps, 1)), (">II", partial(self._set_ramps, 1))),
            69: ((">I", partial(self._set_ramps, 2)), (">II", partial(self._set_ramps, 2))),
            80: ((">", self._restore), (">I", self._restore)),
            94: ((">I", self._write),),
            95: ((">", self.load),),
        }

    def fastest(self, motor: int) -> float:
        """In counts per second."""
        return float(self._values[f"qpps_{motor + 1}"])

    def default_speed(self, motor: int) -> float:
        """Of position commands, in counts per second."""
        return self.fastest(motor) * self._values[f"default_speed_{motor + 1}"] / _FULL_SPEED

    def default_ramps_in_duty(self, motor: int) -> tuple[int, int]:
        """Acceleration and deceleration, in duty per second."""
        return self._values[f"acceleration_{motor + 1}"], self._values[f"deceleration_{motor + 1}"]

    def position_range(self, motor: int) -> tuple[int, int]:
        """In counts."""
        return self._values[f"lowest_{motor + 1}"], self._values[f"highest_{motor + 1}"]

    def _keeper(self, layout: Layout) -> Callable[..., None]:
        return lambda *values: self._values.update(zip(layout.names, values, strict=True))

    def _set_ramps(self, which: int, up: int, down: int | None = None) -> None:
        """The firmware of the manual has one default for both ways."""
        self._values[f"acceleration_{which}"] = up
        self._values[f"deceleration_{which}"] = up if down is None else down

    def _old_voltage(self, name: str, tenths: Callable[[int], int]) -> Callable[[int], None]:
        return lambda value: self._values.update({name: tenths(value)})

    def _restore(self, _key: int = 0) -> None:
        self._values = dict(_FACTORY)

    def _write(self, _key: int) -> None:
        self._written = dict(self._values)


def is_new(version: str) -> bool:
    """Whether this is firmware of which the manual does not tell any more."""
    found = _VERSION.search(version)
    return found is not None and (int(found[1]), int(found[2])) >= FIRST_NEW_FIRMWARE
