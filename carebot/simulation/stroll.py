"""A resident who walks about and looks where they go: stops before a robot, and turns back where it stays there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atan2, degrees, hypot, pi

from carebot.geometry import Pose2D
from carebot.simulation.person import Person
from carebot.simulation.scenario import Place, Stand, Step, Turn, WalkTo
from carebot.simulation.simulator import Simulator

NEAR_M = 1.0
"""Between the middles of both: a person stops an arm's length before the robot."""
AHEAD_RAD = 1.3
PATIENCE_S, TURNING_S, REST_S = 3.0, 4.0, 15.0


class Stroll:
    """Leads the resident of a simulator along a route, to and fro; ask `tick` each hundredth of a second.

    They begin at the route's first place, and rest at those of `rests` (indices).
    """

    def __init__(self, simulator: Simulator, route: Sequence[Place], rests: frozenset[int] = frozenset()) -> None:
        self._simulator, self._route, self._rests = simulator, tuple(route), rests
        self._person: Person = simulator.people[0]
        self._waiting_since_s: float | None = None
        self._turned = False
        self._turning_until_s = self._now_s = 0.0
        self._person.waits = self._waits
        self._person.walk(self._steps(range(1, len(self._route))))

    def tick(self, now_s: float) -> None:
        self._now_s = now_s
        if not self._waits():
            self._waiting_since_s = None
            return
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s
        elif now_s - self._waiting_since_s > PATIENCE_S:
            self._waiting_since_s = None
            self._turning_until_s = now_s + TURNING_S
            self._turn_back()

    def _waits(self) -> bool:
        return self._now_s >= self._turning_until_s and self._robot_is_ahead()

    def _robot_is_ahead(self) -> bool:
        dx, dy = self._offset(self._simulator.robot.pose)
        if hypot(dx, dy) > NEAR_M:
            return False
        aside = (atan2(dy, dx) - self._person.heading_rad + pi) % (2 * pi) - pi
        return abs(aside) < AHEAD_RAD

    def _offset(self, robot: Pose2D) -> tuple[float, float]:
        x, y, _ = self._person.body.pelvis_m
        return robot.x_m - float(x), robot.y_m - float(y)

    def _turn_back(self) -> None:
        """Turn away from the robot, and walk the route the other way from the next place that does not lead to it."""
        x, y, _ = self._person.body.pelvis_m
        self._turned = not self._turned
        nearest = min(range(len(self._route)), key=lambda i: hypot(self._route[i][0] - x, self._route[i][1] - y))
        there = range(nearest, -1, -1) if self._turned else range(nearest, len(self._route))
        whole = range(len(self._route)) if self._turned else range(len(self._route) - 1, -1, -1)
        rest = [*there, *whole, *reversed(whole)]
        while len(rest) > 1 and not self._leads_away(self._route[rest[0]]):
            rest.pop(0)
        first = self._route[rest[0]]
        away_rad = atan2(first[1] - y, first[0] - x)
        self._person.walk([Turn(to_deg=degrees(away_rad)), *self._steps(rest)])

    def _steps(self, places: Iterable[int]) -> list[Step]:
        """Walk on from place to place without stopping, but where there is a rest."""
        steps: list[Step] = []
        for index in places:
            rests = index in self._rests
            steps.append(WalkTo(to=self._route[index], stop=rests))
            if rests:
                steps.append(Stand(for_s=REST_S))
        return steps

    def _leads_away(self, place: Place) -> bool:
        x, y, _ = self._person.body.pelvis_m
        to_robot = self._offset(self._simulator.robot.pose)
        there = place[0] - float(x), place[1] - float(y)
        return hypot(*there) > 0.2 and to_robot[0] * there[0] + to_robot[1] * there[1] < 0
