"""Goes in front of a person: looks for one, stops at a polite distance, plans anew as they move."""

from __future__ import annotations

from collections.abc import Iterable
from math import pi

from carebot.geometry import Pose2D, Twist2D, wrapped_rad
from carebot.navigation.costmap import Costmap
from carebot.navigation.goals import POLITE_M, Goal, in_front_of
from carebot.navigation.navigator import STILL, Inputs, Navigator, Phase, Progress
from carebot.navigation.planner import NoWay
from carebot.navigation.sighting import Sighting, apart_m, between, seen_at

LOOKS_RAD_S, LOOKS_ROUND_RAD = 0.5, 2.2 * pi
SEEN_WITHIN_S = 3.0
"""Whom it saw so lately is there."""
NEAR_POLITE_M, CHASES = 0.25, 4
IN_SIGHT_S, BLINK_S = 0.5, 1.5
"""Whom it saw so lately is before it; for so long it waits to see them again before it looks round."""
MOVED_M, TURNED_RAD, REPLAN_S = 0.25, 0.8, 1.0
"""Who has moved or turned by more is gone to anew, at most so often."""
SAME_M = 1.2
"""Who is seen so near to where somebody was is the same person."""
SETTLES = 0.3
"""The share of each sighting that is believed at once."""
NO_ROOM_S = 8.0


class PersonTrip:
    """One trip to whoever is seen; ask `step` at 20 Hz. `look_in` is where to look first; None: where it stands."""

    def __init__(
        self, navigator: Navigator, costmap: Costmap, look_in: Goal | None, now_s: float, time_limit_s: float = 300.0
    ) -> None:
        self._navigator, self._costmap, self._look_in = navigator, costmap, look_in
        self._ends_s = now_s + time_limit_s
        self._person: Pose2D | None = None
        self._seen_s = -1e9
        self._aimed: Pose2D | None = None
        self._planned_s = -1e9
        self._no_room_s: float | None = None
        self._reason, self._chased = "", 0
        self._looked_rad = 0.0
        self._heading: float | None = None
        if look_in is not None:
            navigator.go(look_in.at, look_in.yaw_rad, now_s, time_limit_s)

    @property
    def person(self) -> Pose2D | None:
        """Where the person is, on the map."""
        return self._person

    def step(self, inputs: Inputs, seen: Iterable[Sighting], now_s: float) -> Progress:
        """The wish for the next twentieth of a second; `seen` are new sightings, if any."""
        for sighting in seen:
            self._take(sighting, inputs.pose, now_s)
        progress = self._navigator.step(inputs, now_s)
        if now_s > self._ends_s:
            return self._ended(Phase.GAVE_UP, "it took too long to get to somebody")
        if self._person is None:
            return self._search(progress, inputs.pose)
        return self._approach(progress, self._person, inputs.pose, now_s)

    def _take(self, sighting: Sighting, robot: Pose2D, now_s: float) -> None:
        """The nearest to where the person was; while nobody is known, whoever is seen first."""
        there = seen_at(sighting, robot)
        if not self._costmap.is_indoors(there):
            return
        if self._person is None or now_s - self._seen_s > SEEN_WITHIN_S:
            self._person, self._seen_s = there, now_s
            self._looked_rad, self._heading = 0.0, None
        elif apart_m(there, self._person) < SAME_M:
            self._person, self._seen_s = between(self._person, there, SETTLES), now_s

    def _search(self, progress: Progress, robot: Pose2D) -> Progress:
        if self._look_in is not None and progress.phase not in (Phase.ARRIVED, Phase.GAVE_UP, Phase.IDLE):
            return progress
        if progress.phase is Phase.GAVE_UP:
            return progress
        return self._look_round(robot, "nobody is to be seen here")

    def _look_round(self, robot: Pose2D, in_vain: str) -> Progress:
        if self._heading is not None:
            self._looked_rad += abs(wrapped_rad(robot.yaw_rad - self._heading))
        self._heading = robot.yaw_rad
        if self._looked_rad > LOOKS_ROUND_RAD:
            return self._ended(Phase.GAVE_UP, in_vain)
        return Progress(Twist2D(yaw_rad_s=LOOKS_RAD_S), Phase.LOOKING)

    def _approach(self, progress: Progress, person: Pose2D, robot: Pose2D, now_s: float) -> Progress:
        if self._should_aim(person, now_s):
            goal = in_front_of(person, robot, self._costmap)
            self._planned_s = now_s
            if not isinstance(goal, NoWay):
                self._no_room_s, self._aimed = None, person
                self._navigator.go(goal.at, goal.yaw_rad, now_s, max(1.0, self._ends_s - now_s))
                return Progress(STILL, Phase.DRIVING)
            # Somebody out of sight may not be there at all: it goes where it wanted to before, and looks again.
            if self._aimed is None or now_s - self._seen_s < BLINK_S:
                return self._no_room(goal.reason, now_s)
        if self._aimed is None:
            return self._no_room(self._reason, now_s)
        if progress.phase is not Phase.ARRIVED:
            return progress
        if now_s - self._seen_s < IN_SIGHT_S:
            return self._met(progress, person, robot)
        if now_s - self._seen_s < BLINK_S:
            return Progress(STILL, Phase.LOOKING)
        return self._look_round(robot, "the person has gone")

    def _met(self, progress: Progress, person: Pose2D, robot: Pose2D) -> Progress:
        """Arrived, unless they went on meanwhile; then it comes once more, but does not chase them for ever."""
        if abs(apart_m(person, robot) - POLITE_M) < NEAR_POLITE_M or self._chased >= CHASES:
            return progress
        self._chased, self._aimed, self._reason = self._chased + 1, None, "the person walks on"
        return Progress(STILL, Phase.WAITING, 0.0, self._reason)

    def _should_aim(self, person: Pose2D, now_s: float) -> bool:
        if now_s - self._planned_s < REPLAN_S:
            return False
        if self._aimed is None:
            return True
        has_turned = abs(wrapped_rad(person.yaw_rad - self._aimed.yaw_rad)) > TURNED_RAD
        return has_turned or apart_m(person, self._aimed) > MOVED_M

    def _no_room(self, reason: str, now_s: float) -> Progress:
        """They may step to where there is some."""
        self._reason = reason
        self._no_room_s = now_s if self._no_room_s is None else self._no_room_s
        if now_s - self._no_room_s > NO_ROOM_S:
            return self._ended(Phase.GAVE_UP, reason)
        return Progress(STILL, Phase.WAITING, 0.0, reason)

    def _ended(self, phase: Phase, reason: str) -> Progress:
        self._navigator.stop()
        return Progress(STILL, phase, 0.0, reason)
