"""A resident who walks about and looks where they go: gives way to a robot, and turns back where it stays there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, hypot, sin

import numpy as np
from scipy import ndimage

from carebot.navigation.costmap import Costmap, Flags, Floats
from carebot.simulation.person import Person
from carebot.simulation.scenario import Place, Stand, Step, Turn, WalkTo
from carebot.simulation.simulator import Simulator

NEAR_M = 1.0
"""Between the middles of both: a person stops an arm's length before the robot."""
LANE_M = 0.65
"""With its middle so far beside their way, a person walks past the robot: half the breadth of both, and a hand."""
TOUCHING_M = 0.55
"""So near before them it makes them stand, even beside their way."""
GIVES_WAY_S, PATIENCE_S, REST_S = 1.0, 3.0, 15.0
ASIDE_S = 5.0
"""So long somebody who stepped aside waits for the robot to pass."""
ROBOT_WAITS_S, MOVES_M = 2.0, 0.2
"""A robot that moves by no more in this time although they gave way waits for them to go."""
LOOKS_AHEAD_S = 1.0
"""They see where a robot that drives will be so soon, and do not step there."""
ASIDE_M, LEAST_ASIDE_M, ENOUGH_ASIDE_M = 1.4, 0.35, 0.8
"""How far they go to step aside; how far out of the robot's way this must bring them, and need bring them at most."""
ROBOT_FITS_M, PASSES_M, NEARLY_ALL = 0.27, 0.45, 0.9
"""So far from things, and from their middle, the robot passes; this share of the floor it must still reach."""
STEP_COST = 0.3
"""So much of a metre out of the way a metre of walking there is worth."""
ROUNDING_M = 0.01
BACK_M = 0.4
"""Nobody turns round to a place nearer than this: they stand on it."""


