"""In which rooms and zones people are, from keypoints and the robot's place: near enough to say "near the door".

Where somebody's feet are seen, the line of sight to them meets the floor there; else they are taken to be as far away
as a trunk of `TRUNK_M` looks, and never behind where the lines of sight to them meet the floor. Errors
of half a metre are usual: zones for it are drawn that much larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from carebot.alerts import PLACE_X_M, PLACE_Y_M, FallEvent
from carebot.falls.lying_place import LyingPlace
from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People, Person, lying_metre
from carebot.routines.resting import is_upright
from carebot.site.file import Site
from carebot.site.places import ZoneKind

LEAST_CONFIDENCE = 0.4
STEEPEST_UP_RAD = 0.05  # nearer to the horizon, feet are too far away to say
FARTHEST_M = 8.0
_ANKLES, _TRUNK = (15, 16), ((5, 11), (6, 12))


def places_of(people: People, robot: Pose2D, camera: CameraMounting, site: Site) -> frozenset[str]:
    """The names of the rooms and zones in which somebody is seen; `robot` is its pose on the map."""
    spots = spots_of(people, robot, camera).values()
    return frozenset(each.name for each in (*site.rooms, *site.zones) for spot in spots if each.contains(*spot))


def spots_of(people: People, robot: Pose2D, camera: CameraMounting) -> dict[int, tuple[float, float]]:
    """Where on the map (x, y in metres) they are whose place can be told, by track_id."""
    places = ((each.track_id, place_of(each, people, robot, camera)) for each in people.people)
    return {track_id: spot for track_id, spot in places if spot is not None}


def place_of(person: Person, people: People, robot: Pose2D, camera: CameraMounting) -> tuple[float, float] | None:
    """Where on the map (m) one of `people` is; None where it cannot be told."""
    spot = _spot(person, people, camera)
    if spot is None:
        return None
    ahead_m, left_m = spot
    x_m = robot.x_m + ahead_m * math.cos(robot.yaw_rad) - left_m * math.sin(robot.yaw_rad)
    y_m = robot.y_m + ahead_m * math.sin(robot.yaw_rad) + left_m * math.cos(robot.yaw_rad)
    return x_m, y_m


LIE_THERE: dict[ZoneKind, LyingPlace] = {
    "bed": LyingPlace.FURNITURE,
    "sofa": LyingPlace.FURNITURE,
    "exercise": LyingPlace.EXERCISE,
}


def lying_places(spots: Mapping[int, tuple[float, float]], site: Site, at: datetime) -> dict[int, LyingPlace]:
    """What the zones mean in which people are, by track_id; `at` is the home's time. Who is in none is not in it."""
    zones = [zone for zone in site.zones if zone.kind in LIE_THERE and zone.holds_at(at)]
    found: dict[int, LyingPlace] = {}
    for track_id, spot in spots.items():
        zone = next((each for each in zones if each.contains(*spot)), None)
        if zone is not None:
            found[track_id] = LIE_THERE[zone.kind]
    return found


class LastSpots:
    """Where each was seen last, by track_id, for `kept_s`: who falls out of sight lies near there."""

    def __init__(self, camera: CameraMounting, kept_s: float) -> None:
        self._camera, self._kept_s = camera, kept_s
        self._spots: dict[int, tuple[float, tuple[float, float]]] = {}

    def see(self, people: People, robot: Pose2D, now_s: float) -> dict[int, tuple[float, float]]:
        """Where on the map (x, y in metres) they are who are seen now; `robot` is its pose on the map."""
        seen = spots_of(people, robot, self._camera)
        kept = {track_id: spot for track_id, spot in self._spots.items() if now_s - spot[0] < self._kept_s}
        self._spots = kept | {track_id: (now_s, spot) for track_id, spot in seen.items()}
        return seen

    def placed(self, event: FallEvent) -> FallEvent:
        """The event with the place in its evidence, to half a metre or so, where that is known."""
        if event.track_id not in self._spots:
            return event
        _, (x_m, y_m) = self._spots[event.track_id]
        return replace(event, evidence={**event.evidence, PLACE_X_M: x_m, PLACE_Y_M: y_m})


def _spot(person: Person, people: People, camera: CameraMounting) -> tuple[float, float] | None:
    """Metres ahead of the robot and to its left."""
    focal = 0.5 / math.tan(camera.vertical_fov_rad / 2)
    sure = [index for index in range(17) if person.keypoints[index, 2] >= LEAST_CONFIDENCE]
    if not sure:
        return None
    aspect = people.width_px / max(people.height_px, 1)
    sideways = (float(person.keypoints[sure, 0].mean()) - 0.5) * aspect / focal
    depths = [*_by_floor(person, _ANKLES, sure, camera, aspect)]
    if not depths or not is_upright(person, aspect):  # feet on a bed are nearer than the floor behind them
        depths += _by_trunk(person, sure, aspect, focal)
    # No part of anybody is behind where the line of sight to it meets the floor: a trunk that lies looks far away.
    depths += _by_floor(person, sure, sure, camera, aspect) if depths else []
    if not depths or not 0.2 < (depth_m := min(depths)) < FARTHEST_M:
        return None
    return depth_m, -depth_m * sideways


def _by_floor(
    person: Person, joints: Iterable[int], sure: list[int], camera: CameraMounting, aspect: float
) -> Iterator[float]:
    for joint in joints:
        if joint in sure and 0.0 <= person.keypoints[joint, 1] <= 0.98:
            x, y = (float(value) for value in person.keypoints[joint, :2])
            ahead, _, up = camera.ray(x, y, aspect)
            if math.atan2(-up, ahead) > STEEPEST_UP_RAD:
                yield camera.height_m * ahead / -up


def _by_trunk(person: Person, sure: list[int], aspect: float, focal: float) -> Iterator[float]:
    """A trunk that stands is seen in its whole length."""
    shows_width = {5, 6} <= set(sure) and not is_upright(person, aspect)
    shoulders = _span(person, 5, 6, aspect) if shows_width else 0.0
    for shoulder, hip in _TRUNK:
        if shoulder in sure and hip in sure:
            metre = lying_metre(_span(person, shoulder, hip, aspect), shoulders)
            if metre > 0.02:
                yield focal / metre


def _span(person: Person, one: int, other: int, aspect: float) -> float:
    """In heights of the picture."""
    across, along = person.keypoints[one, :2] - person.keypoints[other, :2]
    return math.hypot(float(across) * aspect, float(along))
