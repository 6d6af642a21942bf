"""What is noticed and no alarm: each of its kinds where it is, and nothing of it in a day like any other."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from carebot.falls import FallMonitor
from carebot.falls.noticing import Noticing
from carebot.noticed import NoticedKind
from carebot.people import People
from tests.falls.figures import STAND, Move
from tests.falls.noticed_scenes import QUIET, SLIDES, STRUGGLES, STUMBLES, noticed
from tests.falls.scenes import DAILY_LIFE, FALLS, shot, watch

VIEWS = [(0.6, 3.0, 90.0), (1.1, 4.0, 45.0), (1.8, 4.0, 0.0)]
WALK = [Move(STAND, 1), Move(STAND, 5, walk_m=(4, 0)), Move(STAND, 3)]


def codes(pictures: list[People]) -> list[str]:
    return [each.reason_code for each in noticed(pictures)]


@pytest.mark.parametrize("name", STUMBLES)
@pytest.mark.parametrize(("height", "distance", "facing"), VIEWS)
def test_a_stumble_that_recovers_is_a_near_fall_and_no_alarm(
    name: str, height: float, distance: float, facing: float
) -> None:
    camera, pictures = shot(STUMBLES[name], height_m=height, distance_m=distance, facing_deg=facing)
    assert watch(camera, pictures)[1] == []
    (found,) = noticed(pictures, camera.mounting)
    assert found.kind is NoticedKind.NEAR_FALL
    assert found.time_s == pytest.approx(3.4, abs=0.3)
    assert 0.1 < found.numbers["drop_bl"] < 0.2
    assert found.numbers["recovered_in_s"] < 1.1


@pytest.mark.parametrize("name", SLIDES)
@pytest.mark.parametrize(("height", "distance", "facing"), VIEWS)
def test_who_slides_down_a_wall_is_noticed(name: str, height: float, distance: float, facing: float) -> None:
    camera, pictures = shot(SLIDES[name], height_m=height, distance_m=distance, facing_deg=facing)
    (found,) = noticed(pictures, camera.mounting)
    assert found.kind is NoticedKind.SLOW_DESCENT
    assert found.numbers["descent_s"] == pytest.approx(sum(move.seconds for move in SLIDES[name][1:3]), rel=0.6)
    assert found.numbers["drop_bl"] == pytest.approx(0.45, abs=0.1)


@pytest.mark.parametrize("name", STRUGGLES)
def test_three_tries_to_get_up_are_noticed_once(name: str) -> None:
    (found,) = noticed(shot(STRUGGLES[name])[1])
    assert found.kind is NoticedKind.RISING_TROUBLE
    assert found.reason_code == f"rising_from_{'floor' if 'floor' in name else 'seat'}"
    assert found.numbers["tries"] == 3
    assert found.numbers["within_s"] < 15


@pytest.mark.parametrize("name", QUIET)
@pytest.mark.parametrize(("height", "distance", "facing"), VIEWS[:2])
def test_what_resembles_it_is_left_in_peace(name: str, height: float, distance: float, facing: float) -> None:
    assert codes(shot(QUIET[name], height_m=height, distance_m=distance, facing_deg=facing)[1]) == []


@pytest.mark.parametrize("name", DAILY_LIFE)
@pytest.mark.parametrize(("height", "distance", "facing"), VIEWS)
def test_nothing_is_noticed_of_daily_life(name: str, height: float, distance: float, facing: float) -> None:
    assert codes(shot(DAILY_LIFE[name], height_m=height, distance_m=distance, facing_deg=facing)[1]) == []


@pytest.mark.parametrize("name", FALLS)
def test_a_fall_is_an_alarm_and_no_observation(name: str) -> None:
    assert codes(shot(FALLS[name])[1]) == []


def test_a_walk_has_its_speed_in_body_lengths_in_metres_and_its_step_rate() -> None:
    camera, pictures = shot(WALK, height_m=1.4, distance_m=5.0)
    (walk,) = noticed(pictures, camera.mounting, with_walks=True)
    assert walk.kind is NoticedKind.WALK
    assert walk.numbers["speed_m_s"] == pytest.approx(0.8, rel=0.05)
    assert walk.numbers["speed_bl_s"] == pytest.approx(0.8 / 1.65, rel=0.05)
    assert walk.numbers["steps_per_s"] == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize("facing", [0.0, 180.0])
def test_towards_the_camera_and_away_as_well(facing: float) -> None:
    towards = [Move(STAND, 1), Move(STAND, 5, walk_m=(0, -3 if facing == 0 else 3)), Move(STAND, 3)]
    camera, pictures = shot(towards, height_m=1.4, distance_m=6.0 if facing == 0 else 3.0, facing_deg=facing)
    (walk,) = noticed(pictures, camera.mounting, with_walks=True)
    assert walk.numbers["speed_m_s"] == pytest.approx(0.6, rel=0.1)
    assert walk.numbers["speed_bl_s"] == pytest.approx(0.6 / 1.65, rel=0.2)


def test_without_a_described_camera_nothing_is_said_in_metres() -> None:
    (walk,) = noticed(shot(WALK, height_m=1.4, distance_m=5.0)[1], with_walks=True)
    assert "speed_m_s" not in walk.numbers


def test_a_mounting_that_makes_a_giant_is_not_believed() -> None:
    camera, pictures = shot(WALK, height_m=1.4, distance_m=5.0)
    (walk,) = noticed(pictures, replace(camera.mounting, height_m=2.4), with_walks=True)
    assert "speed_m_s" not in walk.numbers


@pytest.mark.parametrize(("fps", "missing"), [(5.0, ()), (15.0, (15, 16))])
def test_step_rate_is_left_out_where_ankles_or_pictures_are_too_few(fps: float, missing: tuple[int, ...]) -> None:
    (walk,) = noticed(shot(WALK, distance_m=5.0, fps=fps, missing=missing)[1], with_walks=True)
    assert "steps_per_s" not in walk.numbers
    assert math.isfinite(walk.numbers["speed_bl_s"])


def test_a_moving_camera_says_nothing_of_walking() -> None:
    camera, pictures = shot(WALK, distance_m=5.0)
    monitor, noticing = FallMonitor(mounting=camera.mounting), Noticing()
    found = []
    for picture in pictures:
        monitor.step(picture)
        found += noticing.step(picture, monitor.observations(), camera_moves=True)
    assert found == []


def test_pictures_that_come_twice_or_from_before_do_no_harm() -> None:
    camera, pictures = shot(STUMBLES["standing"])
    monitor, noticing = FallMonitor(mounting=camera.mounting), Noticing()
    found = []
    for picture in [*pictures, *pictures, *pictures[::-1]]:
        monitor.step(picture)
        found += noticing.step(picture, monitor.observations())
    assert [each.reason_code for each in found].count("stumbled") == 2


def test_two_people_are_noticed_apart() -> None:
    _, one = shot(STUMBLES["standing"])
    _, other = shot(DAILY_LIFE["sits down"], distance_m=6.0)
    both = [
        replace(a, people=(*a.people, *(replace(each, track_id=2) for each in b.people)))
        for a, b in zip(one, [*other, *[replace(p, people=()) for p in one[len(other) :]]], strict=False)
    ]
    assert [(each.track_id, each.reason_code) for each in noticed(both)] == [(1, "stumbled")]
