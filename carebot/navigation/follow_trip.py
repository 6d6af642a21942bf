"""Follows a person: stays behind or beside whoever walks, waits where they stand, looks for them when out of sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import atan2, cos, hypot, pi, sin

import numpy as np

from carebot.geometry import Pose2D, Twist2D, wrapped_rad
from carebot.navigation.costmap import Costmap
from carebot.navigation.goals import COMPANY_M, Goal, beside
from carebot.navigation.navigator import STILL, Inputs, Navigator, Phase, Progress
from carebot.navigation.person_trip import LOOKS_RAD_S, LOOKS_ROUND_RAD
from carebot.navigation.planner import NoWay
from carebot.navigation.sighting import Sighting, apart_m, between, seen_at

FOLLOWS_S = 600.0
NEAR_M, FAR_M = 0.1, 0.25
"""It comes as near as `COMPANY_M` and this, and stands until they are away by that much more than `COMPANY_M`."""
AIMS_EVERY_S, AIMS_AFTER_M = 0.5, 0.2
"""It plans anew for who has gone on by so much, at most so often."""
UNSEEN_S, LOST_S = 1.5, 60.0
"""After so long out of sight it goes to where it saw them last, and after so long it has lost them."""
STEP_ON_M = 1.4
"""Whoever is out of sight may have gone on so far, through a door or round a corner."""
SAME_M, STRIDE_M_S = 0.8, 1.2
"""Who is seen is the same person if no further from where they were than this and what they may have walked since."""
SETTLES, HEADS = 0.5, 0.15
"""The share of each sighting that is believed at once: of where they are, and of where they walk."""
WALKS_M = 0.15
NO_ROOM_S = 15.0
GLANCE_S, CLOSE_M = 0.4, 0.85
"""Whoever was not seen for so long may be what stands so near, before it or at its side: it does not drive on."""
FACES_RAD, FACED_RAD, FACES_RAD_S = 0.35, 0.1, 0.6
"""It turns after who has gone so far to a side, until it faces them again, so fast."""
NOT_SEEN_HERE, OUT_OF_SIGHT = "nobody is to be seen here", "the person is out of sight"


class FollowTrip:
    """One walk behind whoever is nearest; ask `step` at 20 Hz. It has arrived once its time is over.

    `look_in` is where to look first; None: where the robot stands. It never drives nearer than `COMPANY_M`, and never
    backwards: who comes up to it finds it standing.
    """

    def __init__(
        self, navigator: Navigator, costmap: Costmap, look_in: Goal | None, now_s: float, for_s: float = FOLLOWS_S
    ) -> None:
        self._navigator, self._costmap, self._looks_in = navigator, costmap, look_in is not None
        self._ends_s = now_s + for_s
        self._person: Pose2D | None = None
        self._heading = (0.0, 0.0)
        self._seen_s = self._aimed_s = -1e9
        self._aimed: Pose2D | None = None
        self._no_room_s: float | None = None
        self._is_near = self._is_facing = False
        self._is_searching = self._is_looking = False
        self._places_m: list[tuple[float, float]] = []
        self._looked_rad, self._yaw_rad, self._turns_rad_s = 0.0, 0.0, LOOKS_RAD_S
        if look_in is not None:
            navigator.go(look_in.at, look_in.yaw_rad, now_s, for_s)

    @property
    def person(self) -> Pose2D | None:
        """Where the person is, on the map."""
        return self._person

    def step(self, inputs: Inputs, seen: Iterable[Sighting], now_s: float) -> Progress:
        """The wish for the next twentieth of a second; `seen` are new sightings, if any."""
        self._take([seen_at(each, inputs.pose) for each in seen], inputs.pose, now_s)
        progress = self._navigator.step(inputs, now_s)
        if now_s >= self._ends_s:
            return self._ended(Phase.ARRIVED, "")
        if self._person is None:
            return self._find(progress, inputs.pose)
        goes_on = self._search if now_s - self._seen_s > UNSEEN_S else self._keep_up
        return self._held_before_somebody(goes_on(progress, self._person, inputs.pose, now_s), now_s)

    # whom

    def _take(self, places: list[Pose2D], robot: Pose2D, now_s: float) -> None:
        """The nearest to where the person was, if they can have walked there; at first the nearest to the robot."""
        places = [place for place in places if self._costmap.is_indoors(place)]
        if not places:
            return
        before = self._person
        there = min(places, key=lambda place: apart_m(place, before or robot))
        if before is None:
            self._person = there
        elif apart_m(there, before) < SAME_M + STRIDE_M_S * (now_s - self._seen_s):
            x, y = ((1 - HEADS) * old for old in self._heading)
            self._heading = x + there.x_m - before.x_m, y + there.y_m - before.y_m
            self._person = between(before, there, SETTLES if now_s - self._seen_s < UNSEEN_S else 1.0)
        else:
            return
        self._seen_s, self._is_searching, self._is_looking = now_s, False, False

    def _held_before_somebody(self, progress: Progress, now_s: float) -> Progress:
        """Too near, the camera shows nobody or takes them for further away: the lidar still meets their legs."""
        if progress.twist.vx_m_s <= 0 or now_s - self._seen_s < GLANCE_S:
            return progress
        ahead_m = self._navigator.fresh_m[self._navigator.fresh_m[:, 0] > 0.0]
        away_m = np.hypot(*ahead_m.T)
        if not (away_m < CLOSE_M).any():
            return progress
        x, y = ahead_m[away_m.argmin()]
        return replace(progress, twist=self._turning_to(atan2(y, x)), phase=Phase.WAITING)

    # in sight

    def _keep_up(self, progress: Progress, person: Pose2D, robot: Pose2D, now_s: float) -> Progress:
        if self._has_come_near(person, robot):
            self._navigator.stop()
            self._aimed = self._no_room_s = None
            return Progress(self._facing(person, robot), Phase.WAITING)
        if progress.phase is Phase.GAVE_UP:
            return progress
        if self._should_aim(progress, person, now_s):
            self._aimed_s = now_s
            goal = beside(person, robot, self._costmap)
            if isinstance(goal, NoWay):
                return self._no_room(goal.reason, now_s)
            self._no_room_s, self._aimed = None, person
            self._navigator.aim(goal.at, goal.yaw_rad, now_s, self._ends_s - now_s)
            return Progress(progress.twist, Phase.DRIVING, progress.left_m)
        if progress.phase in (Phase.ARRIVED, Phase.IDLE):
            return Progress(self._facing(person, robot), Phase.WAITING)
        return progress

    def _has_come_near(self, person: Pose2D, robot: Pose2D) -> bool:
        """With some way between coming near and going on, for it need not follow each step of theirs."""
        most_m = COMPANY_M + (FAR_M if self._is_near else NEAR_M)
        at = robot.x_m, robot.y_m
        self._is_near = apart_m(person, robot) < most_m and self._costmap.sees(at, person)
        return self._is_near

    def _facing(self, person: Pose2D, robot: Pose2D) -> Twist2D:
        return self._turning_to(wrapped_rad(atan2(person.y_m - robot.y_m, person.x_m - robot.x_m) - robot.yaw_rad))

    def _turning_to(self, error: float) -> Twist2D:
        """Towards who stands at that bearing; nothing where it faces them already."""
        self._is_facing = abs(error) < (FACES_RAD if self._is_facing else FACED_RAD)
        if self._is_facing:
            return STILL
        return Twist2D(yaw_rad_s=max(-FACES_RAD_S, min(FACES_RAD_S, 1.5 * error)))

    def _should_aim(self, progress: Progress, person: Pose2D, now_s: float) -> bool:
        if now_s - self._aimed_s < AIMS_EVERY_S:
            return False
        has_ended = progress.phase in (Phase.ARRIVED, Phase.IDLE)
        return self._aimed is None or has_ended or apart_m(person, self._aimed) > AIMS_AFTER_M

    def _no_room(self, reason: str, now_s: float) -> Progress:
        """They will go on to where there is some."""
        self._no_room_s = now_s if self._no_room_s is None else self._no_room_s
        if now_s - self._no_room_s > NO_ROOM_S:
            return self._ended(Phase.GAVE_UP, reason)
        self._navigator.stop()
        self._aimed = None
        return Progress(STILL, Phase.WAITING, 0.0, reason)

    # out of sight

    def _find(self, progress: Progress, robot: Pose2D) -> Progress:
        """Nobody has been seen yet."""
        if self._looks_in and progress.phase is Phase.GAVE_UP:
            return progress
        if self._looks_in and progress.phase not in (Phase.ARRIVED, Phase.IDLE):
            return progress
        return self._look_round(robot, 1.0, NOT_SEEN_HERE)

    def _search(self, progress: Progress, person: Pose2D, robot: Pose2D, now_s: float) -> Progress:
        """To where they may have gone, and one turn there, to where they went first; then to the next such place."""
        if now_s - self._seen_s > LOST_S:
            return self._ended(Phase.GAVE_UP, OUT_OF_SIGHT)
        if not self._is_searching:
            self._is_searching, self._aimed = True, None
            self._places_m = self._where_they_went(person, robot)
            return self._search_next(progress, now_s)
        if not self._is_looking and progress.phase not in (Phase.ARRIVED, Phase.GAVE_UP, Phase.IDLE):
            return Progress(progress.twist, progress.phase, progress.left_m, progress.reason or OUT_OF_SIGHT)
        looks = self._look_round(robot, self._side_of(person, robot), OUT_OF_SIGHT)
        return self._search_next(looks, now_s) if looks.phase is Phase.GAVE_UP and self._places_m else looks

    def _search_next(self, progress: Progress, now_s: float) -> Progress:
        self._is_looking = False
        self._navigator.aim(self._places_m.pop(0), None, now_s, LOST_S)
        return Progress(progress.twist, Phase.DRIVING, progress.left_m, OUT_OF_SIGHT)

    def _side_of(self, person: Pose2D, robot: Pose2D) -> float:
        """Positive where they went to the robot's left."""
        is_walking = hypot(*self._heading) > WALKS_M
        x, y = self._heading if is_walking else (person.x_m - robot.x_m, person.y_m - robot.y_m)
        return wrapped_rad(atan2(y, x) - robot.yaw_rad)

    def _where_they_went(self, person: Pose2D, robot: Pose2D) -> list[tuple[float, float]]:
        """Of the places around where they were seen last, where the robot can turn, the furthest on their way: first of
        those that it does not see from here, for it would see them at the others, then of all."""
        x, y = self._heading if hypot(*self._heading) > WALKS_M else (0.0, 0.0)
        places = [place for place in _around(person) if self._has_room(place, person)]
        hidden = [place for place in places if not self._costmap.sees((robot.x_m, robot.y_m), place, 0.0)]
        best = [max(some, key=lambda at: x * at.x_m + y * at.y_m) for some in (hidden, places or [person]) if some]
        return list(dict.fromkeys((place.x_m, place.y_m) for place in best))

    def _has_room(self, place: Pose2D, person: Pose2D) -> bool:
        at = place.x_m, place.y_m
        return self._costmap.clearance_at(*at) >= self._costmap.shape.turning_m and self._costmap.sees(at, person)

    def _look_round(self, robot: Pose2D, side: float, in_vain: str) -> Progress:
        if not self._is_looking:
            self._navigator.stop()
            self._is_looking, self._looked_rad = True, 0.0
            self._turns_rad_s = LOOKS_RAD_S if side >= 0 else -LOOKS_RAD_S
        else:
            self._looked_rad += abs(wrapped_rad(robot.yaw_rad - self._yaw_rad))
        self._yaw_rad = robot.yaw_rad
        if self._looked_rad > LOOKS_ROUND_RAD:
            return self._ended(Phase.GAVE_UP, in_vain)
        return Progress(Twist2D(yaw_rad_s=self._turns_rad_s), Phase.LOOKING, 0.0, in_vain if self._person else "")

    def _ended(self, phase: Phase, reason: str) -> Progress:
        self._navigator.stop()
        return Progress(STILL, phase, 0.0, reason)


def _around(person: Pose2D) -> list[Pose2D]:
    """Places up to `STEP_ON_M` from theirs, their own first."""
    rings = [(away_m, 2 * pi * number / 16) for away_m in (0.45, 0.9, STEP_ON_M) for number in range(16)]
    return [person, *(Pose2D(person.x_m + away_m * cos(a), person.y_m + away_m * sin(a)) for away_m, a in rings)]
