"""Falls that the simulated resident does not fall: as people who act a fall go down, by knees, seat and hands.

The resident's falls are physics, its balance gone at once. Real falls, above all those that are filmed on purpose, are
partly caught: the knees give way first, a hand reaches the floor, the seat lands before the back. Here a jointed figure
goes through such courses, each stage as a pole falls over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from training.exercises import (
    ALL_FOURS,
    CHAIR,
    FLOOR_SIT,
    KNEEL,
    LOW_SEAT,
    ON_SIDE,
    PRONE,
    SIDE_SIT,
    SOFA,
    SQUAT,
    STAND,
    STOOP,
    SUPINE,
    Pose,
    Step,
    on,
    perform,
)
from training.motions import DOWN, FALLING, LOW, RESTING, SITTING, UPRIGHT, Motion

TUMBLE = "tumble_"
"""What the names of these motions begin with."""
OTHER_SIDE = replace(ON_SIDE, lean=-88)
STAGGER = Pose(12, 25, -15, -5, -25, 40, 30, 6)
HALF_SIDE = Pose(-86, 88, 104, 82, 78, 50, 70)
CURLED = Pose(10, 70, 80, -40, -30, 50, 70, 86)
TIPPED_CHAIR = replace(SUPINE, left_thigh=140, right_thigh=140)
PROPPED = Pose(-45, 88, 95, 88, 85, -30, 0)
HANDS_AHEAD = Pose(50, 10, 25, -40, -20, 80, 80)
ON_ONE_ELBOW = Pose(-62, 90, 98, 88, 80, 20, 60, 20)

_GETS_HURT = [(STAND, 1.5, UPRIGHT), (STAGGER, 0.5, UPRIGHT)]


def _lies(pose: Pose) -> list[Step]:
    return [(pose, 3.5, DOWN), (pose, 1.5, DOWN)]


COURSES: dict[str, Sequence[Step]] = {
    "knees_hands_front": [
        *_GETS_HURT,
        *[(KNEEL, 0.42, FALLING), (ALL_FOURS, 0.3, FALLING), (PRONE, 0.35, FALLING)],
        *_lies(PRONE),
    ],
    "hands_ahead": [*_GETS_HURT, (HANDS_AHEAD, 0.4, FALLING), (PRONE, 0.4, FALLING), *_lies(PRONE)],
    "seat_then_back": [(STAND, 1.8, UPRIGHT), (FLOOR_SIT, 0.55, FALLING), (SUPINE, 0.45, FALLING), *_lies(SUPINE)],
    "seat_propped": [(STAND, 1.8, UPRIGHT), (PROPPED, 0.6, FALLING), (PROPPED, 0.8, DOWN), *_lies(SUPINE)],
    "seat_then_elbow": [(STAND, 1.8, UPRIGHT), (ON_ONE_ELBOW, 0.65, FALLING), *_lies(ON_ONE_ELBOW)],
    "stiff_back": [(STAND, 1.8, UPRIGHT), (SUPINE, 0.85, FALLING), *_lies(SUPINE)],
    "stiff_front": [(STAND, 1.8, UPRIGHT), (PRONE, 0.85, FALLING), *_lies(PRONE)],
    "stiff_side": [(STAND, 1.8, UPRIGHT), (ON_SIDE, 0.8, FALLING), *_lies(ON_SIDE)],
    "other_side": [*_GETS_HURT, (OTHER_SIDE, 0.8, FALLING), *_lies(OTHER_SIDE)],
    "knees_then_side": [*_GETS_HURT, (KNEEL, 0.45, FALLING), (CURLED, 0.5, FALLING), *_lies(CURLED)],
    "seat_then_side": [(STAND, 1.8, UPRIGHT), (SIDE_SIT, 0.55, FALLING), (HALF_SIDE, 0.4, FALLING), *_lies(HALF_SIDE)],
    "collapses": [
        *[(STAND, 1.8, UPRIGHT), (SQUAT, 0.5, FALLING), (SIDE_SIT, 0.3, FALLING), (ON_SIDE, 0.45, FALLING)],
        *_lies(ON_SIDE),
    ],
    "faints_slowly": [
        *[(STAND, 1.8, UPRIGHT), (SQUAT, 0.9, FALLING), (FLOOR_SIT, 0.4, FALLING), (SUPINE, 0.6, FALLING)],
        *_lies(SUPINE),
    ],
    "stooping": [(STAND, 1, UPRIGHT), (STOOP, 0.8, LOW), (PRONE, 0.55, FALLING), *_lies(PRONE)],
    "squatting": [(SQUAT, 1.5, LOW), (SQUAT, 0.8, LOW), (SUPINE, 0.6, FALLING), *_lies(SUPINE)],
    "kneeling": [(KNEEL, 2, LOW), (ON_SIDE, 0.6, FALLING), *_lies(ON_SIDE)],
    "getting_up": [(CHAIR, 2, SITTING), (STAND, 1.0, SITTING), (CURLED, 0.8, FALLING), *_lies(CURLED)],
    "sitting_down_beside": [(STAND, 1.8, UPRIGHT), (CHAIR, 0.7, SITTING), (FLOOR_SIT, 0.35, FALLING), *_lies(SUPINE)],
    "chair_front": [(CHAIR, 2.5, SITTING), (ALL_FOURS, 0.55, FALLING), (PRONE, 0.4, FALLING), *_lies(PRONE)],
    "chair_side": [(CHAIR, 2.5, SITTING), (ON_SIDE, 0.7, FALLING), *_lies(ON_SIDE)],
    "chair_back": [(CHAIR, 2.5, SITTING), (TIPPED_CHAIR, 0.6, FALLING), *_lies(SUPINE)],
    "slides_from_sofa": [(SOFA, 2.5, SITTING), (FLOOR_SIT, 0.7, FALLING), (HALF_SIDE, 0.6, FALLING), *_lies(HALF_SIDE)],
    "low_seat": [(LOW_SEAT, 2.5, SITTING), (HALF_SIDE, 0.55, FALLING), *_lies(HALF_SIDE)],
    "bed_edge": [
        *[(on(CHAIR, 0.05), 2.5, SITTING), (KNEEL, 0.45, FALLING), (PRONE, 0.55, FALLING)],
        *_lies(PRONE),
    ],
    "rolls_out_of_bed": [
        *[(on(SUPINE, 0.3), 2, RESTING), (on(ON_SIDE, 0.3), 0.9, RESTING), (ON_SIDE, 0.4, FALLING)],
        *_lies(ON_SIDE),
    ],
    "gets_up_again": [
        *[*_GETS_HURT, (KNEEL, 0.4, FALLING), (PRONE, 0.5, FALLING), (PRONE, 2, DOWN)],
        *[(ALL_FOURS, 1.5, LOW), (KNEEL, 1.2, LOW), (STAND, 1.4, LOW), (STAND, 1, UPRIGHT)],
    ],
}


def tumble(name: str, seed: int) -> Motion:
    """That fall with its own angles, pace and stature."""
    return perform(f"{TUMBLE}{name}", COURSES[name], seed, sum(name.encode()))
