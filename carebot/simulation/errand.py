"""A robot that comes to whomever it sees or follows them, in a scenario: its own navigator and its own eyes."""

from __future__ import annotations

from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.follow_trip import FollowTrip
from carebot.navigation.follower import PERIOD_S as STEP_S
from carebot.navigation.navigator import Navigator, Phase
from carebot.navigation.person_trip import PersonTrip
from carebot.safety.world import MotionRequest, Source
from carebot.simulation.mapping import map_of_world
from carebot.simulation.scenario import Scenario
from carebot.simulation.seeing_driver import SeeingDriver
from carebot.simulation.simulator import Simulator


class PersonDriver(SeeingDriver):
    """Goes in front of the resident, or behind them, by what `see` tells it, as the scenario's robot should."""

    def __init__(self, simulator: Simulator, scenario: Scenario, seed: int) -> None:
        self._floor = Costmap(map_of_world(scenario.world), Shape())
        super().__init__(simulator, Navigator(self._floor), seed)
        assert scenario.robot is not None
        self._starts_s, self._follows = scenario.robot.from_s, scenario.robot.follows is not None
        self._trip: PersonTrip | FollowTrip | None = None

    @property
    def arrived(self) -> bool:
        return self.progress.phase is Phase.ARRIVED

    @property
    def _is_over(self) -> bool:
        return self.progress.phase in (Phase.ARRIVED, Phase.GAVE_UP)

    def _wish(self, now_s: float, clock_s: float) -> MotionRequest:
        if now_s >= self._starts_s and self._trip is None:
            trip = FollowTrip if self._follows else PersonTrip
            self._trip = trip(self.navigator, self._floor, None, now_s)
        if self._trip is not None and not self._is_over and now_s - self._stepped_s >= STEP_S - 1e-6:
            self._stepped_s = now_s
            self.progress = self._trip.step(self._take_inputs(), self.take_seen(), now_s)
        return MotionRequest(Source.NAVIGATION, self.progress.twist, clock_s)
