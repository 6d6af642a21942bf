"""What a robot file says about a Roboteq."""

from __future__ import annotations

from math import tau
from typing import Literal

from pydantic import Field

from carebot.drivers.base import ControllerSettings


class RoboteqSettings(ControllerSettings):
    """A Roboteq whose channels were configured with Roborun+ (operating mode, encoders or halls, limits of current).

    `loop` says which operating mode the channels are in: `speed` (closed loop, driven with !S) or `power` (open loop,
    driven with !G, where `full_power_rpm` tells how fast the motors run at full power; configure the same as Max RPM).
    """

    motors: int = Field(default=2, ge=1, le=3)
    """Channel 1 and up, in the robot's order."""
    loop: Literal["speed", "power"] = "speed"
    feedback: Literal["encoder", "hall"] = "encoder"
    """Whether positions and speeds come from encoders (?C, ?S) or from brushless motors' sensors (?CB, ?BS)."""
    counts_per_revolution: float = Field(default=400.0, gt=0)
    """Counts for one turn of the motor: four for each pulse of an encoder (its PPR), six for each pole pair with
    hall sensors (manual V2.0, page 126)."""
    gear_ratio: float = Field(default=30.0, gt=0)
    """Turns of the motor for one turn of the wheel."""
    full_power_rpm: float = Field(default=3000.0, gt=0)
    acceleration_rad_s2: float = Field(default=40.0, gt=0)
    """How fast the device lets the wheels gain speed."""
    deceleration_rad_s2: float = Field(default=100.0, gt=0)
    """And lose it, which its watchdog's stop takes too: higher than what the robot is driven with."""

    @property
    def motor_count(self) -> int:
        return self.motors

    @property
    def counts_per_rad(self) -> float:
        """Of the wheel."""
        return self.counts_per_revolution * self.gear_ratio / tau

    @property
    def rpm_per_rad_s(self) -> float:
        """Of the motor, for each rad/s of the wheel."""
        return self.gear_ratio * 60.0 / tau

    @property
    def watchdog_ms(self) -> int:
        return int(self.watchdog_s * 1000 + 1e-6)
