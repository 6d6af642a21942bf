"""A robot that goes where its routines send it: the navigator at the wheel, in the simulation's time."""

from __future__ import annotations

from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.follower import PERIOD_S as STEP_S
from carebot.navigation.goals import Goal, goal_named
from carebot.navigation.navigator import Inputs, Navigator, Phase
from carebot.navigation.person_trip import PersonTrip
from carebot.navigation.planner import NoWay
from carebot.routines.ports import DONE, Job, Outcome, Refusal
from carebot.safety.world import MotionRequest, Source
from carebot.simulation.household.happened import Diary
from carebot.simulation.mapping import map_of_world
from carebot.simulation.seeing_driver import SeeingDriver
from carebot.simulation.simulator import Simulator
from carebot.site.file import Site


class Trip:
    """One order of a routine to go somewhere; `person` looks for whoever is there."""

    def __init__(self, name: str, kind: str, person: PersonTrip | None) -> None:
        self.name, self.kind, self.person = name, kind, person
        self.result: Outcome | None = None

    def outcome(self, _now_s: float) -> Outcome | None:
        return self.result

    def cancel(self) -> None:
        self.result = self.result or Outcome(False, "it was called off")


class RoutineDriver(SeeingDriver):
    """The ports Travel and Standing, on the map of the world with the site's rooms, places and zones."""

    def __init__(self, simulator: Simulator, world: str, site: Site, diary: Diary, seed: int) -> None:
        self._floor = Costmap(map_of_world(world), Shape(), site.zones)
        super().__init__(simulator, Navigator(self._floor), seed)
        self._site, self._diary = site, diary
        self._trip: Trip | None = None
        self._arrived = False

    @property
    def arrived(self) -> bool:
        """Whether the last trip has come to its end."""
        return self._arrived

    @property
    def is_driving(self) -> bool:
        return self._trip is not None

    def go(self, name: str, kind: str, time_limit_s: float) -> Job:
        """Begin a trip in place of any that is under way."""
        goal = self._goal(name, kind)
        if isinstance(goal, NoWay):
            return Refusal(goal.reason)
        if self._trip is not None:
            self._trip.cancel()
        now_s = self._diary.now_s
        person = PersonTrip(self.navigator, self._floor, goal, now_s, time_limit_s) if kind == "person" else None
        if goal is not None and person is None:
            self.navigator.go(goal.at, goal.yaw_rad, now_s, time_limit_s)
        self._trip, self._arrived = Trip(name, kind, person), False
        return self._trip

    def room_here(self) -> str:
        pose = self._simulator.robot.pose
        room = self._site.room_at(pose.x_m, pose.y_m)
        return room.name if room else ""

    def rest(self, seconds: float) -> None:
        """So much time went by in which nothing moved: none of it was the motors'."""
        self._start_s -= seconds

    def _goal(self, name: str, kind: str) -> Goal | NoWay | None:
        if kind == "person":
            return goal_named(self._site, self._floor, name) if name else None
        return goal_named(self._site, self._floor, name, kind)

    def _wish(self, now_s: float, clock_s: float) -> MotionRequest:
        trip = self._trip
        if trip is not None and trip.result is not None:  # called off
            self._end(trip)
        elif trip is not None and now_s - self._stepped_s >= STEP_S - 1e-6:
            self._stepped_s = now_s
            self._advance(trip, now_s)
        return MotionRequest(Source.NAVIGATION, self.progress.twist, clock_s)

    def _advance(self, trip: Trip, now_s: float) -> None:
        inputs = self._take_inputs()
        if trip.person is None:
            self.progress = self.navigator.step(inputs, now_s)
        else:
            self.progress = trip.person.step(inputs, self._take_seen(), now_s)
        if self.progress.phase is Phase.ARRIVED:
            trip.result, self._arrived = DONE, True
        elif self.progress.phase is Phase.GAVE_UP:
            trip.result = Outcome(False, self.progress.reason)
        if trip.result is not None:
            self._end(trip)

    def _end(self, trip: Trip) -> None:
        assert trip.result is not None
        self._diary.add("went", trip.name or trip.kind, how=trip.result.reason)
        self._trip = None
        self.navigator.stop()
        self.progress = self.navigator.step(Inputs(self._simulator.robot.pose), self._diary.now_s)
