"""Counting: on the simulator's residents with the measured errors of the pose model, and on skeletons drawn by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carebot.exercise.repetitions import MOVEMENTS, MovementName, Repetitions
from carebot.people import People, Person
from carebot.simulation.runner import run_scenario

STANDING = {5: (0.47, 0.3), 6: (0.53, 0.3), 7: (0.45, 0.4), 8: (0.55, 0.4), 9: (0.45, 0.5), 10: (0.55, 0.5)} | {
    11: (0.48, 0.5), 12: (0.52, 0.5), 13: (0.48, 0.67), 14: (0.52, 0.67), 15: (0.48, 0.85), 16: (0.52, 0.85)
}  # fmt: skip
ARMS_UP = {9: (0.45, 0.12), 10: (0.55, 0.12)}
SITTING = {13: (0.48, 0.55), 14: (0.52, 0.55)}
LEFT_KNEE = {13: (0.48, 0.52)}
RIGHT_KNEE = {14: (0.52, 0.52)}


def seen(time_s: float, *postures: dict[int, tuple[float, float]], track: int = 1, sure: float = 0.9) -> People:
    keypoints = np.zeros((17, 3), np.float32)
    for index, place in {key: place for posture in postures for key, place in posture.items()}.items():
        keypoints[index] = (*place, sure)
    return People(time_s, 640, 480, (Person(track, 0.9, keypoints),))


def count(movement: MovementName, *postures: dict[int, tuple[float, float]], each_s: float = 1.0, hz: int = 10) -> int:
    repetitions = Repetitions(movement)
    for number in range(round(len(postures) * each_s * hz)):
        repetitions.step(seen(number / hz, STANDING, postures[int(number / hz / each_s)]))
    return repetitions.count


def test_each_movement_is_counted_when_its_end_is_reached():
    assert count("arm_raises", {}, ARMS_UP, {}, ARMS_UP, {}) == 2
    assert count("sit_to_stand", SITTING, {}, SITTING, {}, SITTING) == 2
    assert count("knee_lifts", {}, LEFT_KNEE, {}, RIGHT_KNEE, {}, LEFT_KNEE, {}) == 3


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_nothing_is_counted_of_somebody_who_does_something_else(movement: MovementName):
    others = {"arm_raises": SITTING, "sit_to_stand": ARMS_UP, "knee_lifts": ARMS_UP}
    assert count(movement, {}, others[movement], {}, others[movement], {}) == 0


def test_what_flickers_at_the_limit_counts_once():
    half = {9: (0.45, 0.25), 10: (0.55, 0.25)}
    assert count("arm_raises", {}, *([ARMS_UP, half] * 10), {}, each_s=0.4) == 1


def test_one_wild_picture_counts_nothing():
    repetitions = Repetitions("arm_raises")
    for number in range(60):
        repetitions.step(seen(number / 10, STANDING, ARMS_UP if number % 20 == 10 else {}))
    assert repetitions.count == 0


def test_a_gap_or_somebody_else_breaks_off_the_one_under_way():
    repetitions = Repetitions("arm_raises")
    for number in range(10):
        repetitions.step(seen(number / 10, STANDING))
    for number in range(10):
        repetitions.step(seen(5 + number / 10, STANDING, ARMS_UP))  # after a gap: where they came from is not known
    assert repetitions.count == 0
    for number in range(10):
        repetitions.step(seen(6 + number / 10, STANDING, track=2))
    assert repetitions.count == 0


def test_bad_keypoints_are_no_repetition():
    repetitions = Repetitions("sit_to_stand")
    broken = seen(0.0, STANDING)
    broken.people[0].keypoints[:] = np.nan
    for people in (People(0, 640, 480), broken, seen(0.2, STANDING, sure=0.1), seen(0.3), People(0.4, 0, 0)):
        assert repetitions.step(people) == 0


def scenario(folder: Path, *steps: str) -> str:
    path = folder / "played.yaml"
    script = "\n".join(f"  - {step}" for step in steps)
    head = "description: Exercises.\nresident: kenji\nstart: {at: [2.8, 0.0], facing_deg: 200}\n"
    path.write_text(f"{head}script:\n{script}\nexpect:\n  - nothing_confirmed\n", encoding="utf-8")
    return str(path)


def counted(name: str, seed: int = 3) -> dict[str, int]:
    counters = {movement: Repetitions(movement) for movement in MOVEMENTS}

    def look(moment: object, *_: object) -> None:
        people = moment.people  # type: ignore[attr-defined]
        for each in counters.values():
            if people is not None:
                each.step(people)

    run_scenario(name, seed, "keypoints", (look,))
    return {movement: each.count for movement, each in counters.items()}


def test_a_simulated_resident_who_rises_four_times(tmp_path: Path):
    rise = ["sit_down: chair", "sit: 2", "stand_up", "stand: 2"]
    assert counted(scenario(tmp_path, *rise * 4))["sit_to_stand"] == 4


def test_a_simulated_resident_who_reaches_up_three_times(tmp_path: Path):
    found = counted(scenario(tmp_path, "stand: 2", *["reach: 2", "stand: 2"] * 3))
    assert (found["arm_raises"], found["sit_to_stand"]) == (3, 0)


def test_a_simulated_walk_is_no_exercise():
    assert set(counted("walk_about").values()) == {0}
