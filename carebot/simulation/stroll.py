"""A resident who walks about and looks where they go: stops before a robot, and turns back where it stays there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot, pi

from carebot.geometry import Pose2D
from carebot.simulation.person import Person
from carebot.simulation.scenario import Place, Stand, Step, Turn, WalkTo
from carebot.simulation.simulator import Simulator

NEAR_M = 1.0
"""Between the middles of both: a person stops an arm's length before the robot."""
AHEAD_RAD = 1.3
PATIENCE_S, REST_S = 3.0, 15.0


class Stroll:
    """Leads the resident of a simulator along a route, to and fro; ask `tick` each hundredth of a second.

    They begin at the route's first place, and rest at those of `rests` (indices).
    """

    def __init__(self, simulator: Simulator, route: Sequence[Place], rests: frozenset[int] = frozenset()) -> None:
        self._simulator, self._route, self._rests = simulator, tuple(route), rests
        self._person: Person = simulator.people[0]
        self._waiting_since_s: float | None = None
        self._person.waits = self._waits
        self._legs: list[Leg] = []
        self._turns = False
        self._walk(1, 1, [])

    def tick(self, now_s: float) -> None:
        if not self._waits():
            self._waiting_since_s = None
            return
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s
        elif now_s - self._waiting_since_s > PATIENCE_S:
            self._waiting_since_s = None
            self._turn_back()

    def _waits(self) -> bool:
        is_turning = self._turns and self._person.steps_left == len(self._legs) - 1
        return not is_turning and self._robot_is_ahead()

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
        """Turn away from the robot, and walk the route the other way, over the place from which they came last.

        Where the robot stands there as well, they go on waiting.
        """
        now = self._legs[-1 - self._person.steps_left]
        last = min(max(now.to - now.direction, 0), len(self._route) - 1)
        x, y, _ = self._person.body.pelvis_m
        back = self._route[last][0] - float(x), self._route[last][1] - float(y)
        to_robot = self._offset(self._simulator.robot.pose)
        if back[0] * to_robot[0] + back[1] * to_robot[1] < 0:
            self._walk(last, -now.direction, [Turn(to_deg=degrees(atan2(back[1], back[0])))])

    def _walk(self, first: int, direction: int, before: list[Step]) -> None:
        """From place to place without stopping, but where there is a rest; at an end of the route back again."""
        self._turns = bool(before)
        steps, legs = before, [Leg(first, direction)] * len(before)
        for to, leads in _there_and_back(first, direction, len(self._route)):
            rests = to in self._rests
            here: list[Step] = [WalkTo(to=self._route[to], stop=rests), *([Stand(for_s=REST_S)] if rests else [])]
            steps, legs = [*steps, *here], [*legs, *[Leg(to, leads)] * len(here)]
        self._legs = legs
        self._person.walk(steps)


@dataclass(frozen=True, slots=True)
class Leg:
    """Towards one place of the route, with or against its order (1, -1)."""

    to: int
    direction: int


def _there_and_back(first: int, direction: int, count: int) -> Iterator[tuple[int, int]]:
    """From the place of that index to the route's end, to the other end, and back; each place with the way it leads."""
    end = count - 1 if direction > 0 else 0
    yield from ((to, direction) for to in range(first, end + direction, direction))
    for way in (-direction, direction):
        start, stop = (count - 2, -1) if way < 0 else (1, count)
        yield from ((to, way) for to in range(start, stop, way))
