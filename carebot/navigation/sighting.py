"""Where people stand and which way they face, from keypoints of the camera and what the lidar meets.

The camera tells the direction and roughly how far; ankles in the picture lie on the floor, else a trunk of a usual
length is taken. Where the lidar meets something in that direction, about so far away, its distance is taken: what is
not on the map before what is, for that may be a wall beside the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, atan2, cos, hypot, pi, sin

import numpy as np

from carebot.geometry import CameraMounting, Pose2D, wrapped_rad
from carebot.navigation.costmap import Floats, Points
from carebot.navigation.frames import composed
from carebot.people import SHOULDERS_M, TRUNK_M, People, Person

LEAST_CONFIDENCE = 0.5
AFAR_M = 8.0
BESIDE_RAD = 0.15
BESIDE_SHARE = 0.1
"""Joints of the trunk may lie so far beside the picture."""
UNKNOWN_SHARES, ANY_SHARES = (0.55, 1.5), (0.8, 1.25)
"""The lidar is believed where it meets something between these shares of what the camera estimates."""
LEAST_HITS, LEG_M = 3, 0.05
NOSE, LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 0, 5, 6, 11, 12
TRUNK, ANKLES = [LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP], (15, 16)
FACES_AWAY = -0.5
NOTHING: Points = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody, in the robot's frame; `yaw_rad` is which way they face."""

    x_m: float
    y_m: float
    yaw_rad: float


@dataclass(frozen=True, slots=True)
class Camera:
    """How the camera is fixed, and how far ahead of the robot's centre its lens is."""

    mounting: CameraMounting
    ahead_m: float = 0.0


def seen_at(sighting: Sighting, robot: Pose2D) -> Pose2D:
    """Where that is on the map, for a robot at `robot`; the yaw is which way they face."""
    return composed(robot, Pose2D(sighting.x_m, sighting.y_m, sighting.yaw_rad))


def apart_m(one: Pose2D, other: Pose2D) -> float:
    """From place to place."""
    return hypot(one.x_m - other.x_m, one.y_m - other.y_m)


def between(before: Pose2D, now: Pose2D, share: float) -> Pose2D:
    """That share of the way from one to the other; the facing as a direction, not as a number."""
    x, y = (share * of(now.yaw_rad) + (1 - share) * of(before.yaw_rad) for of in (cos, sin))
    place = [(1 - share) * a + share * b for a, b in ((before.x_m, now.x_m), (before.y_m, now.y_m))]
    return Pose2D(place[0], place[1], atan2(y, x))


def sightings(people: People, camera: Camera, near_m: Points, unknown_m: Points = NOTHING) -> tuple[Sighting, ...]:
    """Everybody whose trunk is in the picture.

    `near_m` (n, 2) is what the lidar meets, in the robot's frame, `unknown_m` (m, 2) what of it is not on the map.
    """
    found = (_sighting(person, people, camera, near_m, unknown_m) for person in people.people)
    return tuple(each for each in found if each is not None)


def _sighting(person: Person, people: People, camera: Camera, near_m: Points, unknown_m: Points) -> Sighting | None:
    rays = _rays(person, people, camera.mounting)
    sure = person.keypoints[:, 2] >= LEAST_CONFIDENCE
    if not sure[TRUNK].all() or _is_guessed(person):
        return None
    shoulders, hips = rays[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0), rays[[LEFT_HIP, RIGHT_HIP]].mean(axis=0)
    trunk = float(np.linalg.norm(shoulders - hips))
    if trunk < 1e-3:
        return None
    middle = (shoulders + hips) / 2
    floor_m = _on_floor_m(rays, sure, camera.mounting)
    away_m = min(AFAR_M, TRUNK_M / trunk if floor_m is None else floor_m / max(0.1, float(middle[0])))
    bearing = atan2(float(middle[1]) * away_m, float(middle[0]) * away_m + camera.ahead_m)
    estimate_m = hypot(middle[0] * away_m + camera.ahead_m, middle[1] * away_m)
    distance_m = _by_lidar(unknown_m, bearing, estimate_m, UNKNOWN_SHARES) or _by_lidar(
        near_m, bearing, estimate_m, ANY_SHARES
    )
    distance_m = distance_m or estimate_m
    yaw = bearing + pi + _turned_away(rays, sure, away_m)
    return Sighting(distance_m * cos(bearing), distance_m * sin(bearing), wrapped_rad(yaw))


def _is_guessed(person: Person) -> bool:
    """Whether the trunk is far beside the picture, where a pose model guesses, wildly for somebody too near."""
    trunk = person.keypoints[TRUNK, :2]
    beside = np.abs(trunk - 0.5) - 0.5
    return bool(beside.max() > BESIDE_SHARE or np.abs(trunk.mean(axis=0) - 0.5).max() > 0.5)


def _rays(person: Person, people: People, mounting: CameraMounting) -> Floats:
    """(17, 3): where each keypoint lies, ahead, left and up, for each metre away along the camera's axis."""
    aspect = people.width_px / max(1, people.height_px)
    return np.array([mounting.ray(float(x), float(y), aspect) for x, y, _ in person.keypoints])


def _on_floor_m(rays: Floats, sure: np.ndarray, mounting: CameraMounting) -> float | None:
    """How far ahead of the lens the ankles are that the picture shows; None where it shows none."""
    seen = [rays[ankle] for ankle in ANKLES if sure[ankle] and rays[ankle][2] < -0.05]
    return float(np.mean([mounting.height_m * ray[0] / -ray[2] for ray in seen])) if seen else None


def _by_lidar(met_m: Points, bearing: float, estimate_m: float, shares: tuple[float, float]) -> float | None:
    """How far what the lidar meets there is; None where it meets nothing about so far away."""
    away_m, bearings = np.hypot(*met_m.T), np.arctan2(met_m[:, 1], met_m[:, 0])
    beside = np.abs((bearings - bearing + pi) % (2 * pi) - pi) < BESIDE_RAD
    there_m = away_m[beside & (away_m > shares[0] * estimate_m) & (away_m < shares[1] * estimate_m)]
    return None if len(there_m) < LEAST_HITS else float(np.partition(there_m, LEAST_HITS - 1)[LEAST_HITS - 1]) + LEG_M


def _turned_away(rays: Floats, sure: np.ndarray, away_m: float) -> float:
    """By which angle somebody has turned from facing the camera, to the left as seen from above."""
    left_m = away_m * (rays[RIGHT_SHOULDER, 1] - rays[LEFT_SHOULDER, 1])
    facing = max(-1.0, min(1.0, float(left_m) / SHOULDERS_M))
    if not sure[NOSE]:
        return pi if facing < FACES_AWAY else acos(facing)
    to_the_right = rays[NOSE, 1] < (rays[LEFT_SHOULDER, 1] + rays[RIGHT_SHOULDER, 1]) / 2
    return acos(facing) if to_the_right else -acos(facing)
