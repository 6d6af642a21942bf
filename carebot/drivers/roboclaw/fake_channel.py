"""One motor of the fake: what its loop is told to do, and what waits in its buffer.

Everything is in encoder counts. Sources: manual, pages 93 to 101 (commands 35 to 67 and 119 to 127) and command 47 for
the buffer; Basicmicro's examples roboclaw_speeddistance.py and roboclaw_speedacceldistance.py for how a move ends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import copysign, inf, sqrt
from typing import Protocol

AT_ONCE = inf
"""An acceleration: no ramp."""
_EMPTY = 0x80
_MOST_WAITING = 64
_IN_PLACE = 2.0
"""Counts from its target within which a motor has arrived."""
_TAIL_PER_S = 10.0
"""How steeply the last counts to a target slow a motor down, so that it does not run past."""


class Move(Protocol):
    """Something for a motor to do."""

    def aim(self, position: float) -> tuple[float, float]:
        """The speed to go for now, in counts/s, and the acceleration to get there."""

    def is_over(self, began: float, position: float) -> bool:
        """Whether the next one may begin; `began` is the position at which this one did."""

    def then(self) -> Move:
        """What the motor does when nothing follows."""


@dataclass(frozen=True, slots=True)
class Run:
    """Turn at a speed until told otherwise."""

    speed: float = 0.0
    ramp: float = AT_ONCE

    def aim(self, position: float) -> tuple[float, float]:  # noqa: ARG002
        return self.speed, self.ramp

    def is_over(self, began: float, position: float) -> bool:  # noqa: ARG002
        return False

    def then(self) -> Move:
        return self


@dataclass(frozen=True, slots=True)
class RunFor:
    """Turn at a speed until a distance is covered, then slow down: within a second where no ramp was given.

    At speed zero no distance is ever covered; the vendor's examples end a chain of moves with one, so it ends at once.
    """

    speed: float
    distance: float
    ramp: float | None = None

    def aim(self, position: float) -> tuple[float, float]:  # noqa: ARG002
        return self.speed, AT_ONCE if self.ramp is None else self.ramp

    def is_over(self, began: float, position: float) -> bool:
        return not self.speed or abs(position - began) >= self.distance

    def then(self) -> Move:
        return Run(0.0, (abs(self.speed) or AT_ONCE) if self.ramp is None else self.ramp)


@dataclass(frozen=True, slots=True)
class GoTo:
    """Turn to a position, and hold it."""

    target: float
    speed: float
    acceleration: float
    deceleration: float

    def aim(self, position: float) -> tuple[float, float]:
        away = self.target - position
        braking = inf if self.deceleration == AT_ONCE else sqrt(2 * self.deceleration * abs(away))
        speed = min(self.speed, braking, _TAIL_PER_S * abs(away))
        return copysign(speed, away), self.acceleration if speed == self.speed else AT_ONCE

    def is_over(self, began: float, position: float) -> bool:  # noqa: ARG002
        return abs(self.target - position) <= _IN_PLACE

    def then(self) -> Move:
        return self


class Channel:
    """`speed` is what the motor's loop holds now."""

    def __init__(self) -> None:
        self._waiting: deque[Move] = deque()
        self.halt()

    def halt(self) -> None:
        """Brake at once and forget everything."""
        self.run(Run())
        self.speed = 0.0

    def run(self, move: Run) -> None:
        """Do this now; what was buffered is gone."""
        self._waiting.clear()
        self._rest: Move = move
        self._began: float | None = None

    def buffer(self, move: Move, instead: bool) -> None:
        """Do this when what was buffered is done, or `instead` of it."""
        if instead:
            self._waiting.clear()
            self._began = None
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(move)

    @property
    def buffered(self) -> int:
        """As command 47 tells it: how many wait behind the one that runs; 0x80 where none runs."""
        return len(self._waiting) - 1 if self._waiting else _EMPTY

    def position_error(self, position: float) -> float:
        """How far the target is away; 0 without a target."""
        move = self._move
        return move.target - position if isinstance(move, GoTo) else 0.0

    def step(self, position: float, duration_s: float) -> None:
        """Let time pass with the encoder at `position`."""
        self._begin(position)
        while self._waiting and self._waiting[0].is_over(self._began or 0.0, position):
            self._rest = self._waiting.popleft().then()
            self._began = None
            self._begin(position)
        wanted, ramp = self._move.aim(position)
        most = ramp * duration_s
        self.speed += min(max(wanted - self.speed, -most), most)

    @property
    def _move(self) -> Move:
        return self._waiting[0] if self._waiting else self._rest

    def _begin(self, position: float) -> None:
        if self._waiting and self._began is None:
            self._began = position
