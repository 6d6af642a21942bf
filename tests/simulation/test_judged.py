"""Shipped scenarios that are judged whole: every fault, two people, visitors, pets, what hides behind furniture.

What is expected in their files must be true, and a fault must do what its name says: one that changed nothing would
pass as well.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from carebot.simulation.faults import FAULTS, fault_name
from carebot.simulation.runner import Moment, Result, run_scenario
from carebot.simulation.scenario import load_scenario, scenario_path

OTHERS = [
    "one_of_two_falls",
    "visitor_sees_a_fall",
    "visitor_walks_by",
    "fall_behind_bed",
    "fall_behind_chair",
    "walk_out_of_view",
    "dog_about_the_home",
]
UNSEEN = ["camera_lost_in_a_fall", "camera_lost_on_a_walk", "perception_killed_in_a_fall"]
BLACK = ["camera_black_in_a_fall", "camera_black_on_a_walk"]
BLURRED = ["camera_noisy_in_a_fall", "camera_over_exposed_in_a_fall"]
JUMPED = ["clock_back_after_a_fall", "clock_forward_on_a_walk"]
HALTED = [
    "lidar_stale_on_the_way",
    "serial_unplugged_on_the_way",
    "serial_slow_on_the_way",
    "serial_corrupted_on_the_way",
    "motor_stalled_on_the_way",
    "tablet_cut_in_a_fall",
]
PETS = ["cat_in_the_way", "dog_in_the_way"]
FAULTY = [
    *UNSEEN,
    *BLACK,
    *BLURRED,
    *JUMPED,
    *HALTED,
    "camera_frozen_in_a_fall",
    "watch_stopped_on_a_walk",
    "wheel_slipping_on_the_way",
    "battery_low_on_the_way",
]
DRIVES_M_S, STANDS_M_S = 0.4, 0.01
SETTLED_S = 1.5
"""After so long a robot that had to stop stands, and one that had to slow down is slow."""


@cache
def played(name: str) -> tuple[Result, tuple[Moment, ...]]:
    moments: list[Moment] = []
    result = run_scenario(name, 0, "keypoints", [lambda moment, *_: moments.append(moment)])
    return result, tuple(moments)


def without_its_fault(name: str, folder: Path) -> tuple[Result, tuple[Moment, ...]]:
    content = yaml.safe_load(scenario_path(name).read_text(encoding="utf-8"))
    path = folder / f"sound_{name}.yaml"
    path.write_text(yaml.safe_dump({**content, "faults": [], "expect": []}), encoding="utf-8")
    return played(str(path))


def in_the_fault(name: str) -> tuple[list[Moment], list[Moment]]:
    """The moments before the scenario's one fault, and while it is on."""
    [fault] = load_scenario(name).faults
    before = [moment for moment in played(name)[1] if moment.truth.time_s < fault.at_s]
    return before, [moment for moment in played(name)[1] if fault_name(fault) in moment.faults]


def speeds_m_s(moments: list[Moment]) -> list[float]:
    return [abs(moment.robot.speed_m_s) for moment in moments if moment.robot is not None]


def trembling(moments: tuple[Moment, ...]) -> float:
    """How far joints of somebody who stands are from where they were a picture before, in parts of the picture."""
    standing = [each.people for each in moments if each.truth.activity == "standing" and each.people]
    joints = np.array([people.people[0].keypoints[:, :2] for people in standing if people.people])
    return float(np.mean(np.abs(np.diff(joints, axis=0))))


@pytest.mark.parametrize("name", [*FAULTY, *OTHERS, *PETS])
def test_what_its_file_expects_is_true(name: str) -> None:
    result, _ = played(name)
    assert result.outcomes
    assert result.met, [outcome for outcome in result.outcomes if not outcome.met]


def test_every_fault_is_judged() -> None:
    judged = {fault_name(fault) for name in FAULTY for fault in load_scenario(name).faults}
    assert judged == set(FAULTS)


@pytest.mark.parametrize("name", UNSEEN)
def test_no_picture_comes_while_camera_or_perception_is_away(name: str) -> None:
    before, during = in_the_fault(name)
    assert all(moment.people is not None for moment in before)
    assert during
    assert all(moment.people is None for moment in during)


@pytest.mark.parametrize("name", BLACK)
def test_nobody_is_seen_in_black_pictures(name: str) -> None:
    before, during = in_the_fault(name)
    assert any(moment.people and moment.people.people for moment in before)
    assert during
    assert all(moment.people is not None and not moment.people.people for moment in during)


def test_frozen_picture_shows_the_same_again_and_again() -> None:
    before, during = in_the_fault("camera_frozen_in_a_fall")
    distinct = [
        len({person.keypoints.tobytes() for moment in moments if moment.people for person in moment.people.people})
        for moments in (before, during)
    ]
    assert len(during) > 20
    assert distinct[0] > 20
    assert distinct[1] == 1


@pytest.mark.parametrize("name", BLURRED)
def test_in_bad_pictures_people_are_lost_more_often_and_tremble(name: str, tmp_path: Path) -> None:
    (bad, bad_moments), (sound, sound_moments) = played(name), without_its_fault(name, tmp_path)
    assert bad.pictures_with_people < 0.97 * sound.pictures_with_people
    assert trembling(bad_moments) > 1.1 * trembling(sound_moments)


@pytest.mark.parametrize("name", HALTED)
def test_robot_that_must_not_drive_on_stands(name: str) -> None:
    before, during = in_the_fault(name)
    assert max(speeds_m_s(before)) > DRIVES_M_S
    assert min(speeds_m_s(during)) < STANDS_M_S


@pytest.mark.parametrize("name", PETS)
def test_robot_waits_for_a_pet_in_its_way(name: str) -> None:
    _, moments = played(name)
    speeds = speeds_m_s(list(moments))
    fast = next(number for number, speed in enumerate(speeds) if speed > DRIVES_M_S)
    assert min(speeds[fast:]) < STANDS_M_S
    assert played(name)[0].robot[-1].arrived is False


def test_slipping_tyres_roll_on_where_the_robot_brakes(tmp_path: Path) -> None:
    name = "wheel_slipping_on_the_way"
    slipping, sound = (result.robot[-1].x_m for result, _ in (played(name), without_its_fault(name, tmp_path)))
    assert slipping > sound + 0.1


def test_robot_with_an_empty_battery_is_slow() -> None:
    before, during = in_the_fault("battery_low_on_the_way")
    assert max(speeds_m_s(before)) > DRIVES_M_S
    settled = [moment for moment in during if moment.truth.time_s > during[0].truth.time_s + SETTLED_S]
    assert STANDS_M_S < max(speeds_m_s(settled)) < 0.22


def test_falls_room_that_hangs_notices_nothing_and_begins_anew() -> None:
    before, during = in_the_fault("watch_stopped_on_a_walk")
    known_s = {each.features.time_s for moment in during for each in moment.observations}
    assert len({each.features.time_s for moment in before for each in moment.observations}) > 10
    assert len(during) > 20
    assert len(known_s) == 1


@pytest.mark.parametrize("name", JUMPED)
def test_stamps_jump_with_the_clock(name: str) -> None:
    [fault] = load_scenario(name).faults
    for moment in played(name)[1]:
        jumped_s = fault.by_s if moment.truth.time_s >= fault.at_s else 0.0
        assert moment.people is not None
        assert moment.people.time_s == pytest.approx(moment.truth.time_s + jumped_s)
