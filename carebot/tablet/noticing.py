"""What the app sees of what the robot noticed and no alarm came of. No ROS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from carebot.noticed import GaitDay, Recorded


@dataclass(frozen=True, slots=True)
class NoticeView:
    """The observations of the last weeks, newest first, and their days with walks, oldest first."""

    noticed: tuple[Recorded, ...] = ()
    gait_days: tuple[GaitDay, ...] = ()


class NoticingRobot(Protocol):
    """`notices` returns at once."""

    def notices(self) -> NoticeView: ...
