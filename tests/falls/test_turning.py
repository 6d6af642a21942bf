"""The robot turns: what it sees moves through the picture, and nobody falls by that."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from carebot.alerts import FallEvent
from carebot.falls import FallMonitor
from carebot.falls.network import shipped_network
from carebot.people import People, Person
from tests.falls.figures import LIE_BACK, Camera, Figure, Move, camera_at, film
from tests.falls.scenes import DAILY_LIFE, FALLS, kinds

FPS = 10.0
Turn = Callable[[float], float]
"""How far the camera has turned to the left at a time, in radians."""
TURNS: dict[str, Turn] = {
    "to and fro": lambda time_s: 0.4 * math.sin(1.5 * time_s),
    "away and back": lambda time_s: max(0.0, min(1.2 * (time_s - 1.0), 1.2, 1.2 * (5.0 - time_s))),
    "jerks": lambda time_s: 0.3 * (int(time_s / 1.5) % 2),
}


def away_during_the_fall(time_s: float) -> float:
    return max(0.0, min(2.0 * (time_s - 1.6), 1.2, 2.0 * (3.4 - time_s)))


def turning(moves: Sequence[Move], camera: Camera, turn: Turn, distance_m: float) -> list[tuple[People, float]]:
    """What a turning camera sees of the figure, and how far it turned between pictures; no one outside is seen."""
    pictures, before = [], 0.0
    for time_s, joints in film(moves, fps=FPS, figure=Figure(feet_m=(0.0, distance_m), facing_rad=1.2)):
        yaw = turn(time_s)
        c, s = math.cos(yaw), math.sin(yaw)
        seen, _ = camera.see(
            np.column_stack((c * joints[:, 0] + s * joints[:, 1], -s * joints[:, 0] + c * joints[:, 1], joints[:, 2]))
        )
        keypoints = np.column_stack((seen, np.ones(17))).astype(np.float32)
        keypoints[((seen < 0) | (seen > 1)).any(axis=1)] = 0.0
        people = (Person(1, 1.0, keypoints),) if keypoints.any() else ()
        pictures.append((People(time_s, camera.width_px, camera.height_px, people), yaw - before))
        before = yaw
    return pictures


def watch(moves: Sequence[Move], turn: Turn, height_m: float = 1.1) -> list[FallEvent]:
    camera = camera_at(height_m, 3.5)
    monitor = FallMonitor(mounting=camera.mounting, classifier=shipped_network())
    return [e for people, turned in turning(moves, camera, turn, 3.5) for e in monitor.step(people, turned)]


@pytest.mark.parametrize("height_m", [0.6, 1.1, 1.5])
@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("scene", ["sits down", "bends", "kneels", "walks about"])
def test_nobody_falls_because_the_robot_turns(scene: str, turn: Turn, height_m: float) -> None:
    assert watch(DAILY_LIFE[scene], turn, height_m) == []


@pytest.mark.parametrize("turn", [TURNS["to and fro"], TURNS["jerks"]], ids=["to and fro", "jerks"])
@pytest.mark.parametrize("scene", ["backward", "forward", "sideways", "collapse"])
def test_who_falls_while_the_robot_turns_is_found(scene: str, turn: Turn) -> None:
    assert kinds(watch(FALLS[scene], turn)) == ["suspected", "confirmed"]


@pytest.mark.parametrize(("lies_s", "found"), [(0.7, []), (4.0, ["suspected", "confirmed"])])
def test_whom_a_turning_camera_brings_in_is_looked_at_for_longer(lies_s: float, found: list[str]) -> None:
    """At the picture's side the pose model makes skeletons up; who really lies there is found a second later."""
    camera = camera_at(1.1, 3.5)
    monitor = FallMonitor(mounting=camera.mounting, classifier=shipped_network())
    events, back_s = [], math.inf
    for people, turned in turning([*FALLS["backward"], Move(LIE_BACK, 6)], camera, away_during_the_fall, 3.5):
        back_s = min(back_s, people.time_s) if people.time_s > 2.5 and people.people else back_s
        is_gone = people.time_s >= back_s + lies_s
        events += monitor.step(replace(people, people=()) if is_gone else people, turned)
    assert kinds(events) == found
    assert back_s < 3.4  # while the camera turns
    assert all(event.time_s >= back_s + 1.0 for event in events)


def test_the_floor_stays_where_it_was() -> None:
    """Who stood on the left and lies there is as low as before, although the picture shows it on the right now."""
    camera = camera_at(1.1, 3.5)
    monitor = FallMonitor(mounting=camera.mounting)
    for people, turned in turning(FALLS["backward"], camera, lambda time_s: 0.45 if time_s < 1.0 else -0.45, 3.5):
        monitor.step(people, turned)
    (observation,) = monitor.observations()
    assert observation.features.floor_is_seen
    assert observation.features.top_height_bl < 0.2


@pytest.mark.parametrize("turned_rad", [math.nan, math.inf, 5.0])
def test_an_odometry_that_jumps_changes_nothing(turned_rad: float) -> None:
    camera = camera_at(1.1, 3.5)
    monitor = FallMonitor(mounting=camera.mounting)
    pictures = turning(FALLS["backward"], camera, lambda _: 0.0, 3.5)
    events = [event for people, _ in pictures for event in monitor.step(people, turned_rad)]
    assert kinds(events) == ["suspected", "confirmed"]
