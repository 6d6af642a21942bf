"""What a robot file says about one VESC or several."""

from __future__ import annotations

from collections.abc import Mapping
from math import tau
from typing import Any, ClassVar

from pydantic import Field, field_validator

from carebot.drivers.base import ControllerSettings
from carebot.drivers.vesc.messages import HIGHEST_CAN_ID, STEPS_PER_ELECTRICAL_TURN

MOST_MOTORS = 4


class VescSettings(ControllerSettings):
    """VESCs whose motors were detected and whose speed control was tuned with VESC Tool."""

    to_try_out: ClassVar[Mapping[str, Any]] = {"slowest_erpm": 0}

    can_ids: tuple[int | None, ...] = Field(default=(None, 1), min_length=1, max_length=MOST_MOTORS)
    """One for each motor: null for the VESC at the port, and the CAN id of each that is reached through it."""
    pole_pairs: int = Field(default=15, gt=0)
    """Half the number of the motor's magnets."""
    gear_ratio: float = Field(default=1.0, gt=0)
    """Turns of the motor for one turn of the wheel."""
    slowest_erpm: int = Field(default=900, ge=0)
    """The "Minimum ERPM" of the VESC's speed control: lower it together with VESC Tool's, which is 900 at first.

    A VESC holds no slower speed: where one wheel would have to, carebot brakes all and says that it sent zero."""
    brake_current_a: float = Field(default=5.0, gt=0, le=100)
    """Motor current that brakes at zero speed, at a stop, and when the VESC's watchdog sees no command."""

    @property
    def motor_count(self) -> int:
        return len(self.can_ids)

    @property
    def erpm_per_rad_s(self) -> float:
        """Of the wheel."""
        return 60 / tau * self.pole_pairs * self.gear_ratio

    @property
    def steps_per_rad(self) -> float:
        """The tachometer's, of the wheel."""
        return STEPS_PER_ELECTRICAL_TURN * self.pole_pairs * self.gear_ratio / tau

    @property
    def timeout_ms(self) -> int:
        """The watchdog as the VESC counts it; it looks every 10 ms, so it is set that much shorter."""
        return max(10, int(self.watchdog_s * 1000) - 10)

    @field_validator("can_ids")
    @classmethod
    def _are_possible(cls, can_ids: tuple[int | None, ...]) -> tuple[int | None, ...]:
        if len(set(can_ids)) != len(can_ids):
            raise ValueError("can_ids names the same VESC twice")
        wrong = [can_id for can_id in can_ids if can_id is not None and not 0 <= can_id <= HIGHEST_CAN_ID]
        if wrong:
            raise ValueError(f"{wrong[0]} is no CAN id of a VESC; use 0 to {HIGHEST_CAN_ID}, or null")
        return can_ids
