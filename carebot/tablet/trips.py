"""Sending the robot somewhere: what a page says and sees of it. No ROS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from carebot.geometry import Pose2D
from carebot.site.file import Site
from carebot.tablet.teleop import StopOutcome

SILENT_AFTER_S = 2.0
"""A pose that is older than this is no longer where the robot is."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to go: something that the site file names, or a point of the map in metres."""

    name: str = ""
    x_m: float = 0.0
    y_m: float = 0.0


class TripPhase(str, Enum):
    """What navigation says of a trip under way, and how one ended: ARRIVED, ENDED or CALLED_OFF."""

    DRIVING = "driving"
    WAITING = "waiting"
    MAKING_ROOM = "making_room"
    TURNING = "turning"
    GIVING_WAY = "giving_way"
    LOOKING = "looking"
    DOCKING = "docking"
    UNDOCKING = "undocking"
    ARRIVED = "arrived"
    ENDED = "ended"
    CALLED_OFF = "called_off"

    @property
    def is_over(self) -> bool:
        return self in (TripPhase.ARRIVED, TripPhase.ENDED, TripPhase.CALLED_OFF)


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip and who sent the robot; `reason` says why it does not drive on or did not arrive (in English)."""

    to: Destination
    by: str
    phase: TripPhase
    left_m: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the robot is on the map, the way that it plans, and its trip; `pose` is None where it is not known."""

    pose: Pose2D | None = None
    way_m: tuple[tuple[float, float], ...] = ()
    trip: Trip | None = None


class GoingRobot(Protocol):
    """A robot that finds its way by itself."""

    @property
    def site(self) -> Site: ...

    def whereabouts(self) -> Whereabouts:
        """Nothing here waits."""

    async def go(self, to: Destination, by: str) -> StopOutcome:
        """Send it; whether navigation took the goal."""

    async def call_off(self) -> StopOutcome:
        """End the trip under way; accepted too where there is none."""


def named(site: Site, to: Destination, language: str) -> str:
    """What a destination is called in that language; of a point, its room, else nothing."""
    known = (*site.rooms, *site.places, *site.docks)
    found = next((each for each in known if each.name == to.name), None) if to.name else site.room_at(to.x_m, to.y_m)
    return found.spoken(language) if found is not None else ""  # type: ignore[arg-type]


def room_of(robot: GoingRobot, language: str) -> str:
    """The room in which the robot is, in that language; empty where it is not known, or in none."""
    pose = robot.whereabouts().pose
    return "" if pose is None else named(robot.site, Destination("", pose.x_m, pose.y_m), language)


def is_on(site: Site, to: Destination) -> bool:
    """Whether a destination is one: a known name, or a point in a room; and no room that the robot may not enter."""
    if to.name and to.name not in site.destinations():
        return False
    if not (math.isfinite(to.x_m) and math.isfinite(to.y_m)):
        return False
    room = site.room(to.name) if to.name else site.room_at(to.x_m, to.y_m)
    return room.consent.enter if room is not None else bool(to.name)
