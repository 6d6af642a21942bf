"""Looks at the robot that many pages share: fifty tablets ask ten times a second each, and see the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from carebot.people import People
from carebot.tablet import skeleton
from carebot.tablet.robot import Robot, RobotView

LOOK_S = 0.03
"""For so long a look is new enough for a page, which comes every 0.1 s."""


class Glances:
    """The newest look at `robot`, and what it sees drawn once for all pages."""

    def __init__(self, robot: Robot, now_s: Callable[[], float] = time.monotonic) -> None:
        self._robot, self._now_s = robot, now_s
        self._view: RobotView | None = None
        self._looked_s = 0.0
        self._drawn: tuple[People, Mapping[int, str], str] | None = None

    def view(self) -> RobotView:
        """The robot as it was at most `LOOK_S` ago."""
        now_s = self._now_s()
        if self._view is None or not 0.0 <= now_s - self._looked_s < LOOK_S:
            self._view, self._looked_s = self._robot.view(), now_s
        return self._view

    def figures(self, people: People, tracks: Mapping[int, str]) -> str:
        """`people` as SVG."""
        if self._drawn is None or self._drawn[0] is not people or self._drawn[1] != tracks:
            self._drawn = people, dict(tracks), skeleton.svg(people, tracks)
        return self._drawn[2]
