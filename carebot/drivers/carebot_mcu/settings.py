"""What a robot file says about a carebot_mcu board."""

from __future__ import annotations

from math import tau

from pydantic import Field, field_validator

from carebot.drivers.base import ControllerSettings
from carebot.drivers.carebot_mcu.protocol import MOST_MOTORS, Parameter


class McuSettings(ControllerSettings):
    """`parameters` sets what PROTOCOL.md lists under the names there in lower case, such as `proportional: 6554`."""

    motors: int = Field(default=2, ge=1, le=MOST_MOTORS)
    encoder_ticks_per_revolution: float = Field(default=64.0, gt=0)
    """Ticks (all four edges of a line) for one turn of the shaft that carries the encoder."""
    gear_ratio: float = Field(default=30.0, gt=0)
    """Turns of the encoder's shaft for one turn of the wheel."""
    acceleration_rad_s2: float = Field(default=40.0, gt=0)
    """How fast the board changes the wheels' speed."""
    parameters: dict[str, int] = Field(default_factory=dict)

    @property
    def motor_count(self) -> int:
        return self.motors

    @property
    def ticks_per_rad(self) -> float:
        """Of the wheel."""
        return self.encoder_ticks_per_revolution * self.gear_ratio / tau

    @field_validator("parameters")
    @classmethod
    def _are_known(cls, parameters: dict[str, int]) -> dict[str, int]:
        known = {parameter.name.lower() for parameter in Parameter} - {"watchdog_ms", "acceleration"}
        unknown = sorted(set(parameters) - known)
        if unknown:
            raise ValueError(f"{unknown[0]} is no parameter of the board; use {', '.join(sorted(known))}")
        return parameters
