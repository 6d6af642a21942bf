"""Where people are on the map, from the robot's place and what it sees."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carebot.alerts import FallEvent, FallEventKind
from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People, Person
from carebot.routines.whereabouts import LastSpots, place_of, places_of
from tests.routines.world import SITE

CAMERA = CameraMounting(height_m=1.1, pitch_rad=0.2)


def somebody(ahead_m: float, right_m: float = 0.0, confidence: float = 0.9) -> People:
    """Feet on the floor, that far away, as the camera shows them."""
    focal = 0.5 / math.tan(CAMERA.vertical_fov_rad / 2)
    y = 0.5 + focal * math.tan(math.atan2(CAMERA.height_m, ahead_m) - CAMERA.pitch_rad)
    x = 0.5 + right_m / ahead_m * focal * 480 / 640
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[[15, 16]] = (x, y, confidence)
    return People(0.0, 640, 480, (Person(1, 0.9, keypoints),))


@pytest.mark.parametrize(
    ("pose", "ahead_m", "right_m", "room"),
    [
        (Pose2D(1, 2, 0), 2.5, 0.0, "bedroom"),
        (Pose2D(1, 2, 0), 4.5, 0.0, "kitchen"),
        (Pose2D(2, 3, math.pi / 2), 2.6, 0.0, "bathroom"),
        (Pose2D(3, 2, 0), 3.0, 1.5, "kitchen"),
    ],
)
def test_the_room_is_where_the_feet_are(pose: Pose2D, ahead_m: float, right_m: float, room: str):
    assert places_of(somebody(ahead_m, right_m), pose, CAMERA, SITE) == {room}


def test_nobody_too_far_or_not_sure_is_nowhere():
    for people in (People(0, 640, 480), somebody(30.0), somebody(3.0, confidence=0.1)):
        assert places_of(people, Pose2D(1, 2, 0), CAMERA, SITE) == frozenset()


def lying(ahead_m: float) -> People:
    """A trunk on the floor along the camera's axis, foreshortened to next to nothing; no feet in the picture."""
    people = somebody(ahead_m)
    keypoints = np.zeros((17, 3), np.float32)
    x, y, confidence = people.people[0].keypoints[15]
    keypoints[[11, 12]] = (x, y, confidence)
    keypoints[[5, 6]] = (x, y - 0.03, confidence)
    return People(0.0, 640, 480, (Person(1, 0.9, keypoints),))


def test_who_lies_on_the_floor_is_not_behind_the_wall():
    people = lying(2.5)
    assert place_of(people.people[0], people, Pose2D(1, 2, 0), CAMERA) == pytest.approx((3.5, 2.0), abs=0.1)


def fall(track_id: int) -> FallEvent:
    return FallEvent(FallEventKind.SUSPECTED, 1, track_id, 0.0, 0.8, "down", "went down", {"drop_bl": 0.5})


def test_a_fall_is_told_with_the_place_where_the_person_was_seen_last():
    spots = LastSpots(CAMERA, kept_s=60.0)
    assert spots.see(somebody(2.5), Pose2D(1, 2, 0), 10.0).keys() == {1}
    assert spots.see(People(0, 640, 480), Pose2D(1, 2, 0), 20.0) == {}
    evidence = spots.placed(fall(1)).evidence
    assert (evidence["place_x_m"], evidence["place_y_m"]) == pytest.approx((3.5, 2.0), abs=0.1)
    assert evidence["drop_bl"] == 0.5
    assert spots.placed(fall(2)) == fall(2)


def test_a_place_is_forgotten_after_its_time():
    spots = LastSpots(CAMERA, kept_s=60.0)
    spots.see(somebody(2.5), Pose2D(1, 2, 0), 10.0)
    spots.see(People(0, 640, 480), Pose2D(1, 2, 0), 70.0)
    assert spots.placed(fall(1)) == fall(1)
