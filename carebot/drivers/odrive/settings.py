"""What a robot file says about an ODrive."""

from __future__ import annotations

from math import tau

from pydantic import Field, field_validator

from carebot.drivers.base import LONGEST_WATCHDOG_S, ControllerSettings


class ODriveSettings(ControllerSettings):
    """An ODrive whose motors were calibrated with odrivetool, with its UART or USB set to the ASCII protocol.

    Generation 3 has two axes; S1, Pro and Micro have one, so that `axes: [0]` is right for them.
    """

    axes: tuple[int, ...] = Field(default=(0, 1), min_length=1, max_length=2)
    """The axis of each motor, in the robot's order."""
    watchdog_s: float = Field(default=0.15, gt=0, le=LONGEST_WATCHDOG_S)
    """Shorter than the law allows, because an ODrive that its watchdog disarmed does not brake: its wheels roll out."""
    gear_ratio: float = Field(default=1.0, gt=0)
    """Turns of the encoder's shaft for one turn of the wheel."""
    checksums: bool = True
    """Turn off only for firmware that does not know them; noise is then found only where it makes no sense."""

    @property
    def motor_count(self) -> int:
        return len(self.axes)

    @property
    def turns_per_rad(self) -> float:
        """Of the wheel."""
        return self.gear_ratio / tau

    @field_validator("axes")
    @classmethod
    def _are_possible(cls, axes: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(axes)) != len(axes) or not set(axes) <= {0, 1}:
            raise ValueError("axes must name 0, 1 or both, each once")
        return axes
