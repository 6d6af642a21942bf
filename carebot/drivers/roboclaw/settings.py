"""What a robot file says about a RoboClaw."""

from __future__ import annotations

from math import tau

from pydantic import Field

from carebot.drivers.base import LONGEST_WATCHDOG_S, ControllerSettings
from carebot.drivers.roboclaw.protocol import HIGHEST_ADDRESS, LOWEST_ADDRESS, TIMEOUT_STEP_S


class RoboClawSettings(ControllerSettings):
    """A RoboClaw that was tuned for speed control (Motion Studio, or its velocity PID and QPPS set by hand)."""

    baud: int = Field(default=38400, gt=0)
    """What it is set to when it leaves the factory; only its serial pins care, USB takes any."""
    address: int = Field(default=LOWEST_ADDRESS, ge=LOWEST_ADDRESS, le=HIGHEST_ADDRESS)
    """128 to 135; over USB the device listens to any of them."""
    watchdog_s: float = Field(default=TIMEOUT_STEP_S, ge=TIMEOUT_STEP_S, le=LONGEST_WATCHDOG_S)
    """The device counts in steps of 0.1 s, so 0.1 or 0.2; anything between is taken as 0.1."""
    encoder_counts_per_revolution: float = Field(default=64.0, gt=0)
    """Quadrature counts (four for each line) for one turn of the shaft that carries the encoder."""
    gear_ratio: float = Field(default=30.0, gt=0)
    """Turns of the encoder's shaft for one turn of the wheel."""
    acceleration_rad_s2: float = Field(default=40.0, gt=0)
    """How fast the device changes the wheels' speed."""

    @property
    def motor_count(self) -> int:
        """Always two: M1, then M2."""
        return 2

    @property
    def counts_per_rad(self) -> float:
        """Of the wheel."""
        return self.encoder_counts_per_revolution * self.gear_ratio / tau

    @property
    def timeout_steps(self) -> int:
        """The watchdog as the device counts it, never longer than asked for."""
        return int(self.watchdog_s / TIMEOUT_STEP_S + 1e-6)
