"""After a contact: stand, back off a few centimetres the way the robot came, then wait."""

from __future__ import annotations

from carebot.geometry import Twist2D
from carebot.safety.outline import outline
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import ZERO


class ContactManoeuvre:
    """Follows one contact from the touch to the end of the wait. `step` is to be called at every tick.

    The retreat is the only motion that nobody commanded. It frees who is pinched, is as slow and short as the
    parameters say, happens once for each contact, and only where the robot itself was moving.
    """

    def __init__(self, parameters: SafetyParameters) -> None:
        self._parameters = parameters
        self._began_s: float | None = None
        self._touched_s = 0.0
        self._back = ZERO

    @property
    def active(self) -> bool:
        return self._began_s is not None

    def step(self, touches: bool, moving: Twist2D, now_s: float) -> None:
        """`moving` is how the robot came here."""
        if touches:
            self._touch(moving, now_s)
        elif self._began_s is not None and now_s - self._waits_from_s(self._began_s) >= self._parameters.contact_wait_s:
            self._began_s = None

    def retreat(self, now_s: float) -> Twist2D | None:
        """The motion to back off with, where it is the time for it."""
        if self._began_s is None or self._back == ZERO:
            return None
        since_s = now_s - self._began_s - self._parameters.contact_stop_s
        return self._back if 0 <= since_s < self._retreat_s() else None

    def stay(self) -> None:
        """No backing off any more in this contact."""
        self._back = ZERO

    def _touch(self, moving: Twist2D, now_s: float) -> None:
        if self._began_s is None:
            self._began_s, self._back = now_s, self._backwards(moving)
        self._touched_s = now_s

    def _waits_from_s(self, began_s: float) -> float:
        return max(self._touched_s, began_s + self._parameters.contact_stop_s + self._retreat_s())

    def _retreat_s(self) -> float:
        return self._parameters.retreat_m / self._parameters.retreat_speed_m_s

    def _backwards(self, moving: Twist2D) -> Twist2D:
        speed_m_s = outline(self._parameters).fastest_m_s(moving)
        return moving.scaled(-self._parameters.retreat_speed_m_s / speed_m_s) if speed_m_s > 0 else ZERO
