"""When to ask which VESC, so that no two answers travel over CAN at once.

A VESC at the port puts answers from CAN together in one buffer (in three, in newer firmware; comm/comm_can.c of bldc)
that says nothing of who sent what, so two at once damage each other. Those behind CAN are asked one after another, the
one at the port at any time.
"""

from __future__ import annotations

from collections.abc import Collection

PATIENCE_S = 0.04
"""What has not come by then is asked for again, or the next one is: answers tell whose they are, so late ones count."""


class Turns:
    """Whose turn it is; tell what came. Times are those of the caller's clock."""

    def __init__(self, can_ids: tuple[int | None, ...]) -> None:
        self._behind_can = tuple(motor for motor, can_id in enumerate(can_ids) if can_id is not None)
        self._at_the_port = tuple(motor for motor, can_id in enumerate(can_ids) if can_id is None)
        self._last = 0
        self._asked_s: dict[int, float] = {}

    @property
    def is_owed(self) -> bool:
        """Whether an answer may still come."""
        return bool(self._asked_s)

    def forget(self) -> None:
        """What was asked before counts no more."""
        self._asked_s.clear()

    def heard(self, motor: int) -> None:
        self._asked_s.pop(motor, None)

    def take(self, missing: Collection[int], now_s: float) -> list[int]:
        """The motors to ask now, of those whose values are missing; they count as asked."""
        due = [motor for motor in self._at_the_port if motor in missing and not self._is_waited_for(motor, now_s)]
        if not any(self._is_waited_for(motor, now_s) for motor in self._behind_can):
            due += self._next_behind_can(missing)
        self._asked_s.update(dict.fromkeys(due, now_s))
        return due

    def _next_behind_can(self, missing: Collection[int]) -> list[int]:
        """The first that is missing, counted from behind the one that was asked last."""
        in_turn = (*self._behind_can[self._last :], *self._behind_can[: self._last])
        chosen = next((motor for motor in in_turn if motor in missing), None)
        if chosen is None:
            return []
        self._last = self._behind_can.index(chosen) + 1
        return [chosen]

    def _is_waited_for(self, motor: int, now_s: float) -> bool:
        return motor in self._asked_s and now_s - self._asked_s[motor] < PATIENCE_S
