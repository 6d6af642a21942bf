"""A robot drives into the bedroom: whoever sleeps in the bed has not fallen, whoever falls beside it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from carebot.alerts import FallEvent
from carebot.falls import FallMonitor
from carebot.falls.body import body_of
from carebot.falls.lying_place import LyingPlace
from carebot.falls.network import shipped_network
from carebot.people import People, Person
from tests.falls.figures import BED_LIE, LIE_BACK, STAND, Camera, Figure, Move, camera_at, film
from tests.falls.scenes import FALLS, kinds

FPS, SPEED_M_S, FAR_M, NEAR_M = 10.0, 0.4, 4.5, 2.3
WRONG_S = (0.4, 0.7)
"""While in these seconds the pose model draws whoever lies as if they stood."""


def driving_in(moves: Sequence[Move], camera: Camera, facing_deg: float, seed: int) -> list[tuple[People, bool]]:
    """What a camera that comes nearer sees, and whether it moves; first a wrong skeleton, later trembling ones."""
    random = np.random.default_rng(seed)
    figure = Figure(feet_m=(0.0, FAR_M), facing_rad=math.radians(facing_deg))
    standing = figure.joints(STAND)
    pictures = []
    for time_s, joints in film(moves, fps=FPS, figure=figure):
        driven_m = min(SPEED_M_S * time_s, FAR_M - NEAR_M)
        shown = standing if WRONG_S[0] <= time_s < WRONG_S[1] else joints
        places, _ = camera.see(shown - [0.0, driven_m, 0.0])
        keypoints = np.column_stack((places + random.normal(0, 0.006, places.shape), np.full(17, 0.9)))
        people = (Person(1, 0.9, keypoints.astype(np.float32)),)
        pictures.append((People(time_s, camera.width_px, camera.height_px, people), driven_m < FAR_M - NEAR_M))
    return pictures


def watch(moves: Sequence[Move], place: LyingPlace, facing_deg: float, seed: int = 0) -> list[FallEvent]:
    camera = camera_at(1.1, 3.5)
    monitor = FallMonitor(mounting=camera.mounting, classifier=shipped_network())
    return [
        event
        for people, moves_on in driving_in(moves, camera, facing_deg, seed)
        for event in monitor.step(people, 0.0, {1: place}, camera_moves=moves_on)
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("facing_deg", [20.0, 50.0, 90.0, 140.0])
def test_a_sleeper_in_bed_has_not_fallen(facing_deg: float, seed: int) -> None:
    assert watch([Move(BED_LIE, 15)], LyingPlace.FURNITURE, facing_deg, seed) == []


@pytest.mark.parametrize("name", FALLS)
def test_whoever_falls_beside_the_bed_has_fallen_although_the_map_has_a_bed_there(name: str) -> None:
    camera = camera_at(1.1, 3.5)
    monitor = FallMonitor(mounting=camera.mounting, classifier=shipped_network())
    lies = [*FALLS[name], Move(FALLS[name][-1].to, 3)]
    events = []
    for time_s, joints in film(lies, fps=FPS, figure=Figure(feet_m=(0.0, 3.5), facing_rad=math.pi / 2)):
        places, _ = camera.see(joints)
        person = Person(1, 0.9, np.column_stack((places, np.full(17, 0.9))).astype(np.float32))
        picture = People(time_s, camera.width_px, camera.height_px, (person,))
        events += monitor.step(picture, 0.0, {1: LyingPlace.FURNITURE})
    assert kinds(events)[:2] == ["suspected", "confirmed"]


@pytest.mark.parametrize("facing_deg", [20.0, 90.0, 200.0])
@pytest.mark.parametrize(("posture", "least", "most"), [(LIE_BACK, 0.75, 1.3), (BED_LIE, 0.3, 0.65)])
def test_how_large_a_trunk_looks_tells_whether_it_lies_on_the_floor(
    posture: object, least: float, most: float, facing_deg: float
) -> None:
    camera = camera_at(1.1, 3.5)
    joints = Figure(feet_m=(0.0, 3.5), facing_rad=math.radians(facing_deg)).joints(posture)  # type: ignore[arg-type]
    places, _ = camera.see(joints)
    person = Person(1, 0.9, np.column_stack((places, np.full(17, 0.9))).astype(np.float32))
    picture = People(0.0, camera.width_px, camera.height_px, (person,))
    body = body_of(person, picture, camera.mounting, 0.3)
    assert body is not None
    assert least < body.floor_share() < most


def test_without_a_horizon_nothing_is_measured() -> None:
    camera = camera_at(1.1, 3.5)
    joints = Figure(feet_m=(0.0, 3.5)).joints(LIE_BACK)
    person = Person(1, 0.9, np.column_stack((camera.see(joints)[0], np.full(17, 0.9))).astype(np.float32))
    picture = People(0.0, camera.width_px, camera.height_px, (person,))
    body = body_of(person, picture, replace(camera.mounting, pitch_rad=1.2), 0.3)
    assert body is not None
    assert math.isnan(body.floor_share())
    assert math.isnan(body.metre_px(0.0))


@pytest.mark.parametrize("moves", [True, False])
def test_whom_the_robot_drives_past_does_not_go_about(moves: bool) -> None:
    """1.2 m/s sideways, from the moment of the fall on."""
    camera = camera_at(1.1, 3.5)
    monitor = FallMonitor(mounting=camera.mounting, classifier=shipped_network())
    lies = [*FALLS["backward"], Move(FALLS["backward"][-1].to, 2.8)]
    events = []
    for time_s, joints in film(lies, fps=FPS, figure=Figure(feet_m=(1.6, 3.5), facing_rad=math.pi / 2)):
        driven_m = 1.2 * max(0.0, time_s - 2.0)
        places, _ = camera.see(joints - [driven_m, 0.0, 0.0])
        person = Person(1, 0.9, np.column_stack((places, np.full(17, 0.9))).astype(np.float32))
        picture = People(time_s, camera.width_px, camera.height_px, (person,))
        events += monitor.step(picture, camera_moves=moves and driven_m > 0)
    assert kinds(events) == (["suspected", "confirmed"] if moves else ["suspected"])
