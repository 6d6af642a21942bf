"""The fake's commands that move: what comes with each number, and what it makes of the two channels.

Sources: manual, pages 63 to 65 (commands 0 to 13) and 92 to 101 (32 to 67, 119 to 127); Basicmicro's library
(`basicmicro` 2.0.10) for how drive and turn are mixed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import copysign

from carebot.drivers.roboclaw.fake_channel import AT_ONCE, Channel, GoTo, Run, RunFor
from carebot.drivers.roboclaw.fake_settings import FakeSettings, Forms
from carebot.drivers.roboclaw.protocol import FULL_DUTY

_DRIVE, _TURN = 0, 1
_SINGLE = ((0, 0, 1), (1, 0, -1), (4, 1, 1), (5, 1, -1), (6, 0, 0), (7, 1, 0))
"""Command, motor, direction; 0 for both directions with a stop at 64."""
_MIXED = ((8, _DRIVE, 1), (9, _DRIVE, -1), (10, _TURN, 1), (11, _TURN, -1), (12, _DRIVE, 0), (13, _TURN, 0))
"""Command, drive or turn, direction."""


class FakeMotion:
    """`full_counts_per_s` is how fast a wheel runs with full duty."""

    def __init__(self, settings: FakeSettings, full_counts_per_s: float) -> None:
        self.channels = (Channel(), Channel())
        self._settings = settings
        self._full = full_counts_per_s
        self._mix: list[float | None] = [None, None]

    def halt(self) -> None:
        """Brake both at once; whatever was commanded is forgotten."""
        self._mix = [None, None]
        for channel in self.channels:
            channel.halt()

    def commands(self) -> dict[int, Forms]:
        """By the number: the layout of what comes with it, and what it does."""
        return {
            **{number: ((">B", partial(self._single, motor, way)),) for number, motor, way in _SINGLE},
            **{number: ((">B", partial(self._mixed, part, way)),) for number, part, way in _MIXED},
            **self._duty_commands(),
            **self._speed_commands(),
            **self._distance_commands(),
            **self._position_commands(),
        }

    def _duty_commands(self) -> dict[int, Forms]:
        return {
            32: ((">h", partial(self._duty, 0)),),
            33: ((">h", partial(self._duty, 1)),),
            34: ((">hh", self._each(self._duty, 1)),),
            52: ((">hI", partial(self._duty, 0)),),
            53: ((">hI", partial(self._duty, 1)),),
            54: ((">hIhI", self._each(self._duty, 2)),),
        }

    def _speed_commands(self) -> dict[int, Forms]:
        return {
            35: ((">i", partial(self._run, 0, AT_ONCE)),),
            36: ((">i", partial(self._run, 1, AT_ONCE)),),
            37: ((">ii", lambda m1, m2: self._run_both(AT_ONCE, m1, m2)),),
            38: ((">Ii", partial(self._run, 0)),),
            39: ((">Ii", partial(self._run, 1)),),
            40: ((">Iii", self._run_both),),
            50: ((">IiIi", self._each(self._run, 2)),),
        }

    def _distance_commands(self) -> dict[int, Forms]:
        return {
            41: ((">iIB", partial(self._run_for, 0, None)),),
            42: ((">iIB", partial(self._run_for, 1, None)),),
            43: ((">iIiIB", partial(self._run_both_for, None)),),
            44: ((">IiIB", partial(self._run_for, 0)),),
            45: ((">IiIB", partial(self._run_for, 1)),),
            46: ((">IiIiIB", self._run_both_for),),
            51: ((">IiIIiIB", self._each(self._run_for, 3)),),
        }

    def _position_commands(self) -> dict[int, Forms]:
        return {
            65: ((">IIIiB", partial(self._go, 0)),),
            66: ((">IIIiB", partial(self._go, 1)),),
            67: ((">IIIiIIIiB", self._each(self._go, 4)),),
            119: ((">iB", partial(self._go_at_defaults, 0)),),
            120: ((">iB", partial(self._go_at_defaults, 1)),),
            121: ((">iiB", self._each(self._go_at_defaults, 1)),),
            122: ((">IiB", partial(self._go_at_speed, 0)),),
            123: ((">IiB", partial(self._go_at_speed, 1)),),
            124: ((">IiIiB", self._each(self._go_at_speed, 2)),),
            125: ((">hB", partial(self._go_to_share, 0)),),
            126: ((">hB", partial(self._go_to_share, 1)),),
            127: ((">hhB", self._each(self._go_to_share, 1)),),
        }

    # --- open loop ----------------------------------------------------------------------------------------------------

    def _single(self, motor: int, way: int, value: int) -> None:
        self._mix = [None, None]
        self._power(motor, _share(way, value))

    def _mixed(self, part: int, way: int, value: int) -> None:
        """Nothing moves before both were told: how fast to drive, and how fast to turn."""
        self._mix[part] = _share(way, value)
        drive, turn = self._mix
        if drive is not None and turn is not None:
            for motor, power in enumerate(mixed(drive, turn)):
                self._power(motor, power)

    def _power(self, motor: int, share: float) -> None:
        self.channels[motor].run(Run(share * self._full))

    def _duty(self, motor: int, duty: int, ramp: int = 0) -> None:
        """`ramp` is in duty per second; 0 is at once."""
        per_duty = self._full / FULL_DUTY
        self.channels[motor].run(Run(duty * per_duty, ramp * per_duty or AT_ONCE))

    # --- speeds -------------------------------------------------------------------------------------------------------

    def _run(self, motor: int, ramp: float, speed: int) -> None:
        self.channels[motor].run(Run(speed, ramp))

    def _run_both(self, ramp: float, m1: int, m2: int) -> None:
        self._run(0, ramp, m1)
        self._run(1, ramp, m2)

    def _run_for(self, motor: int, ramp: int | None, speed: int, distance: int, flag: int) -> None:
        self.channels[motor].buffer(RunFor(speed, distance, ramp), flag == 1)

    def _run_both_for(self, ramp: int | None, *values: int) -> None:
        speed_1, distance_1, speed_2, distance_2, flag = values
        self._run_for(0, ramp, speed_1, distance_1, flag)
        self._run_for(1, ramp, speed_2, distance_2, flag)

    # --- positions ----------------------------------------------------------------------------------------------------

    def _go(self, motor: int, acceleration: float, speed: float, deceleration: float, position: int, flag: int) -> None:
        """Zero is no limit: users of Basicmicro's protocol send zeros and expect to arrive."""
        move = GoTo(position, speed or self._settings.fastest(motor), acceleration or AT_ONCE, deceleration or AT_ONCE)
        self.channels[motor].buffer(move, flag == 1)

    def _go_at_defaults(self, motor: int, position: int, flag: int) -> None:
        self._go_at_speed(motor, self._settings.default_speed(motor), position, flag)

    def _go_at_speed(self, motor: int, speed: float, position: int, flag: int) -> None:
        acceleration, deceleration = (
            ramp * self._full / FULL_DUTY for ramp in self._settings.default_ramps_in_duty(motor)
        )
        self._go(motor, acceleration, speed, deceleration, position, flag)

    def _go_to_share(self, motor: int, share: int, flag: int) -> None:
        """-32767 to 32767 is from the lowest to the highest position of the motor's settings."""
        lowest, highest = self._settings.position_range(motor)
        position = lowest + (share / FULL_DUTY + 1) / 2 * (highest - lowest)
        self._go_at_defaults(motor, round(position), flag)

    @staticmethod
    def _each(act: Callable[..., None], count: int) -> Callable[..., None]:
        """`act` on M1 with the first `count` values, on M2 with the next ones; both get the flag at the end, if any."""

        def both(*values: int) -> None:
            act(0, *values[:count], *values[2 * count :])
            act(1, *values[count : 2 * count], *values[2 * count :])

        return both


def mixed(drive: float, turn: float) -> tuple[float, float]:
    """The shares of full power of M1, on the left, and M2; a turn to the right is positive, and neither exceeds 1."""
    if drive * turn < 0:
        m2, m1 = mixed(drive, -turn)
        return m1, m2
    return copysign(max(abs(drive), abs(turn)), drive or turn), drive - turn


def _share(way: int, value: int) -> float:
    """What a byte of the compatibility commands says, as a share of full power."""
    return way * min(value, 127) / 127 if way else min(max((value - 64) / 63, -1.0), 1.0)
