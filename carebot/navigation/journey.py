"""One trip from beginning to end: out of the charger where the robot stands in one, then on its course."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from carebot.geometry import Pose2D
from carebot.navigation.dock_trip import DockTrip
from carebot.navigation.docking import DockInputs
from carebot.navigation.follow_trip import FollowTrip
from carebot.navigation.navigator import STILL, Inputs, Navigator, Phase, Progress
from carebot.navigation.person_trip import PersonTrip
from carebot.navigation.sighting import Sighting
from carebot.navigation.undocking import Undocking

Course = PersonTrip | FollowTrip | DockTrip | None
"""Who drives: one of these, or the navigator alone."""


class Senses(Protocol):
    """What some courses need besides map and lidar; asked by those alone."""

    def dock_inputs(self) -> DockInputs:
        """What is known now of the charger; each look at its marker once."""
        ...

    def take_seen(self) -> tuple[Sighting, ...]:
        """Whom the camera saw since the last call."""
        ...


class Journey:
    """Ask `step` at 20 Hz. `begin` makes the course at a time, once the robot is out of the charger."""

    def __init__(
        self, navigator: Navigator, begin: Callable[[float], Course], leaving: Undocking | None = None
    ) -> None:
        self._navigator, self._begin, self._leaving = navigator, begin, leaving
        self._course: Course = None
        self._has_begun = False

    @property
    def course(self) -> Course:
        """None until it has begun, and where the navigator drives alone."""
        return self._course

    def step(self, inputs: Inputs, odometry: Pose2D, senses: Senses, now_s: float) -> Progress:
        """The wish for the next twentieth of a second; `odometry` is the robot's pose in the odometry's frame."""
        if self._leaving is not None:
            return self._left(self._leaving, inputs, odometry, now_s)
        if not self._has_begun:
            self._course, self._has_begun = self._begin(now_s), True
        if isinstance(self._course, DockTrip):
            return self._course.step(inputs, senses.dock_inputs(), now_s)
        if self._course is None:
            return self._navigator.step(inputs, now_s)
        return self._course.step(inputs, senses.take_seen(), now_s)

    def _left(self, leaving: Undocking, inputs: Inputs, odometry: Pose2D, now_s: float) -> Progress:
        self._navigator.step(inputs, now_s)  # it looks on: what stands about is known once the course begins
        progress = leaving.step(odometry, now_s)
        if progress.phase is not Phase.ARRIVED:
            return progress
        self._leaving = None
        return Progress(STILL, Phase.DRIVING)
