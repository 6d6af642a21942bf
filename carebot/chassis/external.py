"""What a robot file says about a base that somebody else's ROS 2 driver moves."""

from __future__ import annotations

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import EntryError, FileModel
from carebot.drivers.base import LONGEST_WATCHDOG_S


class ExternalSettings(FileModel):
    """`controller.settings` of a robot whose controller is `external`."""

    cmd_vel_topic: str = Field(min_length=1)
    odom_topic: str = Field(min_length=1)
    stamped: bool = True
    """Whether the base takes TwistStamped (as ROS 2 does since Jazzy) or plain Twist."""
    watchdog_s: float | None = Field(default=None, gt=0)
    """How long after the last command the base stops by itself, as its own driver is set; nobody here can see it."""
    simulated: bool = False
    """Whether the base is one in a simulation, which may go without a watchdog."""

    @model_validator(mode="after")
    def _stops_by_itself(self) -> Self:
        if self.watchdog_s is None and not self.simulated:
            raise EntryError(
                "say after how many seconds without a command the base stops by itself, which must be at most "
                f"{LONGEST_WATCHDOG_S:g} (set its own driver so), because else it drives on when carebot dies",
                "watchdog_s",
            )
        if self.watchdog_s is not None and self.watchdog_s > LONGEST_WATCHDOG_S:
            raise EntryError(
                f"the base would go on for {self.watchdog_s:g} s after the last command, but {LONGEST_WATCHDOG_S:g} s "
                "is the most: set its own driver so (cmd_vel_timeout in ros2_control), then correct this",
                "watchdog_s",
            )
        return self
