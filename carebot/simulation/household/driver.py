"""A robot that goes where its routines send it: the navigator at the wheel, in the simulation's time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.dock_trip import DockTrip, dock_around, dock_named, docking_at
from carebot.navigation.docking import DockInputs
from carebot.navigation.follow_trip import FollowTrip
from carebot.navigation.follower import PERIOD_S as STEP_S
from carebot.navigation.goals import Goal, goal_named, near
from carebot.navigation.journey import Course, Journey
from carebot.navigation.navigator import Inputs, Navigator, Phase
from carebot.navigation.person_trip import PersonTrip
from carebot.navigation.planner import NoWay
from carebot.navigation.undocking import Undocking
from carebot.robot import load_robot
from carebot.routines.ports import DONE, Job, Outcome, Refusal
from carebot.safety.world import MotionRequest, Source
from carebot.simulation.docking import PICTURE_S, ReckonedMarkers
from carebot.simulation.household.happened import Diary
from carebot.simulation.mapping import map_of_world
from carebot.simulation.seeing_driver import SeeingDriver
from carebot.simulation.simulator import Simulator
from carebot.site.file import Site
from carebot.site.places import Dock


class Trip:
    """One order of a routine to go somewhere."""

    def __init__(self, name: str, kind: str, journey: Journey) -> None:
        self.name, self.kind, self.journey = name, kind, journey
        self.result: Outcome | None = None

    def outcome(self, _now_s: float) -> Outcome | None:
        return self.result

    def cancel(self) -> None:
        self.result = self.result or Outcome(False, "it was called off")


class RoutineDriver(SeeingDriver):
    """The ports Travel, Company and Standing, on the map of the world with the site's rooms, places and zones."""

    def __init__(self, simulator: Simulator, world: str, site: Site, diary: Diary, seed: int) -> None:
        self._floor = Costmap(map_of_world(world), Shape(), site.zones)
        super().__init__(simulator, Navigator(self._floor), seed)
        self._site, self._diary, self._seed = site, diary, seed
        self._front_m = load_robot("simulated").footprint.front_m
        self.is_camera_off: Callable[[], bool] = lambda: False
        self._markers: ReckonedMarkers | None = None
        self._looked_s = -1.0
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
        dock = dock_named(self._site, name, kind)
        goal = None if dock is not None else self._goal(name, kind)
        if isinstance(goal, NoWay):
            return Refusal(goal.reason)
        return self._set_out(name, kind, self._course(goal, kind, dock, self._diary.now_s + time_limit_s), dock)

    def go_near(self, x_m: float, y_m: float, time_limit_s: float) -> Job:
        """Begin a trip to where that spot is before the robot, in place of any that is under way."""
        goal = near((x_m, y_m), self._simulator.robot.pose, self._floor, self._site)
        if isinstance(goal, NoWay):
            return Refusal(goal.reason)
        return self._set_out("", "near", self._course(goal, "near", None, self._diary.now_s + time_limit_s), None)

    def follow(self, who: str, time_limit_s: float) -> Job:
        """Stay near whoever is nearest, from now on, in place of any trip that is under way."""
        begin = partial(FollowTrip, self.navigator, self._floor, None, for_s=time_limit_s)
        return self._set_out(who, "follow", begin, None)

    def _set_out(self, name: str, kind: str, begin: Callable[[float], Course], dock: Dock | None) -> Job:
        if self._trip is not None:
            self._trip.cancel()
        self._markers = ReckonedMarkers(self._simulator, dock, self._seed) if dock is not None else None
        stands_in = dock_around(self._site, self._simulator.robot.pose)
        leaves = stands_in is not None and stands_in is not dock
        leaving = Undocking(self.odometry, self._diary.now_s) if leaves else None
        self._trip, self._arrived = Trip(name, kind, Journey(self.navigator, begin, leaving)), False
        return self._trip

    def _course(self, goal: Goal | None, kind: str, dock: Dock | None, ends_s: float) -> Callable[[float], Course]:
        def begin(now_s: float) -> Course:
            limit_s = max(1.0, ends_s - now_s)
            if dock is not None:
                return DockTrip(self.navigator, dock, docking_at(dock, self._front_m), now_s, limit_s)
            if kind == "person":
                return PersonTrip(self.navigator, self._floor, goal, now_s, limit_s)
            if goal is not None:
                self.navigator.go(goal.at, goal.yaw_rad, now_s, limit_s)
            return None

        return begin

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
        self.progress = trip.journey.step(self._take_inputs(), self.odometry, self, now_s)
        if self.progress.phase is Phase.ARRIVED:
            trip.result, self._arrived = DONE, True
        elif self.progress.phase is Phase.GAVE_UP:
            trip.result = Outcome(False, self.progress.reason)
        if trip.result is not None:
            self._end(trip)

    def dock_inputs(self) -> DockInputs:
        """For the journey under way."""
        is_off, now_s = self.is_camera_off(), self._stepped_s
        if self._markers is None or is_off or now_s - self._looked_s < PICTURE_S - 1e-6:
            return DockInputs(self.odometry, is_camera_off=is_off)
        self._looked_s = now_s
        return DockInputs(self.odometry, (self._markers.look(now_s),))

    def _end(self, trip: Trip) -> None:
        assert trip.result is not None
        self._diary.add("went", trip.name or trip.kind, how=trip.result.reason)
        self._trip = None
        self.navigator.stop()
        self.progress = self.navigator.step(Inputs(self._simulator.robot.pose), self._diary.now_s)
