"""A cat or a dog that the pose model takes for a person: low, level, and never long in one place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from carebot.alerts import FallEvent, ResidentAnswer
from carebot.falls import FallClassifier, FallMonitor
from carebot.falls.network import shipped_network
from carebot.people import People
from tests.falls.figures import ALL_FOURS, DEG, LIE_BACK, Camera, Figure, Move, Posture, camera_at, film, seen
from tests.falls.scenes import FALLS, kinds, shot

ON_LEGS = replace(ALL_FOURS, torso=88, arm=42)
ON_THE_SOFA, ON_THE_TABLE = replace(ON_LEGS, support_m=0.45), replace(ON_LEGS, support_m=0.75)
BACK_M = 0.3
"""So high is the back of an animal on its legs: the figure's stature is chosen for it."""
STATURE_M = BACK_M / 0.285
RIGHT, LEFT, TOWARDS_RIGHT, AWAY_LEFT = 90.0, 270.0, 45.0, 225.0
VIEWS = [(0.6, 3.0), (1.1, 4.0), (1.8, 4.0)]


@dataclass(frozen=True)
class Leg:
    """From one posture into another, and so far in that direction (0 is towards the camera), looking where it goes."""

    seconds: float
    metres: float
    heading_deg: float
    to: Posture = ON_LEGS
    before: Posture = ON_LEGS


def jump(down_from: Posture, heading_deg: float) -> list[Leg]:
    stays = Leg(2.0, 0.0, heading_deg, down_from, down_from)
    return [stays, Leg(0.3, 0.3, heading_deg, ON_LEGS, down_from)]


def to_and_fro(metres: float, seconds: float, *headings_deg: float) -> list[Leg]:
    return [Leg(seconds, metres, heading) for _ in range(2) for heading in headings_deg]


COURSES = {
    "walks": to_and_fro(1.4, 2.0, RIGHT, LEFT, TOWARDS_RIGHT, AWAY_LEFT),
    "runs": to_and_fro(1.8, 1.0, RIGHT, LEFT, RIGHT, LEFT),
    "jumps off the sofa and walks": [*jump(ON_THE_SOFA, RIGHT), *to_and_fro(1.4, 2.0, RIGHT, LEFT)],
    "jumps off the sofa and runs": [*jump(ON_THE_SOFA, LEFT), *to_and_fro(2.0, 1.5, LEFT, RIGHT)],
    "jumps off the table": [*jump(ON_THE_TABLE, LEFT), *to_and_fro(2.0, 2.0, LEFT, RIGHT)],
}


def pictures_of(legs: list[Leg], camera: Camera, distance_m: float, world: bool) -> Iterator[People]:
    began_s, feet_m = 0.0, (-0.8, distance_m)
    for number, leg in enumerate(legs):
        heading_rad = leg.heading_deg * DEG
        step_m = leg.metres * math.sin(heading_rad), -leg.metres * math.cos(heading_rad)
        moves = [Move(leg.before, 1e-6), Move(leg.to, leg.seconds, fall=leg.to != leg.before, walk_m=step_m)]
        figure = Figure(feet_m, heading_rad, STATURE_M)
        frames = [(began_s + time_s, joints) for time_s, joints in film(moves, fps=10.0, figure=figure)]
        yield from seen(frames, camera, world=world, jitter=0.01, seed=number)
        feet_m = feet_m[0] + step_m[0], feet_m[1] + step_m[1]
        began_s += leg.seconds


@cache
def network(name: str) -> FallClassifier | None:
    return shipped_network() if name == "network" else None


def test_the_animal_is_as_high_as_a_cat() -> None:
    joints = Figure(stature_m=STATURE_M).joints(ON_LEGS)
    assert joints[5:, 2].max() == pytest.approx(BACK_M, abs=0.02)


@pytest.mark.parametrize("judged_by", ["rules", "network"])
@pytest.mark.parametrize("world", [True, False], ids=["3d", "2d"])
@pytest.mark.parametrize("name", COURSES)
def test_who_goes_about_low_is_never_confirmed(name: str, world: bool, judged_by: str) -> None:
    for height_m, distance_m in VIEWS:
        camera = camera_at(height_m, distance_m)
        monitor = FallMonitor(mounting=camera.mounting, classifier=network(judged_by))
        events: list[FallEvent] = []
        for picture in pictures_of(COURSES[name], camera, distance_m, world):
            events += monitor.step(picture)
        assert "confirmed" not in kinds(events)


def drift(to_bl: float, answer: ResidentAnswer | None = None) -> list[FallEvent]:
    """Falls, and glides that far along the picture in two seconds again and again; asked after three."""
    camera, pictures = shot([*FALLS["backward"], Move(LIE_BACK, 4)], fps=10)
    monitor = FallMonitor(mounting=camera.mounting)
    events: list[FallEvent] = []
    fallen_s, bl = 2.4, 0.0
    for picture in pictures:
        if picture.time_s > fallen_s:
            bl = to_bl * (picture.time_s - fallen_s) / 2.0
        stature = 1.65 / 4.0 / 2 / math.tan(0.5) * picture.height_px / picture.width_px
        people = tuple(
            replace(each, keypoints=each.keypoints + np.float32((bl * stature, 0, 0))) for each in picture.people
        )
        events += monitor.step(replace(picture, people=people))
        if answer is not None and events and picture.time_s == pytest.approx(5.4):
            events += monitor.answer(events[0].fall_id, answer, picture.time_s)
            return events
    return events


def test_who_fell_and_slides_a_little_is_confirmed_and_who_gets_far_goes_about() -> None:
    assert kinds(drift(0.0)) == kinds(drift(0.7)) == ["suspected", "confirmed"]
    assert kinds(drift(1.3)) == ["suspected"]


def test_silence_of_who_goes_about_says_nothing_and_a_word_does() -> None:
    assert kinds(drift(1.3, ResidentAnswer.NONE)) == ["suspected"]
    assert kinds(drift(1.3, ResidentAnswer.HELP)) == ["suspected", "confirmed"]
    assert kinds(drift(1.3, ResidentAnswer.UNCLEAR)) == ["suspected", "confirmed"]
