"""Where somebody stands and which way they face, from where their joints fall in the picture."""

from __future__ import annotations

from math import cos, hypot, pi, sin, tan

import numpy as np
import pytest

from carebot.geometry import CameraMounting, Pose2D, wrapped_rad
from carebot.navigation.sighting import Camera, sightings
from carebot.people import People, Person

CAMERA = Camera(CameraMounting(1.1, 0.15), 0.15)
NOTHING = np.empty((0, 2))
JOINTS = {0: (0.12, 0.0, 1.5), 5: (0, 0.17, 1.35), 6: (0, -0.17, 1.35), 11: (0, 0.1, 0.87), 12: (0, -0.1, 0.87)}
ANKLES = {15: (0, 0.1, 0.0), 16: (0, -0.1, 0.0)}
"""COCO keypoints of somebody who faces along x: ahead, left and up, in metres."""


def picture(who: Pose2D, with_ankles: bool = False) -> People:
    """What a camera of 640 × 480 sees of somebody who stands there, in the robot's frame."""
    points = np.zeros((17, 3), np.float32)
    for joint, (ahead, left, up) in (JOINTS | (ANKLES if with_ankles else {})).items():
        c, s = cos(who.yaw_rad), sin(who.yaw_rad)
        x = who.x_m + c * ahead - s * left - CAMERA.ahead_m
        y, z = who.y_m + s * ahead + c * left, up - CAMERA.mounting.height_m
        pitch = CAMERA.mounting.pitch_rad
        away, down = x * cos(pitch) - z * sin(pitch), -x * sin(pitch) - z * cos(pitch)
        focal = 0.5 / tan(CAMERA.mounting.vertical_fov_rad / 2)
        points[joint] = 0.5 - y / away * focal / (640 / 480), 0.5 + down / away * focal, 0.9
    return People(0.0, 640, 480, (Person(1, 0.9, points),))


@pytest.mark.parametrize("yaw_rad", [pi, 2.2, -2.2, pi / 2 + 0.2, -pi / 2 - 0.2])
@pytest.mark.parametrize("at", [(2.0, 0.0), (3.0, 0.9), (1.6, -0.5), (5.0, -1.5)])
def test_place_and_facing(at: tuple[float, float], yaw_rad: float):
    [seen] = sightings(picture(Pose2D(*at, yaw_rad)), CAMERA, NOTHING)
    assert hypot(seen.x_m - at[0], seen.y_m - at[1]) < 0.15 * hypot(*at)
    assert abs(wrapped_rad(seen.yaw_rad - yaw_rad)) < 0.45


def test_somebody_seen_from_behind():
    people = picture(Pose2D(2.5, 0.0, 0.0))
    people.people[0].keypoints[0, 2] = 0.0  # no face
    [seen] = sightings(people, CAMERA, NOTHING)
    assert abs(wrapped_rad(seen.yaw_rad)) < 0.3


def test_ankles_and_the_lidar_make_it_exact():
    who = Pose2D(3.2, 0.4, pi)
    [by_ankles] = sightings(picture(who, with_ankles=True), CAMERA, NOTHING)
    assert hypot(by_ankles.x_m - 3.2, by_ankles.y_m - 0.4) < 0.15
    legs = np.array([(3.15, 0.3), (3.15, 0.35), (3.15, 0.4), (3.15, 0.45), (9.0, 1.1), (0.6, 0.07)])
    [by_lidar] = sightings(picture(who), CAMERA, legs)
    assert hypot(by_lidar.x_m - 3.2, by_lidar.y_m - 0.4) < 0.08


def test_a_wall_beside_them_is_not_taken_for_them():
    who = Pose2D(3.2, 0.4, pi)
    wall = np.array([(2.3, 0.1 * number) for number in range(8)])
    legs = np.array([(3.15, 0.35), (3.15, 0.4), (3.15, 0.45)])
    [seen] = sightings(picture(who), CAMERA, np.concatenate((wall, legs)), legs)
    assert hypot(seen.x_m - 3.2, seen.y_m - 0.4) < 0.08
    [seen] = sightings(picture(who), CAMERA, wall, NOTHING)
    assert hypot(seen.x_m - 3.2, seen.y_m - 0.4) < 0.15 * 3.2


@pytest.mark.parametrize(("beside", "count"), [(0.05, 1), (0.15, 0)])
def test_a_trunk_guessed_far_beside_the_picture_is_nowhere(beside: float, count: int):
    people = picture(Pose2D(2.0, 0.0, pi))
    people.people[0].keypoints[5, 0] = 1.0 + beside
    assert len(sightings(people, CAMERA, NOTHING)) == count


def test_who_shows_no_trunk_is_nowhere():
    people = picture(Pose2D(2.0, 0.0, pi))
    people.people[0].keypoints[11:13, 2] = 0.1
    assert sightings(people, CAMERA, NOTHING) == ()