class Stroll:
    """Leads the resident of a simulator along a route, to and fro; ask `tick` each hundredth of a second.

    They begin at the route's first place, and rest at those of `rests` (indices). `floor` is where they can stand:
    with it they step aside for the robot.
    """

    def __init__(
        self,
        simulator: Simulator,
        route: Sequence[Place],
        rests: frozenset[int] = frozenset(),
        floor: Costmap | None = None,
    ) -> None:
        self._simulator, self._route, self._rests, self._floor = simulator, tuple(route), rests, floor
        self._person: Person = simulator.people[0]
        self._waiting_since_s: float | None = None
        self._person.waits = self._waits
        self._legs: list[Leg] = []
        self._free_steps = 0
        """So many steps at the beginning lead away from the robot, wherever it stands."""
        self._aside: Aside | None = None
        self._walk(1, 1, [])

    def tick(self, now_s: float) -> None:
        if self._aside is not None and self._is_past(self._aside, now_s):
            self._go_on()
        if self._aside is not None and self._robot_waits_for_them(self._aside, now_s) and self._turn_back():
            self._aside = None
        if not self._waits():
            self._waiting_since_s = None
            return
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s
        waited_s = now_s - self._waiting_since_s
        if waited_s > GIVES_WAY_S and self._aside is None and self._step_aside(now_s):
            self._waiting_since_s = None
        elif waited_s > PATIENCE_S:
            self._waiting_since_s = None
            self._turn_back()

    @property
    def _steps_done(self) -> int:
        return len(self._legs) - 1 - self._person.steps_left

    @property
    def _now(self) -> Leg:
        return self._legs[self._steps_done]

    def _waits(self) -> bool:
        if self._person.activity == "standing":
            return False
        ahead_m, aside_m = self._robot_m()
        away_m = hypot(ahead_m, aside_m)
        if self._steps_done < self._free_steps:
            return self._aside is not None and self._would_brush_past(self._aside.to, away_m)
        return ahead_m > 0 and away_m < NEAR_M and (abs(aside_m) < LANE_M or away_m < TOUCHING_M)

    def _would_brush_past(self, to: Place, away_m: float) -> bool:
        """Whether the rest of the way there leads them nearer to the robot, and too near."""
        return _away_m(self._robot, self._here, np.array(to)) < min(LANE_M, away_m - ROUNDING_M)

    def _robot_m(self) -> tuple[float, float]:
        """Where the robot is: ahead of the resident, and to their left."""
        dx, dy = self._robot - self._here
        c, s = cos(self._person.heading_rad), sin(self._person.heading_rad)
        return float(c * dx + s * dy), float(c * dy - s * dx)

    @property
    def _robot(self) -> Floats:
        pose = self._simulator.robot.pose
        return np.array((pose.x_m, pose.y_m))

    @property
    def _here(self) -> Floats:
        return np.array(self._person.body.pelvis_m[:2], dtype=np.float64)

    # aside

    def _step_aside(self, now_s: float) -> bool:
        """Whether there is a place beside the robot's way to them; then they go there, wait, and come back."""
        pose, speed_m_s = self._simulator.robot.pose, self._simulator.robot.speeds[0]
        soon = self._robot + LOOKS_AHEAD_S * speed_m_s * np.array((cos(pose.yaw_rad), sin(pose.yaw_rad)))
        place = None if self._floor is None else _aside(self._floor, self._here, self._robot, soon)
        if place is None:
            return False
        here = float(self._here[0]), float(self._here[1])
        now = self._now
        self._walk(now.to, now.direction, [WalkTo(to=place), Stand(for_s=ASIDE_S), WalkTo(to=here, stop=False)], 2)
        self._aside = Aside(place, here, now_s + GIVES_WAY_S, self._robot, now_s)
        return True

    def _is_past(self, aside: Aside, now_s: float) -> bool:
        """Whether the robot has left the way back, and the next of the route; or they have gone on by themselves."""
        if self._steps_done >= self._free_steps:
            return True
        if now_s < aside.until_s or self._person.activity != "standing":
            return False
        route = np.array([self._here, aside.back, self._route[self._now.to]])
        return all(_away_m(self._robot, start, _part(start, end)) > NEAR_M for start, end in pairwise(route))

    def _robot_waits_for_them(self, aside: Aside, now_s: float) -> bool:
        """Whether it stands before them, although they gave way: then it wants to go where they are."""
        if hypot(*(self._robot - aside.robot)) > MOVES_M or self._person.activity != "standing":
            aside.robot, aside.robot_since_s = self._robot, now_s
        return now_s - aside.robot_since_s > ROBOT_WAITS_S and hypot(*(self._robot - self._here)) < ASIDE_M

    def _go_on(self) -> None:
        assert self._aside is not None
        if self._steps_done < self._free_steps:
            now = self._now
            self._walk(now.to, now.direction, [WalkTo(to=self._aside.back, stop=False)])
        self._aside = None

    # back

    def _turn_back(self) -> bool:
        """Turn away from the robot, and walk the route the other way, over the place from which they came last.

        Where the robot stands there as well, or something from where they stepped aside, they go on waiting.
        """
        now = self._now
        last = min(max(now.to - now.direction, 0), len(self._route) - 1)
        while 0 < last < len(self._route) - 1 and hypot(*(self._route[last] - self._here)) < BACK_M:
            last -= now.direction
        back = self._route[last] - self._here
        is_open = self._aside is None or self._floor is None or _is_open(self._floor, self._here, self._here + back)
        if not is_open or back @ (self._robot - self._here) >= 0:
            return False
        self._walk(last, -now.direction, [Turn(to_deg=degrees(atan2(back[1], back[0])))], 1)
        return True

    def _walk(self, first: int, direction: int, before: list[Step], free_steps: int = 0) -> None:
        """From place to place without stopping, but where there is a rest; at an end of the route back again."""
        self._free_steps = free_steps
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


@dataclass(slots=True, eq=False)
class Aside:
    """Where somebody steps aside to, whence they came, until when they stay at least; and where the robot stands."""

    to: Place
    back: Place
    until_s: float
    robot: Floats
    robot_since_s: float


