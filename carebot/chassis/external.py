"""What a robot file says about a base that somebody else's ROS 2 driver moves."""

from __future__ import annotations

from pydantic import Field

from carebot.config import FileModel
from carebot.drivers.base import LONGEST_WATCHDOG_S

FARTHEST_ALONE_M = 0.16
"""As far as a robot at 0.8 m/s goes until the watchdog of its controller stops it; a slow base may take longer."""


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

    def watchdog_problem(self, max_speed_m_s: float) -> str:
        """Why a base that is driven at up to that speed must not be left to its watchdog; empty where it may."""
        most = f"{LONGEST_WATCHDOG_S:g} s or {FARTHEST_ALONE_M:g} m at limits.max_speed_m_s"
        if self.watchdog_s is None:
            needed = f"say after how many seconds without a command the base stops by itself, at most {most}"
            return "" if self.simulated else f"{needed}: else it drives on when carebot dies"
        goes_on_m = self.watchdog_s * max_speed_m_s
        if self.watchdog_s <= LONGEST_WATCHDOG_S or goes_on_m <= FARTHEST_ALONE_M:
            return ""
        return (
            f"the base would go on for {self.watchdog_s:g} s, or {goes_on_m:.2f} m, after the last command, and {most} "
            "is the most: set its own driver so (cmd_vel_timeout in ros2_control), or lower the limit"
        )
