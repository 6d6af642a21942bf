"""In which rooms and zones people are, from keypoints and the robot's place: near enough to say "near the door".

Where somebody's feet are seen, the line of sight to them meets the floor there; else they are taken to be as far away
as a trunk of `TRUNK_M` looks. Errors of half a metre are usual: zones for it are drawn that much larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People, Person
from carebot.site.file import Site

LEAST_CONFIDENCE = 0.4
TRUNK_M = 0.48
STEEPEST_UP_RAD = 0.05  # nearer to the horizon, feet are too far away to say
FARTHEST_M = 8.0
_ANKLES, _TRUNK = (15, 16), ((5, 11), (6, 12))


def places_of(people: People, robot: Pose2D, camera: CameraMounting, site: Site) -> frozenset[str]:
    """The names of the rooms and zones in which somebody is seen; `robot` is its pose on the map."""
    found: set[str] = set()
    for person in people.people:
        spot = place_of(person, people, robot, camera)
        if spot is not None:
            found |= {each.name for each in (*site.rooms, *site.zones) if each.contains(*spot)}
    return frozenset(found)


def place_of(person: Person, people: People, robot: Pose2D, camera: CameraMounting) -> tuple[float, float] | None:
    """Where on the map (m) one of `people` is; None where it cannot be told."""
    spot = _spot(person, people, camera)
    if spot is None:
        return None
    ahead_m, left_m = spot
    x_m = robot.x_m + ahead_m * math.cos(robot.yaw_rad) - left_m * math.sin(robot.yaw_rad)
    y_m = robot.y_m + ahead_m * math.sin(robot.yaw_rad) + left_m * math.cos(robot.yaw_rad)
    return x_m, y_m


def _spot(person: Person, people: People, camera: CameraMounting) -> tuple[float, float] | None:
    """Metres ahead of the robot and to its left."""
    focal = 0.5 / math.tan(camera.vertical_fov_rad / 2)
    sure = [index for index in range(17) if person.keypoints[index, 2] >= LEAST_CONFIDENCE]
    if not sure:
        return None
    aspect = people.width_px / max(people.height_px, 1)
    sideways = (float(person.keypoints[sure, 0].mean()) - 0.5) * aspect / focal
    depths = [*_by_feet(person, sure, camera, aspect)] or [*_by_trunk(person, sure, aspect, focal)]
    if not depths or not 0.2 < (depth_m := min(depths)) < FARTHEST_M:
        return None
    return depth_m, -depth_m * sideways


def _by_feet(person: Person, sure: list[int], camera: CameraMounting, aspect: float) -> Iterator[float]:
    for ankle in _ANKLES:
        if ankle in sure and 0.0 <= person.keypoints[ankle, 1] <= 0.98:
            x, y = (float(value) for value in person.keypoints[ankle, :2])
            ahead, _, up = camera.ray(x, y, aspect)
            if math.atan2(-up, ahead) > STEEPEST_UP_RAD:
                yield camera.height_m * ahead / -up


def _by_trunk(person: Person, sure: list[int], aspect: float, focal: float) -> Iterator[float]:
    for shoulder, hip in _TRUNK:
        if shoulder in sure and hip in sure:
            across, along = person.keypoints[shoulder, :2] - person.keypoints[hip, :2]
            span = math.hypot(float(across) * aspect, float(along))
            if span > 0.01:
                yield focal * TRUNK_M / span