def _there_and_back(first: int, direction: int, count: int) -> Iterator[tuple[int, int]]:
    """From the place of that index to the route's end, to the other end, and back; each place with the way it leads."""
    end = count - 1 if direction > 0 else 0
    yield from ((to, direction) for to in range(first, end + direction, direction))
    for way in (-direction, direction):
        start, stop = (count - 2, -1) if way < 0 else (1, count)
        yield from ((to, way) for to in range(start, stop, way))


def _aside(floor: Costmap, here: Floats, robot: Floats, soon: Floats) -> Place | None:
    """The best place near `here` beside the line on which the robot comes; None where none is far enough beside it.

    The way there leads no nearer to the robot, neither where it is nor where it will be `soon`.
    """
    x, y = floor.grid.middles()
    near = (np.hypot(x - here[0], y - here[1]) < ASIDE_M) & (floor.map_clearance_m >= floor.shape.passing_m)
    places = np.column_stack((x[near], y[near]))
    to_here = (here - robot) / max(1e-6, float(np.hypot(*(here - robot))))
    offsets = places - robot
    lateral_m = np.abs(offsets[:, 0] * to_here[1] - offsets[:, 1] * to_here[0])
    walked_m = np.hypot(*(places - here).T)
    worth_m = np.minimum(lateral_m, ENOUGH_ASIDE_M) - STEP_COST * walked_m
    reached = _reached(floor, robot)
    for number in np.argsort(-worth_m):
        if lateral_m[number] < LEAST_ASIDE_M:
            continue
        place = places[number]
        keeps_off = all(_keeps_off(at, here, place) for at in (robot, soon))
        if keeps_off and _is_open(floor, here, place) and _leaves_a_way(floor, place, robot, reached):
            return float(place[0]), float(place[1])
    return None


def _leaves_a_way(floor: Costmap, place: Floats, robot: Floats, reached: Flags) -> bool:
    """Whether the robot gets past somebody there to nearly everywhere that it has `reached`: nobody steps aside into a
    door."""
    still_reached = _reached(floor, robot, place)
    x, y = floor.grid.middles()
    beside = np.hypot(x - place[0], y - place[1]) > PASSES_M
    return bool(still_reached.sum() >= NEARLY_ALL * (reached & beside).sum())


def _reached(floor: Costmap, robot: Floats, past: Floats | None = None) -> Flags:
    """The cells to which the robot gets from around where it is, past somebody who stands at `past`."""
    x, y = floor.grid.middles()
    fits = floor.map_clearance_m >= ROBOT_FITS_M
    if past is not None:
        fits &= np.hypot(x - past[0], y - past[1]) > PASSES_M
    parts, _ = ndimage.label(fits, np.ones((3, 3)))
    here = fits & (np.hypot(x - robot[0], y - robot[1]) < NEAR_M)
    return np.isin(parts, parts[here])


def _is_open(floor: Costmap, start: Floats, end: Floats) -> bool:
    """Whether nothing stands on the straight way, but for what they stand beside already."""
    way = start + np.linspace(0.0, 1.0, 20)[:, None] * (end - start)
    return bool((floor.map_clearances_m(way[2:]) >= floor.shape.side_m).all())


def _keeps_off(robot: Floats, start: Floats, end: Floats) -> bool:
    return _away_m(robot, start, end) >= min(float(np.hypot(*(start - robot))), NEAR_M) - 0.05


def _part(start: Floats, end: Floats) -> Floats:
    """The end of the first metre from `start` to `end`."""
    length_m = float(np.hypot(*(end - start)))
    return end if length_m <= NEAR_M else start + (end - start) * (NEAR_M / length_m)


def _away_m(point: Floats, start: Floats, end: Floats) -> float:
    """How far a point is from the line between two others."""
    along = end - start
    share = float(np.clip((point - start) @ along / max(1e-9, float(along @ along)), 0.0, 1.0))
    return float(np.hypot(*(point - start - share * along)))
