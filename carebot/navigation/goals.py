"""From what somebody names to where the robot goes: rooms, places, chargers, and politely in front of a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from math import atan2, cos, hypot, pi, radians, sin

import numpy as np
import shapely

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap
from carebot.navigation.planner import NoWay
from carebot.site.file import Site
from carebot.site.places import Room

POLITE_M = 1.2
"""How far from a person the robot stops."""
MOST_ASIDE_RAD = radians(60)
"""It comes from the front, at most this far to the side: nobody likes to be approached from behind."""
COMPANY_M = 1.3
"""How far from somebody whom it follows the robot stays."""
MOST_ROUND_RAD = radians(105)
"""It goes at most this far round them to find room."""
STEP_RAD = radians(15)
NEAR_M = (1.3, 1.8, 2.5)
"""So far it stops from a spot on the floor, the nearest first: somebody lies there, and a body is long."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to go, and where to face there if that matters."""

    at: tuple[float, float]
    yaw_rad: float | None = None


def goal_named(site: Site, costmap: Costmap, name: str, kind: str = "") -> Goal | NoWay:
    """The goal called `name` among the rooms, places and docks of the site, or only among those of `kind`."""
    if kind == "dock" and not name:
        dock = site.dock()
        return Goal(dock.at, dock.pose.yaw_rad) if dock else NoWay("the site file names no charger", True)
    room = site.room(name) if kind in ("", "room") else None
    if room is not None:
        return _goal_in(room, costmap)
    place = site.place(name) if kind in ("", "place") else None
    found = place or (site.dock(name) if name and kind in ("", "dock") else None)
    if found is not None:
        return Goal(found.at, found.pose.yaw_rad)
    return NoWay(f"there is no {kind or 'destination'} '{name}' in the site file; {_advice(site, name)}", True)


def _advice(site: Site, name: str) -> str:
    names = site.destinations()
    near = get_close_matches(name.lower(), names, n=2, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(names) or 'none: name some there'}"


def in_front_of(person: Pose2D, robot: Pose2D, costmap: Costmap) -> Goal | NoWay:
    """Where the robot stops for a person who stands or sits at `person` and faces its yaw, facing them.

    The nearest to their front that has room; among those left and right alike, the nearer to the robot.
    """
    for aside in np.linspace(0.0, MOST_ASIDE_RAD, 7):
        both = [_before(person, person.yaw_rad + side * aside) for side in (1.0, -1.0)]
        for x, y in sorted(both, key=lambda at: (at[0] - robot.x_m) ** 2 + (at[1] - robot.y_m) ** 2):
            if costmap.clearance_at(x, y) >= costmap.shape.turning_m and costmap.sees((x, y), person):
                return _facing((x, y), person)
    return NoWay(f"there is no room {POLITE_M:g} m in front of the person")


def beside(person: Pose2D, robot: Pose2D, costmap: Costmap) -> Goal | NoWay:
    """Where the robot stays with somebody who walks: COMPANY_M away on its own side of them, facing them.

    Where there is no room it takes the nearest place around them that has some, but does not get ahead of them.
    """
    here_rad = atan2(robot.y_m - person.y_m, robot.x_m - person.x_m)
    for least_m in (costmap.shape.turning_m, costmap.shape.passing_m):
        for at in _around(person, here_rad, COMPANY_M, MOST_ROUND_RAD):
            if costmap.clearance_at(*at) >= least_m and costmap.sees(at, person):
                return _facing(at, person)
    return NoWay("there is no room near the person")


def near(spot: tuple[float, float], robot: Pose2D, costmap: Costmap, site: Site) -> Goal | NoWay:
    """Where the robot stops to look at a spot (x, y in metres), facing it: on its own side where there is room.

    Where it sees the spot already from near enough, it only turns. Never in a room that it may not enter.
    """
    there = Pose2D(*spot)
    away_m = hypot(robot.x_m - spot[0], robot.y_m - spot[1])
    if away_m <= NEAR_M[0] and costmap.sees((robot.x_m, robot.y_m), there):
        return _facing((robot.x_m, robot.y_m), there)
    here_rad = atan2(robot.y_m - spot[1], robot.x_m - spot[0])
    for stops_m in NEAR_M:
        for at in _around(there, here_rad, stops_m, pi):
            room = site.room_at(*at)
            may_enter = room is None or room.consent.enter
            if may_enter and costmap.clearance_at(*at) >= costmap.shape.turning_m and costmap.sees(at, there):
                return _facing(at, there)
    return NoWay("there is no room near that spot")


def _around(there: Pose2D, begin_rad: float, away_m: float, most_rad: float) -> Iterator[tuple[float, float]]:
    """Places so far away, from the direction `begin_rad` on to both sides, in steps of 15°."""
    for aside in np.linspace(0.0, most_rad, round(most_rad / STEP_RAD) + 1):
        for side in (1.0, -1.0):
            yield _before(there, begin_rad + side * aside, away_m)


def _facing(at: tuple[float, float], there: Pose2D) -> Goal:
    return Goal(at, atan2(there.y_m - at[1], there.x_m - at[0]))


def _before(person: Pose2D, direction_rad: float, away_m: float = POLITE_M) -> tuple[float, float]:
    return person.x_m + away_m * cos(direction_rad), person.y_m + away_m * sin(direction_rad)


def _goal_in(room: Room, costmap: Costmap) -> Goal | NoWay:
    if not room.consent.enter:
        return NoWay(f"the robot may not enter {room.name}: the site file's consent says so", True)
    if room.stand is not None:
        return Goal(room.stand.at, room.stand.pose.yaw_rad)
    x, y = costmap.grid.middles()
    room_m = np.where(shapely.contains_xy(room.geometry, x, y), costmap.map_clearance_m, 0.0)
    row, column = np.unravel_index(int(room_m.argmax()), room_m.shape)
    if room_m[row, column] < costmap.shape.turning_m:
        return NoWay(f"the room {room.name} has no place on the map where the robot could stand", True)
    return Goal(costmap.grid.middle_of(int(row), int(column)))
